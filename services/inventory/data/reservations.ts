import type { ReservationModel } from '#generated/prisma/inventory/models.ts'
import { numberOf } from '#platform/values/int8.ts'
import type { InventoryTransaction } from '../database.ts'
import type { Reservation, ReservedLine, Shelf } from '../domain/rules.ts'

/**
 * One thing at a time per order, also while it has no row that could be locked; until the transaction ends.
 * Taken before the stock's locks, always: two transactions never wait for each other.
 */
export async function lockOrder(tx: InventoryTransaction, orderId: string): Promise<void> {
  await tx.prisma.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`inventory/${orderId}`}, 0))`
}

/**
 * The stock of these products and of all that the order holds, which nobody else can change before this transaction
 * ends. Locked in one order, by everyone, so that two transactions never wait for each other.
 */
export async function lockStock(
  tx: InventoryTransaction,
  orderId: string,
  productIds: readonly string[] = [],
): Promise<Shelf[]> {
  const rows = await tx.prisma.$queryRaw<(Omit<Shelf, 'available'> & { available: bigint })[]>`
    select warehouse_id as "warehouseId", product_id as "productId", on_hand - reserved as available
     from stock
     where product_id in (
       select unnest(${productIds}::text[])
       union select product_id from reserved_lines where order_id = ${orderId} and state = 'reserved')
     order by product_id, warehouse_id
     for no key update of stock`
  return rows.map(({ available, ...shelf }) => ({ ...shelf, available: numberOf(available) }))
}

export async function findReservation(
  tx: InventoryTransaction,
  orderId: string,
): Promise<Reservation | undefined> {
  const [row] = await tx.prisma.$queryRaw<
    (Pick<ReservationModel, 'revision' | 'status'> & { begun: boolean })[]
  >`
    select revision, status,
      exists (select from reserved_lines as line where line.order_id = ${orderId} and state <> 'reserved') as begun
    from reservations where order_id = ${orderId}`
  return row as Reservation | undefined
}

export async function findLines(tx: InventoryTransaction, orderId: string): Promise<ReservedLine[]> {
  const lines = await tx.prisma.reservedLine.findMany({ where: { orderId } })
  return lines.map(({ shipmentId, warehouseId, lineNumber, productId, quantity, unitPrice }) => ({
    shipmentId,
    warehouseId,
    lineNumber,
    productId,
    quantity: numberOf(quantity),
    unitPrice: numberOf(unitPrice),
  }))
}

export type LineState = 'released' | 'sold' | 'lost'
export type ShipmentEnd = { shipmentId: string; state: LineState }
export type MovedShipment = ShipmentEnd & { warehouseId: string }

/** What the order still holds, each shipment with the state that it is to get. */
export async function heldShipments(
  tx: InventoryTransaction,
  orderId: string,
  state: LineState,
): Promise<ShipmentEnd[]> {
  const held = await tx.prisma.reservedLine.findMany({
    where: { orderId, state: 'reserved' },
    distinct: 'shipmentId',
    select: { shipmentId: true },
  })
  return held.map(({ shipmentId }) => ({ shipmentId, state }))
}

/** Ends shipments that are still reserved and takes them off the books; the others stay. Lock the stock before. */
export function endShipments(
  tx: InventoryTransaction,
  orderId: string,
  ends: readonly ShipmentEnd[],
): Promise<MovedShipment[]> {
  return tx.prisma.$queryRaw<MovedShipment[]>`
    with moved as (
       update reserved_lines as line set state = ends.state
       from unnest(${ends.map(({ shipmentId }) => shipmentId)}::text[], ${ends.map(({ state }) => state)}::text[]) as ends (shipment_id, state)
       where line.order_id = ${orderId} and line.state = 'reserved' and line.shipment_id = ends.shipment_id
       returning line.*
     ), booked as (
       update stock set reserved = reserved - gone.quantity, on_hand = on_hand - gone.left_house
       from (
         select warehouse_id, product_id, sum(quantity) as quantity,
           coalesce(sum(quantity) filter (where state in ('sold', 'lost')), 0) as left_house
         from moved group by warehouse_id, product_id
       ) as gone
       where stock.product_id = gone.product_id and stock.warehouse_id = gone.warehouse_id
     )
     select distinct shipment_id as "shipmentId", warehouse_id as "warehouseId", state from moved`
}
