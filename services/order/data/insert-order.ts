import type { CustomerContact } from '#contracts/customer.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import type { OrderOnRecord } from '#contracts/order-record.ts'
import type { OrderModel } from '#generated/prisma/order/models.ts'
import { appendToOutbox, commitAndPublish } from '#platform/messaging/outbox.ts'
import type { OrderDatabase, OrderTransaction } from '../database.ts'
import { factsOnRecord } from '../domain/record.ts'
import type { Judgement } from '../domain/rules.ts'
import { orderCreated } from '../events.ts'
import { type FactsRow, factsColumns, findFacts } from './facts.ts'

/** How an order was judged when it was recorded now, or what is on record of it already. */
export type Recorded = Judgement | ({ kind: 'found' } & OrderOnRecord)

export async function recordOrder(
  database: OrderDatabase,
  request: PlaceOrder,
  judgement: Judgement,
  at: Date,
): Promise<Recorded> {
  const isNew = await commitAndPublish(database, async (tx) => {
    const inserted = await insertOrder(tx, request, judgement, at)
    if (inserted) await appendToOutbox(tx, [orderCreated(request, at)])
    return inserted
  })
  if (isNew) return judgement
  const found = await findOnRecord(database, request.orderId)
  if (!found) throw new Error(`order ${request.orderId} was just there and is gone`)
  return { kind: 'found', ...found }
}

/** False when it is there already. The lines of a refused order are not kept: they may be anything. */
async function insertOrder(
  { prisma }: OrderTransaction,
  request: PlaceOrder,
  judgement: Judgement,
  at: Date,
): Promise<boolean> {
  const { orderId, customerId, source, reference, currency, placedAt, fingerprint, traceparent, by } = request
  const contact = judgement.kind === 'recorded' ? JSON.stringify(judgement.contact) : null
  const problems = judgement.kind === 'refused' ? judgement.problems : []
  const lines = judgement.kind === 'recorded' ? request.lines : []
  const inserted = await prisma.$queryRaw<unknown[]>`
    with placed as (
      insert into orders (order_id, customer_id, source, reference, status, currency, placed_at, recorded_at,
        fingerprint, traceparent, contact, problems)
      values (${orderId}, ${customerId}, ${source}, ${reference}, 'pending', ${currency}, ${placedAt}::timestamptz,
        ${at}::timestamptz, ${fingerprint}, ${traceparent}, ${contact}::jsonb, ${problems}::text[])
      on conflict do nothing returning order_id
    ), lines as (
      insert into order_lines (order_id, line_number, product_id, quantity, agreed_price)
      select order_id, line.* from placed,
        unnest(${lines.map(({ lineNumber }) => lineNumber)}::int[], ${lines.map(({ productId }) => productId)}::text[],
          ${lines.map(({ quantity }) => quantity)}::int[],
          ${lines.map(({ agreedPrice }) => agreedPrice ?? null)}::bigint[]) as line
    ), history as (
      insert into order_history (order_id, sequence, key, type, status, by, note, at)
      select order_id, 0, 'placed', 'placed', 'pending', ${by ?? source}, '', ${at}::timestamptz from placed
    )
    select order_id from placed`
  return inserted.length === 1
}

type Row = FactsRow &
  Pick<OrderOnRecord, 'currency'> & { contact: CustomerContact | null } & Pick<
    OrderModel,
    'customerId' | 'fingerprint' | 'placedAt' | 'problems' | 'sequence'
  >

/** Undefined when it is not on record. */
export async function findOnRecord(
  { prisma }: OrderDatabase,
  orderId: string,
): Promise<OrderOnRecord | undefined> {
  const [row] = await prisma.$queryRaw<Row[]>`
    select customer_id as "customerId", currency, fingerprint, placed_at as "placedAt", contact, problems, sequence,
      ${factsColumns}
    from orders where order_id = ${orderId}`
  if (!row) return undefined
  const { customerId, currency, fingerprint, placedAt, contact, problems, sequence } = row
  return {
    customerId,
    currency,
    fingerprint,
    placedAt: placedAt.toISOString(),
    destination: contact?.place ?? null,
    problems,
    facts: factsOnRecord(await findFacts(prisma, orderId, row)),
    sequence,
  }
}
