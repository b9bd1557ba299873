import type { ReserveResult, ReserveStock } from '#contracts/inventory.ts'
import type { Minor } from '#contracts/money.ts'
import type { ProductModel } from '#generated/prisma/inventory/models.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import { numberOf } from '#platform/values/int8.ts'
import type { InventoryTransaction } from '../database.ts'
import { amountOf, reservedResult } from '../domain/reserve-result.ts'
import {
  decideReserve,
  planReservation,
  type Refusal,
  type Reservation,
  type ReservedLine,
  type Shelf,
} from '../domain/rules.ts'
import { stockFailed, stockReserved } from '../events.ts'
import { findWarehouses } from './catalogue.ts'
import {
  endShipments,
  findLines,
  findReservation,
  heldShipments,
  lockOrder,
  lockStock,
} from './reservations.ts'

/** Reserves the order's lines, once per revision; see `decideReserve` and `planReservation`. */
export async function reserveStock(
  tx: InventoryTransaction,
  request: ReserveStock,
  at: Date,
): Promise<ReserveResult> {
  await lockOrder(tx, request.orderId)
  const earlier = await findReservation(tx, request.orderId)
  switch (decideReserve(request.revision, earlier)) {
    case 'superseded':
      return { kind: 'superseded' }
    case 'repeat':
      return reservedResult(await findLines(tx, request.orderId), await findWarehouses(tx.prisma))
    case 'plan':
      return planAnew(tx, request, earlier, at)
  }
}

async function planAnew(
  tx: InventoryTransaction,
  request: ReserveStock,
  earlier: Reservation | undefined,
  at: Date,
): Promise<ReserveResult> {
  const warehouses = await findWarehouses(tx.prisma)
  const prices = await findPrices(tx, request)
  const stock = await freeStock(tx, request, earlier)
  const plan = planReservation(request, { warehouses, prices, stock })
  if (plan.kind !== 'reserve') {
    await refuse(tx, request, plan, earlier, at)
    return plan
  }
  await take(tx, request, plan.lines, at)
  return reservedResult(plan.lines, warehouses)
}

/** Unknown is also what is not sold in the order's currency. */
async function findPrices(
  tx: InventoryTransaction,
  { lines, currency }: ReserveStock,
): Promise<Map<string, Minor>> {
  const rows = await tx.prisma.$queryRaw<Pick<ProductModel, 'productId' | 'price'>[]>`
    select product_id as "productId", price from products
    where product_id = any(${lines.map(({ productId }) => productId)}::text[]) and currency = ${currency}`
  return new Map(rows.map(({ productId, price }) => [productId, numberOf(price)]))
}

/** What the order may take; what its earlier revision holds is given back first. */
async function freeStock(
  tx: InventoryTransaction,
  { orderId, lines }: ReserveStock,
  earlier: Reservation | undefined,
): Promise<Shelf[]> {
  const productIds = lines.map(({ productId }) => productId)
  const stock = await lockStock(tx, orderId, productIds)
  if (earlier?.status !== 'open') return stock
  await endShipments(tx, orderId, await heldShipments(tx, orderId, 'released'))
  await tx.prisma.reservedLine.deleteMany({ where: { orderId } })
  return lockStock(tx, orderId, productIds)
}

async function take(
  tx: InventoryTransaction,
  request: ReserveStock,
  lines: readonly ReservedLine[],
  at: Date,
): Promise<void> {
  const { orderId, revision, currency } = request
  const { shipmentIds, warehouseIds, lineNumbers, productIds, quantities, unitPrices } = columns(lines)
  await tx.prisma.$executeRaw`
    with line as (
       select * from unnest(${shipmentIds}::text[], ${warehouseIds}::text[], ${lineNumbers}::int[], ${productIds}::text[],
         ${quantities}::bigint[], ${unitPrices}::bigint[])
         as line (shipment_id, warehouse_id, line_number, product_id, quantity, unit_price)
     ), reservation as (
       insert into reservations (order_id, revision, status, total, currency, created_at, updated_at)
       values (${orderId}, ${revision}, 'open', ${amountOf(lines)}::bigint, ${currency}, ${at}::timestamptz, ${at}::timestamptz)
       on conflict (order_id) do update set (revision, status, total, currency, updated_at) =
         (excluded.revision, excluded.status, excluded.total, excluded.currency, excluded.updated_at)
     ), reserved as (
       insert into reserved_lines
         (order_id, shipment_id, warehouse_id, line_number, product_id, quantity, unit_price, state)
       select ${orderId}, line.*, 'reserved' from line
     )
     update stock set reserved = reserved + wanted.quantity
     from (
       select warehouse_id, product_id, sum(quantity) as quantity from line group by warehouse_id, product_id
     ) as wanted
     where stock.product_id = wanted.product_id and stock.warehouse_id = wanted.warehouse_id`
  await appendToOutbox(tx, [stockReserved(request, lines, at)])
}

const columns = (lines: readonly ReservedLine[]) => ({
  shipmentIds: lines.map(({ shipmentId }) => shipmentId),
  warehouseIds: lines.map(({ warehouseId }) => warehouseId),
  lineNumbers: lines.map(({ lineNumber }) => lineNumber),
  productIds: lines.map(({ productId }) => productId),
  quantities: lines.map(({ quantity }) => quantity),
  unitPrices: lines.map(({ unitPrice }) => unitPrice),
})

/** Remembered, so that an older revision comes too late, and so that a repeat tells nobody twice. */
async function refuse(
  tx: InventoryTransaction,
  request: ReserveStock,
  refusal: Refusal,
  earlier: Reservation | undefined,
  at: Date,
): Promise<void> {
  if (earlier?.status === 'refused' && earlier.revision === request.revision) return
  const { orderId, revision } = request
  const refused = { revision, status: 'refused', total: 0, currency: null, updatedAt: at }
  await tx.prisma.reservation.upsert({
    where: { orderId },
    create: { orderId, ...refused, createdAt: at },
    update: refused,
  })
  await appendToOutbox(tx, [stockFailed(request, refusal, at)])
}
