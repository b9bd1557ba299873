import type { OnRecord, RecordChanges } from '#contracts/order-record.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Applied, applyChanges } from '../changes.ts'
import { factsOnRecord, leftOutOf, type NumberedChange, type OrderRecord } from '../domain/record.ts'
import { type FactsRow, factsColumns, findFacts } from './facts.ts'
import { priceLines, replaceLines } from './lines.ts'
import { dueForReturn } from './return-amount.ts'
import { writeReturns } from './returns.ts'
import { writeShipments } from './shipments.ts'
import { writeStuck } from './stuck-steps.ts'

/** Writes the changes that are not on record yet and may be, and answers with them and with what is on record then. */
export async function changeOrder(
  tx: Sql,
  request: RecordChanges,
): Promise<{ written: NumberedChange[]; onRecord: OnRecord }> {
  const { orderId, changes, after = 0 } = request
  const before = await lockOrder(
    tx,
    orderId,
    changes.map(({ key }) => key),
  )
  const applied = applyChanges(before, request)
  const { order, changes: written } = applied
  const asNoted =
    (request.after === undefined || before.sequence === after) && written.length === changes.length
  const onRecord: OnRecord = asNoted
    ? { kind: 'as_noted', sequence: order.sequence }
    : {
        kind: 'otherwise',
        sequence: order.sequence,
        facts: factsOnRecord(order),
        leftOut: leftOutOf(order, changes),
      }
  if (written.length > 0) await write(tx, before, applied)
  const due = await dueForReturn(tx, request)
  return { written, onRecord: { ...onRecord, ...(due !== undefined && { due }) } }
}

async function write(tx: Sql, before: OrderRecord, applied: Applied): Promise<void> {
  const { order, changes, messages } = applied
  const { orderId } = order
  await writeOrder(tx, applied)
  for (const { change } of changes) {
    if (change.type === 'amended') await replaceLines(tx, orderId, change.lines)
    if (change.type === 'reserved') await priceLines(tx, orderId, change.lines)
  }
  await writeReturns(tx, orderId, changes)
  await writeShipments(tx, orderId, before.shipments, order.shipments)
  await writeStuck(tx, orderId, before.stuck, order.stuck)
  await appendToOutbox(tx, messages)
}

type OrderRow = FactsRow &
  Pick<OrderRecord, 'orderId' | 'customerId' | 'currency' | 'endedAt' | 'sequence' | 'contact'>

/** The order, which nobody else can change before this transaction ends: its events go out in the order of its changes. */
async function lockOrder(tx: Sql, orderId: string, keys: string[]): Promise<OrderRecord> {
  const [row] = await tx.query<OrderRow>(
    `select order_id as "orderId", customer_id as "customerId", currency, ended_at as "endedAt", sequence, contact,
       ${factsColumns}
     from orders where order_id = $1 for no key update`,
    [orderId],
  )
  if (!row) throw new Error(`order ${orderId} is to be changed and is not on record`)
  return { ...row, ...(await findFacts(tx, orderId, row, keys)) }
}

async function writeOrder(tx: Sql, { order, history }: Applied): Promise<void> {
  const { orderId, status, reason, total, refunded, endedAt, sequence, asked, cancelling } = order
  await tx.query(
    `with changed as (
       update orders set status = $2, reason = $3, total = $4, refunded = $5, ended_at = $6, sequence = $7,
         asked = $8, cancelling = $9
       where order_id = $1
     )
     insert into order_history (order_id, sequence, key, type, status, by, note, at)
     select $1, row.* from unnest($10::int[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
       $16::timestamptz[]) as row`,
    [
      orderId,
      status,
      reason,
      total,
      refunded,
      endedAt,
      sequence,
      asked,
      cancelling,
      history.map((row) => row.sequence),
      history.map((row) => row.key),
      history.map((row) => row.type),
      history.map((row) => row.status),
      history.map((row) => row.by),
      history.map((row) => row.note),
      history.map((row) => row.at),
    ],
  )
}
