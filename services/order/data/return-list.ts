import { type ReturnStatus, returnStatuses } from '#contracts/return.ts'
import { Prisma } from '#generated/prisma/order/client.ts'
import { askEach, type Missing } from '#platform/shards/shards.ts'
import { fromBigInt } from '#platform/values/int8.ts'
import type { OrderDatabase, OrderShard } from '../database.ts'
import type { ReturnOnRecord } from './order-queries.ts'

/** A place in the list: when the return was asked for, and which it is. */
export type ReturnPosition = { requestedAt: Date; orderId: string; number: number }

export type ReturnOfOrder = ReturnOnRecord & {
  orderId: string
  customerId: string
  currency: string
  /** When it came to its status. */
  since: Date
  /** Who asked for it. */
  by: string
}

export type ReturnList = {
  /** Each at most once; none means any. */
  statuses: readonly ReturnStatus[]
  /** Else the newest first. */
  oldestFirst: boolean
  limit: number
  after?: ReturnPosition | undefined
}

export type ReturnPage = { returns: ReturnOfOrder[]; missing: Missing[] }

/** As the list of orders: each shard gives its first, and the first of those are the list's. */
export async function listReturnsAcross(
  shards: readonly OrderShard[],
  list: ReturnList,
): Promise<ReturnPage> {
  const { answers, missing } = await askEach(shards, (database) => listReturns(database, list))
  return { returns: answers.flat().sort(inOrder(list)).slice(0, list.limit), missing }
}

/** As Postgres orders them: an id is of lower-case hexadecimal digits, which every collation sorts alike. */
function inOrder({ oldestFirst }: ReturnList) {
  const oldest = (a: ReturnPosition, b: ReturnPosition) =>
    a.requestedAt.getTime() - b.requestedAt.getTime() ||
    (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : a.number - b.number)
  return oldestFirst ? oldest : (a: ReturnPosition, b: ReturnPosition) => oldest(b, a)
}

type Row = Omit<ReturnOfOrder, 'amount' | 'lines'> & { amount: bigint; lines: ReturnOnRecord['lines'] }

export async function listReturns({ prisma }: OrderDatabase, list: ReturnList): Promise<ReturnOfOrder[]> {
  const { statuses, oldestFirst, limit, after } = list
  const { sql, join, empty } = Prisma
  const [beyond, direction] = oldestFirst ? [sql`>`, sql`asc`] : [sql`<`, sql`desc`]
  const next = after
    ? sql`and (requested_at, order_id, number)
        ${beyond} (${after.requestedAt}::timestamptz, ${after.orderId}, ${after.number}::int)`
    : empty
  const order = sql`order by requested_at ${direction}, order_id ${direction}, number ${direction}`
  // Each status is read from its own place in the index, also when all are asked for.
  const ofStatus = (status: string) =>
    sql`(select * from returns where status = ${status} ${next} ${order} limit ${limit}::int)`
  const each = statuses.length === 0 ? returnStatuses : statuses
  const rows = await prisma.$queryRaw<Row[]>`
    select order_id as "orderId", number, page.fingerprint, page.status, page.reason, amount,
      requested_at as "requestedAt", page.ended_at as "endedAt", customer_id as "customerId", currency,
      coalesce(page.ended_at, (select at from order_history as entry where entry.order_id = page.order_id
        and key = 'return/' || number || '/' || page.status), requested_at) as since,
      coalesce((select by from order_history as entry where entry.order_id = page.order_id
        and key = 'return/' || number || '/requested'), 'system') as by,
      (select coalesce(json_agg(json_build_object('lineNumber', line_number, 'productId', product_id,
          'quantity', quantity, 'unitPrice', unit_price::text, 'restocked', restocked, 'writtenOff', written_off)
          order by line_number), '[]')
        from return_lines as line where line.order_id = page.order_id and line.number = page.number) as lines
    from (select * from (${join(each.map(ofStatus), ' union all ')}) as found ${order} limit ${limit}::int) as page
      join orders using (order_id)
    ${order}`
  return rows.map(({ amount, lines, ...row }) => ({
    ...row,
    amount: fromBigInt(amount),
    // Inside JSON an amount is a text, which keeps all its digits.
    lines: lines.map(({ unitPrice, ...line }) => ({ ...line, unitPrice: fromBigInt(BigInt(unitPrice)) })),
  }))
}
