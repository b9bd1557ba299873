import { isFinal, orderStatuses } from '#contracts/order.ts'
import { type OrderSort, sortOf } from '#contracts/order-list.ts'
import { Prisma } from '#generated/prisma/order/client.ts'
import type { OrderModel } from '#generated/prisma/order/models.ts'
import { askEach, type Missing } from '#platform/shards/shards.ts'
import { fromBigInt, type Int8 } from '#platform/values/int8.ts'
import type { OrderDatabase, OrderShard } from '../database.ts'

const { sql, join, empty } = Prisma
type Condition = Prisma.Sql

export type OrderSummary = {
  orderId: string
  customerId: string
  source: string
  reference: string | null
  status: string
  reason: string | null
  currency: string
  total: Int8 | null
  refunded: Int8
  placedAt: Date
  updatedAt: Date
  endedAt: Date | null
  /** Null when it was refused. */
  customerName: string | null
  /** The steps that fail now, the latest last; `shipmentId` is empty when it is no shipment's. */
  stuck: { step: string; shipmentId: string; error: string; since: Date }[]
  fingerprint: string
}

/** A place in a list: what its order is sorted by, as text, and its id. */
export type ListPosition = { at: string; orderId: string }

/** What is absent lets every order through; an empty list of values does, too. */
export type OrderFilters = {
  customerId?: string | undefined
  statuses?: readonly string[]
  /** Only orders with a stuck step. */
  stuck?: boolean
  /** With `stuck`: these as well, unless they have ended. */
  orOrderIds?: readonly string[]
  sources?: readonly string[]
  reasons?: readonly string[]
  reference?: string | undefined
  productId?: string | undefined
  placedFrom?: Date | undefined
  placedBefore?: Date | undefined
  updatedSince?: Date | undefined
  totalMin?: bigint | undefined
  totalMax?: bigint | undefined
  country?: string | undefined
  search?: { text: string; customerIds: readonly string[] } | undefined
}

export type OrderList = OrderFilters & {
  /** The newest first when absent. */
  sort?: OrderSort
  limit: number
  after?: ListPosition | undefined
}

type Listed = OrderSummary & ListPosition
export type OrderPage = { orders: Listed[]; missing: Missing[] }

/**
 * In the list's order, from the order after `after`: orders that come meanwhile neither hide nor repeat one. Each shard
 * gives its first, and the first of those are the list's. Of shards that do not answer it says so.
 */
export async function listAcross(shards: readonly OrderShard[], list: OrderList): Promise<OrderPage> {
  const { answers, missing } = await askEach(shards, (database) => listOrders(database, list))
  return { orders: answers.flat().sort(inOrderOf(list.sort)).slice(0, list.limit), missing }
}

/** As Postgres orders them: an id is of lower-case hexadecimal digits, which every collation sorts alike. */
function inOrderOf(sort: OrderSort | undefined) {
  const { key, isDescending } = sortOf(sort)
  const rank = ({ at }: ListPosition) => (key === 'total' ? Number(at) : Date.parse(at))
  return (a: ListPosition, b: ListPosition): number =>
    (rank(a) - rank(b) || (a.orderId < b.orderId ? -1 : 1)) * (isDescending ? -1 : 1)
}

/** Each is what an index is over; the rest of the total is sorted, which 10^5 rows bear. */
const sortedBy = {
  placedAt: { column: sql`placed_at`, read: (at: string) => sql`${at}::timestamptz` },
  updatedAt: { column: sql`updated_at`, read: (at: string) => sql`${at}::timestamptz` },
  total: { column: sql`coalesce(total, 0)`, read: (at: string) => sql`${at}::bigint` },
}

export async function listOrders({ prisma }: OrderDatabase, list: OrderList): Promise<Listed[]> {
  const { customerId, statuses = [], stuck = false, limit, after } = list
  const { key, isDescending } = sortOf(list.sort)
  const { column, read } = sortedBy[key]
  const [than, direction] = isDescending ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`]
  const conditions = [
    ...conditionsOf(list),
    ...(after ? [sql`(${column}, order_id) ${than} (${read(after.at)}, ${after.orderId})`] : []),
  ]
  const first = (...more: Condition[]) => {
    const all = [...conditions, ...more]
    return sql`select ${summary}, ${column} as rank from orders ${all.length === 0 ? empty : sql`where ${join(all, ' and ')}`}
      order by ${column} ${direction}, order_id ${direction} limit ${limit}::int`
  }
  // Each status is read from its own place in an index, a customer's as well as all, and by its name: the planner knows how
  // many there are of each. But few orders are stuck, and the other sorts have no such index.
  const each = statuses.length === 0 && customerId !== undefined ? orderStatuses : statuses
  const ofEach = () => each.map((status) => sql`(${first(sql`status = ${status}`)})`)
  const rows = await prisma.$queryRaw<SummaryRow[]>(
    each.length === 0
      ? first()
      : stuck || key !== 'placedAt'
        ? first(sql`status = any(${each}::text[])`)
        : sql`select * from (${join(ofEach(), ' union all ')}) as page
            order by rank ${direction}, "orderId" ${direction} limit ${limit}::int`,
  )
  return rows.map(asListed)
}

function conditionsOf(filters: OrderFilters): Condition[] {
  const { customerId, stuck, orOrderIds = [], sources = [], reasons = [], search } = filters
  const { reference, productId, placedFrom, placedBefore, updatedSince, totalMin, totalMax, country } =
    filters
  const when = <T>(value: T | undefined, condition: (value: T) => Condition) =>
    value === undefined ? [] : [condition(value)]
  return [
    ...when(customerId, (id) => sql`customer_id = ${id}`),
    ...(stuck
      ? [
          sql`order_id in (select order_id from stuck_steps union all select unnest(${orOrderIds}::text[]))`,
          sql`ended_at is null`,
        ]
      : []),
    ...(sources.length > 0 ? [sql`source = any(${sources}::text[])`] : []),
    ...(reasons.length > 0 ? [sql`reason = any(${reasons}::text[])`] : []),
    ...when(reference, (text) => sql`reference = ${text}`),
    ...when(productId, (id) => sql`order_id in (select order_id from order_lines where product_id = ${id})`),
    ...when(placedFrom, (at) => sql`placed_at >= ${at}::timestamptz`),
    ...when(placedBefore, (at) => sql`placed_at < ${at}::timestamptz`),
    ...when(updatedSince, (at) => sql`updated_at >= ${at}::timestamptz`),
    ...when(totalMin, (amount) => sql`coalesce(total, 0) >= ${amount}::bigint`),
    ...when(totalMax, (amount) => sql`coalesce(total, 0) <= ${amount}::bigint`),
    ...when(country, (name) => sql`contact -> 'address' ->> 'country' = ${name}`),
    ...when(search, (found) => sql`order_id in (${foundBy(found)})`),
  ]
}

/** An order's id is long, so a beginning of it says enough only with so many characters. */
const idBeginning = /^[0-9a-f]{8}[0-9a-f-]{0,28}$/

/** Each way to name an order by its own index. */
function foundBy({ text, customerIds }: NonNullable<OrderFilters['search']>): Condition {
  const id = text.toLowerCase()
  const ways = [
    sql`select order_id from orders where reference like ${`${escaped(text)}%`}`,
    sql`select order_id from orders where customer_id = any(${[text, ...customerIds]}::text[])`,
    sql`select order_id from order_lines where product_id = ${text}`,
    ...(idBeginning.test(id)
      ? [
          sql`select order_id from orders where order_id >= ${id} and order_id < ${`${id}g`}`,
          sql`select order_id from orders where right(order_id, 8) = ${id}`,
        ]
      : []),
  ]
  return join(ways, ' union all ')
}

const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, (found) => `\\${found}`)

export type OpenOrders = { byStatus: Record<string, number>; missing: Missing[] }

const open = orderStatuses.filter((status) => !isFinal(status))

/** How many orders have not ended, by status. */
export async function countOpen(shards: readonly OrderShard[]): Promise<OpenOrders> {
  const { answers, missing } = await askEach(
    shards,
    ({ prisma }) => prisma.$queryRaw<{ status: string; count: number }[]>`
      select status, count(*)::int as count from orders where status = any(${open}::text[]) group by status`,
  )
  const byStatus: Record<string, number> = {}
  for (const { status, count } of answers.flat()) byStatus[status] = (byStatus[status] ?? 0) + count
  return { byStatus, missing }
}

const summary = sql`order_id as "orderId", customer_id as "customerId", source, reference, status, reason, currency,
  total, refunded, placed_at as "placedAt", updated_at as "updatedAt", ended_at as "endedAt", fingerprint,
  contact ->> 'name' as "customerName",
  (select coalesce(json_agg(json_build_object('step', step, 'shipmentId', shipment_id, 'error', error, 'since', since)
     order by since, step, shipment_id), '[]')
   from stuck_steps where stuck_steps.order_id = orders.order_id) as stuck`

type SummaryRow = Omit<OrderSummary, 'total' | 'refunded'> &
  Pick<OrderModel, 'total' | 'refunded'> & { rank: Date | bigint }

const asListed = ({ total, refunded, stuck, rank, ...order }: SummaryRow): Listed => ({
  ...order,
  total: total === null ? null : fromBigInt(total),
  refunded: fromBigInt(refunded),
  // Inside JSON a time is a text.
  stuck: stuck.map((one) => ({ ...one, since: new Date(one.since) })),
  at: rank instanceof Date ? rank.toISOString() : String(rank),
})
