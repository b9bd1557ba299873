import type { Sql } from '#platform/postgres/database.ts'
import type { Reservation, ReservedLine, Shelf } from '../domain/rules.ts'

/**
 * One thing at a time per order, also while it has no row that could be locked; until the transaction ends.
 * Taken before the stock's locks, always: two transactions never wait for each other.
 */
export async function lockOrder(tx: Sql, orderId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`inventory/${orderId}`])
}

/**
 * The stock of these products and of all that the order holds, which nobody else can change before this transaction
 * ends. Locked in one order, by everyone, so that two transactions never wait for each other.
 */
export function lockStock(tx: Sql, orderId: string, productIds: readonly string[] = []): Promise<Shelf[]> {
  return tx.query<Shelf>(
    `select warehouse_id as "warehouseId", product_id as "productId", on_hand - reserved as available
     from stock
     where product_id in (
       select unnest($2::text[])
       union select product_id from reserved_lines where order_id = $1 and state = 'reserved')
     order by product_id, warehouse_id
     for no key update of stock`,
    [orderId, productIds],
  )
}

export async function findReservation(tx: Sql, orderId: string): Promise<Reservation | undefined> {
  const rows = await tx.query<Reservation>(
    `select revision, status,
       exists (select from reserved_lines as line where line.order_id = $1 and state <> 'reserved') as begun
     from reservations where order_id = $1`,
    [orderId],
  )
  return rows[0]
}

export function findLines(tx: Sql, orderId: string): Promise<ReservedLine[]> {
  return tx.query<ReservedLine>(
    `select shipment_id as "shipmentId", warehouse_id as "warehouseId", line_number as "lineNumber",
       product_id as "productId", quantity, unit_price as "unitPrice"
     from reserved_lines where order_id = $1`,
    [orderId],
  )
}

export type LineState = 'released' | 'sold' | 'lost'
export type ShipmentEnd = { shipmentId: string; state: LineState }
export type MovedShipment = ShipmentEnd & { warehouseId: string }

/** What the order still holds, each shipment with the state that it is to get. */
export function heldShipments(tx: Sql, orderId: string, state: LineState): Promise<ShipmentEnd[]> {
  return tx.query<ShipmentEnd>(
    `select distinct shipment_id as "shipmentId", $2::text as state from reserved_lines
     where order_id = $1 and state = 'reserved'`,
    [orderId, state],
  )
}

/** Ends shipments that are still reserved and takes them off the books; the others stay. Lock the stock before. */
export function endShipments(
  tx: Sql,
  orderId: string,
  ends: readonly ShipmentEnd[],
): Promise<MovedShipment[]> {
  return tx.query<MovedShipment>(
    `with moved as (
       update reserved_lines as line set state = ends.state
       from unnest($2::text[], $3::text[]) as ends (shipment_id, state)
       where line.order_id = $1 and line.state = 'reserved' and line.shipment_id = ends.shipment_id
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
     select distinct shipment_id as "shipmentId", warehouse_id as "warehouseId", state from moved`,
    [orderId, ends.map(({ shipmentId }) => shipmentId), ends.map(({ state }) => state)],
  )
}
