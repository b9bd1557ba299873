import type { Actor } from '#contracts/actor.ts'
import type { Currency } from '#contracts/money.ts'
import type { OrderChange, OrderStatus } from '#contracts/order.ts'
import {
  isFinalReturn,
  type OpenReturnResult,
  type PricedReturnLine,
  type ReceivedReturn,
  type RequestReturn,
  type ReturnStatus,
} from '#contracts/return.ts'
import type { ReturnLineModel } from '#generated/prisma/order/models.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import { numberOf } from '#platform/values/int8.ts'
import { storable } from '#platform/values/storable.ts'
import { nextAfter } from '../changes.ts'
import type { OrderTransaction } from '../database.ts'
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
export async function openReturn(
  tx: OrderTransaction,
  request: RequestReturn,
  at: Date,
): Promise<OpenedOnRecord> {
  const { orderId, number } = request
  const order = await lockOrder(tx, orderId)
  if (!order) return { kind: 'refused', problems: [`orderId: there is no order ${orderId}`] }
  const { customerId, currency } = order
  const known = await findReturn(tx, orderId, number)
  if (known) {
    const { status, fingerprint, amount, lines } = known
    // Temporal has forgotten that return: a new one under its number would take its place.
    if (isFinalReturn(status) || fingerprint !== request.fingerprint)
      return { kind: 'refused', problems: [`orderId: return ${number} is on record already`] }
    const opened = { kind: 'opened' as const, customerId, currency, lines: lines.map(pricedLine), amount }
    if (status === 'accepted') return { ...opened, reached: { status } }
    if (status === 'received')
      return { ...opened, reached: { status, received: await findReceipt(tx, orderId, number, lines) } }
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
async function lockOrder({ prisma }: OrderTransaction, orderId: string): Promise<OrderRow | undefined> {
  const [row] = await prisma.$queryRaw<OrderRow[]>`
    select customer_id as "customerId", currency, status, sequence from orders where order_id = ${orderId}
    for no key update`
  return row
}

async function findReturn({ prisma }: OrderTransaction, orderId: string, number: number) {
  const row = await prisma.return.findUnique({
    where: { orderId_number: { orderId, number } },
    include: { lines: { orderBy: { lineNumber: 'asc' } } },
  })
  return row && { ...row, status: row.status as ReturnStatus, amount: numberOf(row.amount) }
}

const pricedLine = ({
  lineNumber,
  productId,
  quantity,
  unitPrice,
  warehouseId,
}: ReturnLineModel): PricedReturnLine => ({
  lineNumber,
  productId,
  quantity,
  unitPrice: numberOf(unitPrice),
  warehouseId,
})

/** Who received it, and what. */
async function findReceipt(
  { prisma }: OrderTransaction,
  orderId: string,
  number: number,
  lines: readonly ReturnLineModel[],
): Promise<ReceivedReturn> {
  const entry = await prisma.historyEntry.findUnique({
    where: { orderId_key: { orderId, key: `return/${number}/received` } },
  })
  const arrived = lines.filter(({ restocked, writtenOff }) => restocked + writtenOff > 0)
  return {
    by: (entry?.by as Actor | undefined) ?? 'system',
    lines: arrived.map(({ lineNumber, restocked, writtenOff }) => ({ lineNumber, restocked, writtenOff })),
  }
}

/** Pieces by line: what was asked for while a return is open, afterwards what arrived. */
async function comingBack({ prisma }: OrderTransaction, orderId: string): Promise<Map<number, number>> {
  const rows = await prisma.$queryRaw<{ lineNumber: number; pieces: bigint }[]>`
    select line_number as "lineNumber", sum(case
        when status in ('requested', 'accepted') then quantity
        when status in ('received', 'refunded') then restocked + written_off else 0 end) as pieces
    from return_lines join returns using (order_id, number) where order_id = ${orderId} group by line_number`
  return new Map(rows.map(({ lineNumber, pieces }) => [lineNumber, numberOf(pieces)]))
}

async function insertReturn(
  { prisma }: OrderTransaction,
  { orderId, number, reason, fingerprint }: RequestReturn,
  lines: readonly PricedReturnLine[],
  amount: number,
  requestedAt: Date,
): Promise<void> {
  await prisma.return.create({
    data: {
      orderId,
      number,
      status: 'requested',
      fingerprint,
      reason: storable(reason),
      amount,
      requestedAt,
      lines: { createMany: { data: [...lines] } },
    },
  })
}

async function noteRequest(
  tx: OrderTransaction,
  { orderId, number, by, reason, traceparent }: RequestReturn,
  { customerId, currency, status, sequence: before }: OrderRow,
  amount: number,
  at: Date,
): Promise<void> {
  const sequence = nextAfter(before)
  const row = { sequence, by, note: storable(`return ${number}: ${reason}`), at }
  const key = `return/${number}/requested`
  await tx.prisma.order.update({
    where: { orderId },
    data: {
      sequence,
      history: { create: { ...row, key, type: 'return_requested', status, amount, returnNumber: number } },
    },
    select: { orderId: true },
  })
  const change = { number, status: 'requested' as const, amount }
  await appendToOutbox(tx, [returnChanged({ orderId, customerId, currency }, change, row, traceparent)])
}

export type ReturnChange = Extract<OrderChange, { type: 'returned' }>

/** Brings the returns up to the changes that were written. */
export async function writeReturns(
  tx: OrderTransaction,
  orderId: string,
  changes: readonly NumberedChange[],
): Promise<void> {
  for (const { change, at } of changes) {
    if (change.type !== 'returned') continue
    await moveReturn(tx, orderId, change, at)
    if (change.received) await receiveLines(tx, orderId, change.number, change.received)
  }
}

async function moveReturn(
  { prisma }: OrderTransaction,
  orderId: string,
  { number, status, amount }: ReturnChange,
  at: string,
): Promise<void> {
  await prisma.return.updateMany({
    where: { orderId, number },
    data: {
      status,
      endedAt: isFinalReturn(status) ? at : null,
      ...(status === 'received' && amount !== undefined && { amount }),
      refunded: status === 'refunded' ? (amount ?? 0) : 0,
    },
  })
}

async function receiveLines(
  { prisma }: OrderTransaction,
  orderId: string,
  number: number,
  received: NonNullable<ReturnChange['received']>,
): Promise<void> {
  await prisma.$executeRaw`
    update return_lines as line set restocked = arrived.restocked, written_off = arrived.written_off
    from unnest(${received.map(({ lineNumber }) => lineNumber)}::int[],
      ${received.map(({ restocked }) => restocked)}::int[],
      ${received.map(({ writtenOff }) => writtenOff)}::int[]) as arrived (line_number, restocked, written_off)
    where line.order_id = ${orderId} and line.number = ${number} and line.line_number = arrived.line_number`
}
