import type { OnRecord, RecordChanges } from '#contracts/order-record.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import { type Applied, applyChanges } from '../changes.ts'
import type { OrderTransaction } from '../database.ts'
import { factsOnRecord, leftOutOf, type NumberedChange, type OrderRecord } from '../domain/record.ts'
import { type FactsRow, factsColumns, findFacts } from './facts.ts'
import { priceLines, replaceLines } from './lines.ts'
import { dueForReturn } from './return-amount.ts'
import { writeReturns } from './returns.ts'
import { writeShipments } from './shipments.ts'
import { writeStuck } from './stuck-steps.ts'

/** Writes the changes that are not on record yet and may be, and answers with them and with what is on record then. */
export async function changeOrder(
  tx: OrderTransaction,
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

async function write(tx: OrderTransaction, before: OrderRecord, applied: Applied): Promise<void> {
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
async function lockOrder(
  { prisma }: OrderTransaction,
  orderId: string,
  keys: string[],
): Promise<OrderRecord> {
  const [row] = await prisma.$queryRaw<OrderRow[]>`
    select order_id as "orderId", customer_id as "customerId", currency, ended_at as "endedAt", sequence, contact,
      ${factsColumns}
    from orders where order_id = ${orderId} for no key update`
  if (!row) throw new Error(`order ${orderId} is to be changed and is not on record`)
  return { ...row, ...(await findFacts(prisma, orderId, row, keys)) }
}

async function writeOrder({ prisma }: OrderTransaction, { order, history }: Applied): Promise<void> {
  const { orderId, status, reason, total, refunded, endedAt, sequence, asked, cancelling } = order
  await prisma.$executeRaw`
    with changed as (
      update orders set status = ${status}, reason = ${reason}, total = ${total}::bigint, refunded = ${refunded}::bigint,
        ended_at = ${endedAt}::timestamptz, sequence = ${sequence}, asked = ${jsonOf(asked)}::jsonb,
        cancelling = ${jsonOf(cancelling)}::jsonb, updated_at = now()
      where order_id = ${orderId}
    )
    insert into order_history (order_id, sequence, key, type, status, by, note, amount, transfer_id, shipment_id,
      return_number, at)
    select ${orderId}, row.* from jsonb_to_recordset(${JSON.stringify(history)}::jsonb) as row (
      sequence int, key text, type text, status text, by text, note text, amount bigint, "transferId" text,
      "shipmentId" text, "returnNumber" int, at timestamptz)`
}

const jsonOf = (value: object | null): string | null => value && JSON.stringify(value)
