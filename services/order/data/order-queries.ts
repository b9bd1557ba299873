import type { CustomerContact } from '#contracts/customer.ts'
import { orderStatuses } from '#contracts/order.ts'
import type { ReturnStatus } from '#contracts/return.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { askEach, type Missing, type Shard } from '#platform/shards/shards.ts'
import type { Int8 } from '#platform/values/int8.ts'
import type { HistoryRow } from '../domain/record.ts'

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
  endedAt: Date | null
  /** The steps that fail now, the latest last; `shipmentId` is empty when it is no shipment's. */
  stuck: { step: string; shipmentId: string; error: string; since: Date }[]
  fingerprint: string
}

export type Line = { lineNumber: number; productId: string; quantity: number; unitPrice: Int8 | null }

export type OrderDetails = OrderSummary & {
  lines: Line[]
  shipments: {
    shipmentId: string
    warehouseId: string
    status: string
    amount: Int8
    movedAt: Date
    lines: Line[]
  }[]
  history: HistoryRow[]
  returns: ReturnOnRecord[]
  contact: CustomerContact | null
}

export type ReturnOnRecord = {
  number: number
  fingerprint: string
  status: ReturnStatus
  reason: string
  amount: Int8
  requestedAt: Date
  endedAt: Date | null
  lines: {
    lineNumber: number
    productId: string
    quantity: number
    unitPrice: Int8
    restocked: number
    writtenOff: number
  }[]
}

/** A place in a list: what comes after it was placed earlier. */
export type ListPosition = { placedAt: Date; orderId: string }

export type OrderList = {
  customerId?: string | undefined
  /** Each at most once; none means any. */
  statuses: readonly string[]
  /** Only orders with a stuck step. */
  stuck: boolean
  /** With `stuck`: these as well, unless they have ended. */
  orOrderIds?: readonly string[]
  limit: number
  after?: ListPosition | undefined
}

const summary = `order_id as "orderId", customer_id as "customerId", source, reference, status, reason, currency, total,
  refunded, placed_at as "placedAt", ended_at as "endedAt", fingerprint,
  (select coalesce(json_agg(json_build_object('step', step, 'shipmentId', shipment_id, 'error', error, 'since', since)
     order by since, step, shipment_id), '[]')
   from stuck_steps where stuck_steps.order_id = orders.order_id) as stuck`

/** One statement, so that status, history and shipments are of one moment. */
export async function findOrder(sql: Sql, orderId: string): Promise<OrderDetails | undefined> {
  const [order] = await sql.query<OrderDetails>(
    `select ${summary}, contact,
       (select coalesce(json_agg(json_build_object('lineNumber', line_number, 'productId', product_id,
          'quantity', quantity, 'unitPrice', unit_price) order by line_number), '[]')
        from order_lines where order_id = $1) as lines,
       (select coalesce(json_agg(json_build_object('shipmentId', shipment_id, 'warehouseId', warehouse_id,
          'status', status, 'amount', amount, 'movedAt', moved_at, 'lines', lines) order by shipment_id), '[]')
        from shipments where order_id = $1) as shipments,
       (select coalesce(json_agg(json_build_object('sequence', sequence, 'type', type, 'status', status, 'by', by,
          'note', note, 'at', at) order by sequence), '[]')
        from order_history where order_id = $1) as history,
       (select coalesce(json_agg(json_build_object('number', number, 'status', status, 'reason', reason, 'amount', amount, 'fingerprint', fingerprint,
          'requestedAt', requested_at, 'endedAt', ended_at, 'lines', (
            select json_agg(json_build_object('lineNumber', line_number, 'productId', product_id, 'quantity', quantity,
              'unitPrice', unit_price, 'restocked', restocked, 'writtenOff', written_off) order by line_number)
            from return_lines as line where line.order_id = $1 and line.number = returns.number
          )) order by number), '[]')
        from returns where order_id = $1) as returns
     from orders where order_id = $1`,
    [orderId],
  )
  if (!order) return undefined
  const { shipments, history, returns } = order
  return {
    ...withDates(order),
    // Inside JSON a timestamp is a text.
    shipments: shipments.map((shipment) => ({ ...shipment, movedAt: new Date(shipment.movedAt) })),
    history: history.map((row) => ({ ...row, at: new Date(row.at) })),
    returns: returns.map((one) => ({
      ...one,
      requestedAt: new Date(one.requestedAt),
      endedAt: one.endedAt && new Date(one.endedAt),
    })),
  }
}

const withDates = <Summary extends OrderSummary>(order: Summary): Summary => ({
  ...order,
  stuck: order.stuck.map((one) => ({ ...one, since: new Date(one.since) })),
})

export type OrderPage = { orders: OrderSummary[]; missing: Missing[] }

/**
 * Newest first, from the order after `after`: orders that come meanwhile neither hide nor repeat one. Each shard gives
 * its newest, and the newest of those are the list's. Of shards that do not answer it says so.
 */
export async function listAcross(shards: readonly Shard[], list: OrderList): Promise<OrderPage> {
  const { answers, missing } = await askEach(shards, (sql) => listOrders(sql, list))
  return { orders: answers.flat().sort(newestFirst).slice(0, list.limit), missing }
}

/** As Postgres orders them: an id is of lower-case hexadecimal digits, which every collation sorts alike. */
function newestFirst(a: ListPosition, b: ListPosition): number {
  return b.placedAt.getTime() - a.placedAt.getTime() || (a.orderId < b.orderId ? 1 : -1)
}

export async function listOrders(sql: Sql, list: OrderList): Promise<OrderSummary[]> {
  const { customerId, statuses, stuck, orOrderIds = [], limit, after } = list
  const values: unknown[] = [limit]
  const parameter = (value: unknown) => `$${values.push(value)}`
  const conditions = [
    ...(customerId === undefined ? [] : [`customer_id = ${parameter(customerId)}`]),
    ...(stuck
      ? [
          `order_id in (select order_id from stuck_steps union all select unnest(${parameter(orOrderIds)}::text[]))`,
          'ended_at is null',
        ]
      : []),
    ...(after ? [`(placed_at, order_id) < (${parameter(after.placedAt)}, ${parameter(after.orderId)})`] : []),
  ]
  // Each status is read from its own place in an index, a customer's as well as all, and by its name: the planner knows how
  // many there are of each. But few orders are stuck.
  const each = statuses.length === 0 && customerId !== undefined ? orderStatuses : statuses
  const newest = (...more: string[]) => {
    const where = [...conditions, ...more].join(' and ') || 'true'
    return `select ${summary} from orders where ${where} order by placed_at desc, order_id desc limit $1`
  }
  const query =
    each.length === 0
      ? newest()
      : stuck
        ? newest(`status = any(${parameter(each)}::text[])`)
        : `select * from (${each.map((status) => `(${newest(`status = ${parameter(status)}`)})`).join(' union all ')}) as page
           order by "placedAt" desc, "orderId" desc limit $1`
  return (await sql.query<OrderSummary>(query, values)).map(withDates)
}
