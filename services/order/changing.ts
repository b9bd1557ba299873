import type { OnRecord, RecordChanges } from '#contracts/order.ts'
import type { Sql } from '#platform/database.ts'
import { appendToOutbox } from '#platform/outbox.ts'
import { type Applied, applyChanges } from './changes.ts'
import { priceLines, replaceLines } from './lines.ts'
import type { NumberedChange, OrderRecord } from './record.ts'
import { writeReturns } from './returns.ts'
import { findShipments, writeShipments } from './shipments.ts'

/** Writes the changes that are not on record yet, and answers with them and with where the order is then. */
export async function changeOrder(
  tx: Sql,
  request: RecordChanges,
): Promise<{ written: NumberedChange[]; onRecord: OnRecord }> {
  const { orderId, changes, traceparent } = request
  const keys = changes.map(({ key }) => key)
  const before = await lockOrder(tx, orderId, keys)
  const applied = applyChanges(before, changes, traceparent)
  const { status } = applied.order
  const onRecord = { status, handedOff: applied.order.keys.has('handed_off') }
  if (applied.changes.length === 0) return { written: [], onRecord }
  await writeOrder(tx, applied)
  for (const { change } of applied.changes) {
    if (change.type === 'amended') await replaceLines(tx, orderId, change.lines)
    if (change.type === 'reserved') await priceLines(tx, orderId, change.lines)
  }
  await writeReturns(tx, orderId, applied.changes)
  await writeShipments(tx, orderId, before.shipments, applied.order.shipments)
  await appendToOutbox(tx, applied.messages)
  return { written: applied.changes, onRecord }
}

type OrderRow = Omit<OrderRecord, 'stuck' | 'shipments' | 'keys' | 'lastAt'> & {
  stuckStep: NonNullable<OrderRecord['stuck']>['step'] | null
  stuckError: string
  stuckSince: Date
}

/** The order, which nobody else can change before this transaction ends: its events go out in the order of its changes. */
async function lockOrder(tx: Sql, orderId: string, keys: string[]): Promise<OrderRecord> {
  const [row] = await tx.query<OrderRow>(
    `select order_id as "orderId", customer_id as "customerId", currency, status, reason, total, refunded,
       ended_at as "endedAt", sequence, contact, stuck_step as "stuckStep", stuck_error as "stuckError",
       stuck_since as "stuckSince"
     from orders where order_id = $1 for no key update`,
    [orderId],
  )
  if (!row) throw new Error(`order ${orderId} is to be changed and is not on record`)
  const { stuckStep, stuckError, stuckSince, ...order } = row
  // Statements of their own: one that waits for a lock sees the other tables as they were before it waited.
  const [known] = await tx.query<{ keys: string[]; lastAt: Date }>(
    `select array(select key from order_history where order_id = $1 and key = any($2)) as keys,
       (select at from order_history where order_id = $1 order by sequence desc limit 1) as "lastAt"`,
    [orderId, [...keys, 'handed_off']],
  )
  if (!known) throw new Error(`order ${orderId} has no history`)
  return {
    ...order,
    stuck: stuckStep ? { step: stuckStep, error: stuckError, since: stuckSince } : null,
    keys: new Set(known.keys),
    lastAt: known.lastAt,
    // Without a total nothing was reserved, so there are none to look for.
    shipments: order.total === null ? [] : await findShipments(tx, orderId),
  }
}

async function writeOrder(tx: Sql, { order, history }: Applied): Promise<void> {
  const { orderId, status, reason, total, refunded, endedAt, sequence, stuck } = order
  await tx.query(
    `with changed as (
       update orders set status = $2, reason = $3, total = $4, refunded = $5, ended_at = $6, sequence = $7,
         stuck_step = $8, stuck_error = $9, stuck_since = $10
       where order_id = $1
     )
     insert into order_history (order_id, sequence, key, type, status, by, note, at)
     select $1, row.* from unnest($11::int[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
       $17::timestamptz[]) as row`,
    [
      orderId,
      status,
      reason,
      total,
      refunded,
      endedAt,
      sequence,
      stuck?.step,
      stuck?.error,
      stuck?.since,
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
