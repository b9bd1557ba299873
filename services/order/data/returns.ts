import type { Actor } from '#contracts/actor.ts'
import type { Currency, Minor } from '#contracts/money.ts'
import type { OrderChange, OrderStatus } from '#contracts/order.ts'
import {
  isFinalReturn,
  type OpenReturnResult,
  type PricedReturnLine,
  type ReceivedLine,
  type ReceivedReturn,
  type RequestReturn,
  type ReturnStatus,
} from '#contracts/return.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { storable } from '#platform/values/storable.ts'
import { nextAfter } from '../changes.ts'
import type { NumberedChange } from '../domain/record.ts'
import { judgeReturn, returnableLines } from '../domain/return-rules.ts'
import { returnChanged } from '../events.ts'
import { findShipments } from './shipments.ts'

/** Without the policy, which is no matter of the database. */
export type OpenedOnRecord =
  | Omit<Extract<OpenReturnResult, { kind: 'opened' }>, 'policy'>
  | Extract<OpenReturnResult, { kind: 'refused' }>

type OrderRow = { customerId: string; currency: Currency; status: OrderStatus; sequence: number }

/** Judges a return against what was delivered and what comes back already; a repeat answers what is on record. */
export async function openReturn(tx: Sql, request: RequestReturn, at: Date): Promise<OpenedOnRecord> {
  const { orderId, number } = request
  const order = await lockOrder(tx, orderId)
  if (!order) return { kind: 'refused', problems: [`orderId: there is no order ${orderId}`] }
  const { customerId, currency } = order
  const known = await findReturn(tx, orderId, number)
  if (known) {
    const { status, fingerprint, amount } = known
    // Temporal has forgotten that return: a new one under its number would take its place.
    if (isFinalReturn(status) || fingerprint !== request.fingerprint)
      return { kind: 'refused', problems: [`orderId: return ${number} is on record already`] }
    const lines = await findLines(tx, orderId, number)
    const opened = { kind: 'opened' as const, customerId, currency, lines, amount }
    if (status === 'accepted') return { ...opened, reached: { status } }
    if (status === 'received')
      return { ...opened, reached: { status, received: await findReceipt(tx, orderId, number) } }
    return opened
  }
  const shipments = await findShipments(tx, orderId)
  const judged = judgeReturn(request, order.status, returnableLines(shipments, await comingBack(tx, orderId)))
  if (judged.kind === 'refused') return judged
  await insertReturn(tx, request, judged.lines, judged.amount, at)
  await noteRequest(tx, request, order, judged.amount, at)
  return { ...judged, customerId, currency }
}

/** Two returns of one order are judged one after the other. */
async function lockOrder(tx: Sql, orderId: string): Promise<OrderRow | undefined> {
  const [row] = await tx.query<OrderRow>(
    `select customer_id as "customerId", currency, status, sequence from orders where order_id = $1 for no key update`,
    [orderId],
  )
  return row
}

type ReturnRow = { status: ReturnStatus; fingerprint: string; amount: Minor }

async function findReturn(tx: Sql, orderId: string, number: number): Promise<ReturnRow | undefined> {
  const [row] = await tx.query<ReturnRow>(
    'select status, fingerprint, amount from returns where order_id = $1 and number = $2',
    [orderId, number],
  )
  return row
}

function findLines(tx: Sql, orderId: string, number: number): Promise<PricedReturnLine[]> {
  return tx.query<PricedReturnLine>(
    `select line_number as "lineNumber", product_id as "productId", quantity, unit_price as "unitPrice",
       warehouse_id as "warehouseId"
     from return_lines where order_id = $1 and number = $2 order by line_number`,
    [orderId, number],
  )
}

/** Who received it, and what. */
async function findReceipt(tx: Sql, orderId: string, number: number): Promise<ReceivedReturn> {
  const [row] = await tx.query<{ by: Actor }>(
    'select by from order_history where order_id = $1 and key = $2',
    [orderId, `return/${number}/received`],
  )
  const lines = await tx.query<ReceivedLine>(
    `select line_number as "lineNumber", restocked, written_off as "writtenOff"
     from return_lines where order_id = $1 and number = $2 and restocked + written_off > 0 order by line_number`,
    [orderId, number],
  )
  return { by: row?.by ?? 'system', lines }
}

/** Pieces by line: what was asked for while a return is open, afterwards what arrived. */
async function comingBack(tx: Sql, orderId: string): Promise<Map<number, number>> {
  const rows = await tx.query<{ lineNumber: number; pieces: number }>(
    `select line_number as "lineNumber", sum(case
         when status in ('requested', 'accepted') then quantity
         when status in ('received', 'refunded') then restocked + written_off else 0 end) as pieces
     from return_lines join returns using (order_id, number) where order_id = $1 group by line_number`,
    [orderId],
  )
  return new Map(rows.map(({ lineNumber, pieces }) => [lineNumber, pieces]))
}

async function insertReturn(
  tx: Sql,
  { orderId, number, reason, fingerprint }: RequestReturn,
  lines: readonly PricedReturnLine[],
  amount: number,
  at: Date,
): Promise<void> {
  await tx.query(
    `with opened as (
       insert into returns (order_id, number, status, fingerprint, reason, amount, requested_at)
       values ($1, $2, 'requested', $3, $4, $5, $6) returning order_id
     )
     insert into return_lines (order_id, number, line_number, product_id, quantity, unit_price, warehouse_id)
     select order_id, $2, line.* from opened,
       unnest($7::int[], $8::text[], $9::int[], $10::bigint[], $11::text[]) as line`,
    [
      orderId,
      number,
      fingerprint,
      storable(reason),
      amount,
      at,
      lines.map(({ lineNumber }) => lineNumber),
      lines.map(({ productId }) => productId),
      lines.map(({ quantity }) => quantity),
      lines.map(({ unitPrice }) => unitPrice),
      lines.map(({ warehouseId }) => warehouseId),
    ],
  )
}

async function noteRequest(
  tx: Sql,
  { orderId, number, by, reason, traceparent }: RequestReturn,
  { customerId, currency, status, sequence }: OrderRow,
  amount: number,
  at: Date,
): Promise<void> {
  const row = { sequence: nextAfter(sequence), by, note: storable(`return ${number}: ${reason}`), at }
  await tx.query(
    `with changed as (update orders set sequence = $2 where order_id = $1)
     insert into order_history (order_id, sequence, key, type, status, by, note, at)
     values ($1, $2, $3, 'return_requested', $4, $5, $6, $7)`,
    [orderId, row.sequence, `return/${number}/requested`, status, by, row.note, at],
  )
  const change = { number, status: 'requested' as const, amount }
  await appendToOutbox(tx, [returnChanged({ orderId, customerId, currency }, change, row, traceparent)])
}

export type ReturnChange = Extract<OrderChange, { type: 'returned' }>

/** Brings the returns up to the changes that were written. */
export async function writeReturns(
  tx: Sql,
  orderId: string,
  changes: readonly NumberedChange[],
): Promise<void> {
  for (const { change, at } of changes) {
    if (change.type !== 'returned') continue
    await moveReturn(tx, orderId, change, at)
    if (change.received) await receiveLines(tx, orderId, change.number, change.received)
  }
}

async function moveReturn(tx: Sql, orderId: string, { number, status, amount }: ReturnChange, at: string) {
  await tx.query(
    `update returns set status = $3, ended_at = $4, amount = coalesce($5, amount), refunded = $6
     where order_id = $1 and number = $2`,
    [
      orderId,
      number,
      status,
      isFinalReturn(status) ? at : null,
      status === 'received' ? (amount ?? null) : null,
      status === 'refunded' ? (amount ?? 0) : 0,
    ],
  )
}

async function receiveLines(
  tx: Sql,
  orderId: string,
  number: number,
  received: NonNullable<ReturnChange['received']>,
): Promise<void> {
  await tx.query(
    `update return_lines as line set restocked = arrived.restocked, written_off = arrived.written_off
     from unnest($3::int[], $4::int[], $5::int[]) as arrived (line_number, restocked, written_off)
     where line.order_id = $1 and line.number = $2 and line.line_number = arrived.line_number`,
    [
      orderId,
      number,
      received.map(({ lineNumber }) => lineNumber),
      received.map(({ restocked }) => restocked),
      received.map(({ writtenOff }) => writtenOff),
    ],
  )
}
