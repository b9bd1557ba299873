import type { CustomerContact } from '#contracts/customer.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import type { OrderOnRecord } from '#contracts/order-record.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { factsOnRecord } from '../domain/record.ts'
import type { Judgement } from '../domain/rules.ts'
import { orderCreated } from '../events.ts'
import { type FactsRow, factsColumns, findFacts } from './facts.ts'

/** How an order was judged when it was recorded now, or what is on record of it already. */
export type Recorded = Judgement | ({ kind: 'found' } & OrderOnRecord)

export async function recordOrder(
  database: Database,
  request: PlaceOrder,
  judgement: Judgement,
  at: Date,
): Promise<Recorded> {
  const isNew = await database.transaction(async (tx) => {
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
async function insertOrder(sql: Sql, request: PlaceOrder, judgement: Judgement, at: Date): Promise<boolean> {
  const { orderId, customerId, source, reference, currency, placedAt, fingerprint, traceparent, by } = request
  const lines = judgement.kind === 'recorded' ? request.lines : []
  const rows = await sql.query(
    `with placed as (
       insert into orders (order_id, customer_id, source, reference, status, currency, placed_at, recorded_at,
         fingerprint, traceparent, contact, problems)
       values ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11)
       on conflict do nothing returning order_id
     ), lines as (
       insert into order_lines (order_id, line_number, product_id, quantity, agreed_price)
       select order_id, line.* from placed, unnest($12::int[], $13::text[], $14::int[], $15::bigint[]) as line
     ), history as (
       insert into order_history (order_id, sequence, key, type, status, by, note, at)
       select order_id, 0, 'placed', 'placed', 'pending', $16, '', $7 from placed
     )
     select order_id from placed`,
    [
      orderId,
      customerId,
      source,
      reference,
      currency,
      placedAt,
      at,
      fingerprint,
      traceparent,
      judgement.kind === 'recorded' ? judgement.contact : null,
      judgement.kind === 'refused' ? judgement.problems : [],
      lines.map(({ lineNumber }) => lineNumber),
      lines.map(({ productId }) => productId),
      lines.map(({ quantity }) => quantity),
      lines.map(({ agreedPrice }) => agreedPrice ?? null),
      by ?? source,
    ],
  )
  return rows.length === 1
}

type Row = FactsRow &
  Omit<OrderOnRecord, 'destination' | 'placedAt' | 'facts'> & {
    contact: CustomerContact | null
    placedAt: Date
  }

/** Undefined when it is not on record. */
export async function findOnRecord(sql: Sql, orderId: string): Promise<OrderOnRecord | undefined> {
  const [row] = await sql.query<Row>(
    `select customer_id as "customerId", currency, fingerprint, placed_at as "placedAt", contact, problems, sequence,
       ${factsColumns}
     from orders where order_id = $1`,
    [orderId],
  )
  if (!row) return undefined
  const { customerId, currency, fingerprint, placedAt, contact, problems, sequence } = row
  return {
    customerId,
    currency,
    fingerprint,
    placedAt: placedAt.toISOString(),
    destination: contact?.place ?? null,
    problems,
    facts: factsOnRecord(await findFacts(sql, orderId, row)),
    sequence,
  }
}
