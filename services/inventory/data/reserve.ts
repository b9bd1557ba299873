import type { ReserveResult, ReserveStock } from '#contracts/inventory.ts'
import type { Minor } from '#contracts/money.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import type { Sql } from '#platform/postgres/database.ts'
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
export async function reserveStock(tx: Sql, request: ReserveStock, at: Date): Promise<ReserveResult> {
  await lockOrder(tx, request.orderId)
  const earlier = await findReservation(tx, request.orderId)
  switch (decideReserve(request.revision, earlier)) {
    case 'superseded':
      return { kind: 'superseded' }
    case 'repeat':
      return reservedResult(await findLines(tx, request.orderId), await findWarehouses(tx))
    case 'plan':
      return planAnew(tx, request, earlier, at)
  }
}

async function planAnew(
  tx: Sql,
  request: ReserveStock,
  earlier: Reservation | undefined,
  at: Date,
): Promise<ReserveResult> {
  const warehouses = await findWarehouses(tx)
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
async function findPrices(tx: Sql, { lines, currency }: ReserveStock): Promise<Map<string, Minor>> {
  const rows = await tx.query<{ productId: string; price: Minor }>(
    `select product_id as "productId", price from products where product_id = any($1) and currency = $2`,
    [lines.map(({ productId }) => productId), currency],
  )
  return new Map(rows.map(({ productId, price }) => [productId, price]))
}

/** What the order may take; what its earlier revision holds is given back first. */
async function freeStock(
  tx: Sql,
  { orderId, lines }: ReserveStock,
  earlier: Reservation | undefined,
): Promise<Shelf[]> {
  const productIds = lines.map(({ productId }) => productId)
  const stock = await lockStock(tx, orderId, productIds)
  if (earlier?.status !== 'open') return stock
  await endShipments(tx, orderId, await heldShipments(tx, orderId, 'released'))
  await tx.query('delete from reserved_lines where order_id = $1', [orderId])
  return lockStock(tx, orderId, productIds)
}

async function take(tx: Sql, request: ReserveStock, lines: readonly ReservedLine[], at: Date): Promise<void> {
  const { orderId, revision, currency } = request
  await tx.query(
    `with line as (
       select * from unnest($6::text[], $7::text[], $8::int[], $9::text[], $10::bigint[], $11::bigint[])
         as line (shipment_id, warehouse_id, line_number, product_id, quantity, unit_price)
     ), reservation as (
       insert into reservations (order_id, revision, status, total, currency, created_at, updated_at)
       values ($1, $2, 'open', $3, $4, $5, $5)
       on conflict (order_id) do update set (revision, status, total, currency, updated_at) =
         (excluded.revision, excluded.status, excluded.total, excluded.currency, excluded.updated_at)
     ), reserved as (
       insert into reserved_lines
         (order_id, shipment_id, warehouse_id, line_number, product_id, quantity, unit_price, state)
       select $1, line.*, 'reserved' from line
     )
     update stock set reserved = reserved + wanted.quantity
     from (
       select warehouse_id, product_id, sum(quantity) as quantity from line group by warehouse_id, product_id
     ) as wanted
     where stock.product_id = wanted.product_id and stock.warehouse_id = wanted.warehouse_id`,
    [orderId, revision, amountOf(lines), currency, at, ...columns(lines)],
  )
  await appendToOutbox(tx, [stockReserved(request, lines, at)])
}

function columns(lines: readonly ReservedLine[]): unknown[][] {
  return [
    lines.map(({ shipmentId }) => shipmentId),
    lines.map(({ warehouseId }) => warehouseId),
    lines.map(({ lineNumber }) => lineNumber),
    lines.map(({ productId }) => productId),
    lines.map(({ quantity }) => quantity),
    lines.map(({ unitPrice }) => unitPrice),
  ]
}

/** Remembered, so that an older revision comes too late, and so that a repeat tells nobody twice. */
async function refuse(
  tx: Sql,
  request: ReserveStock,
  refusal: Refusal,
  earlier: Reservation | undefined,
  at: Date,
): Promise<void> {
  if (earlier?.status === 'refused' && earlier.revision === request.revision) return
  await tx.query(
    `insert into reservations (order_id, revision, status, created_at, updated_at) values ($1, $2, 'refused', $3, $3)
     on conflict (order_id) do update set (revision, status, total, currency, updated_at) =
       (excluded.revision, excluded.status, 0, null, excluded.updated_at)`,
    [request.orderId, request.revision, at],
  )
  await appendToOutbox(tx, [stockFailed(request, refusal, at)])
}
