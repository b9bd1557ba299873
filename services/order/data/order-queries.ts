import type { CustomerContact } from '#contracts/customer.ts'
import { type OrderStatus, orderStatuses } from '#contracts/order.ts'
import type { OrderFacts } from '#contracts/order-facts.ts'
import type { ReturnStatus } from '#contracts/return.ts'
import { Prisma } from '#generated/prisma/order/client.ts'
import type { OrderModel } from '#generated/prisma/order/models.ts'
import { askEach, type Missing } from '#platform/shards/shards.ts'
import { fromBigInt, type Int8 } from '#platform/values/int8.ts'
import type { OrderDatabase, OrderShard } from '../database.ts'
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

/** A row of the order's history, without the key that is the record's own matter. */
export type HistoryEntry = Omit<HistoryRow, 'key' | 'amount'> & { amount: Int8 | null }

type Asked = NonNullable<OrderFacts['asked']>

/** Columns that are the record's own matter. */
const ownColumns = {
  recordedAt: true,
  sequence: true,
  traceparent: true,
  problems: true,
  cancelling: true,
} as const

export type OrderDetails = Omit<
  OrderModel,
  keyof typeof ownColumns | 'total' | 'refunded' | 'contact' | 'asked'
> &
  Pick<OrderSummary, 'total' | 'refunded' | 'stuck'> & {
    lines: Line[]
    shipments: {
      shipmentId: string
      warehouseId: string
      status: string
      amount: Int8
      movedAt: Date
      lines: Line[]
    }[]
    history: HistoryEntry[]
    returns: ReturnOnRecord[]
    contact: CustomerContact | null
    /** What its customer is asked to decide, as long as they may. */
    asked: Asked | null
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

const stuckColumns = { step: true, shipmentId: true, error: true, since: true } as const
const lineColumns = { lineNumber: true, productId: true, quantity: true, unitPrice: true } as const

/** One statement, so that status, history and shipments are of one moment. */
export async function findOrder(
  { prisma }: OrderDatabase,
  orderId: string,
): Promise<OrderDetails | undefined> {
  const order = await prisma.order.findUnique({
    relationLoadStrategy: 'join',
    where: { orderId },
    omit: ownColumns,
    include: {
      stuck: { select: stuckColumns, orderBy: [{ since: 'asc' }, { step: 'asc' }, { shipmentId: 'asc' }] },
      lines: { select: lineColumns, orderBy: { lineNumber: 'asc' } },
      shipments: { omit: { orderId: true, origin: true }, orderBy: { shipmentId: 'asc' } },
      history: { omit: { orderId: true, key: true }, orderBy: { sequence: 'asc' } },
      returns: {
        omit: { orderId: true, refunded: true },
        orderBy: { number: 'asc' },
        include: {
          lines: {
            select: { ...lineColumns, restocked: true, writtenOff: true },
            orderBy: { lineNumber: 'asc' },
          },
        },
      },
    },
  })
  if (!order) return undefined
  const { total, contact, lines, shipments, history, returns } = order
  return {
    ...order,
    total: total === null ? null : fromBigInt(total),
    refunded: fromBigInt(order.refunded),
    contact: contact as CustomerContact | null,
    asked: order.asked as Asked | null,
    lines: lines.map(({ unitPrice, ...line }) => ({
      ...line,
      unitPrice: unitPrice === null ? null : fromBigInt(unitPrice),
    })),
    shipments: shipments.map(({ amount, lines, ...shipment }) => ({
      ...shipment,
      amount: fromBigInt(amount),
      lines: lines as Line[],
    })),
    history: history.map(({ amount, status, ...entry }) => ({
      ...entry,
      status: status as OrderStatus,
      amount: amount === null ? null : fromBigInt(amount),
    })),
    returns: returns.map(({ amount, status, lines, ...one }) => ({
      ...one,
      status: status as ReturnStatus,
      amount: fromBigInt(amount),
      lines: lines.map(({ unitPrice, ...line }) => ({ ...line, unitPrice: fromBigInt(unitPrice) })),
    })),
  }
}

export type OrderPage = { orders: OrderSummary[]; missing: Missing[] }

/**
 * Newest first, from the order after `after`: orders that come meanwhile neither hide nor repeat one. Each shard gives
 * its newest, and the newest of those are the list's. Of shards that do not answer it says so.
 */
export async function listAcross(shards: readonly OrderShard[], list: OrderList): Promise<OrderPage> {
  const { answers, missing } = await askEach(shards, (sql) => listOrders(sql, list))
  return { orders: answers.flat().sort(newestFirst).slice(0, list.limit), missing }
}

/** As Postgres orders them: an id is of lower-case hexadecimal digits, which every collation sorts alike. */
function newestFirst(a: ListPosition, b: ListPosition): number {
  return b.placedAt.getTime() - a.placedAt.getTime() || (a.orderId < b.orderId ? 1 : -1)
}

export async function listOrders({ prisma }: OrderDatabase, list: OrderList): Promise<OrderSummary[]> {
  const { customerId, statuses, stuck, orOrderIds = [], limit, after } = list
  const { sql, join, empty } = Prisma
  const conditions = [
    ...(customerId === undefined ? [] : [sql`customer_id = ${customerId}`]),
    ...(stuck
      ? [
          sql`order_id in (select order_id from stuck_steps union all select unnest(${orOrderIds}::text[]))`,
          sql`ended_at is null`,
        ]
      : []),
    ...(after ? [sql`(placed_at, order_id) < (${after.placedAt}::timestamptz, ${after.orderId})`] : []),
  ]
  const newest = (...more: Prisma.Sql[]) => {
    const all = [...conditions, ...more]
    return sql`select ${summary} from orders ${all.length === 0 ? empty : sql`where ${join(all, ' and ')}`}
      order by placed_at desc, order_id desc limit ${limit}::int`
  }
  // Each status is read from its own place in an index, a customer's as well as all, and by its name: the planner knows how
  // many there are of each. But few orders are stuck.
  const each = statuses.length === 0 && customerId !== undefined ? orderStatuses : statuses
  const ofEach = () => each.map((status) => sql`(${newest(sql`status = ${status}`)})`)
  const rows = await prisma.$queryRaw<SummaryRow[]>(
    each.length === 0
      ? newest()
      : stuck
        ? newest(sql`status = any(${each}::text[])`)
        : sql`select * from (${join(ofEach(), ' union all ')}) as page
            order by "placedAt" desc, "orderId" desc limit ${limit}::int`,
  )
  return rows.map(asSummary)
}

const summary = Prisma.sql`order_id as "orderId", customer_id as "customerId", source, reference, status, reason, currency,
  total, refunded, placed_at as "placedAt", ended_at as "endedAt", fingerprint,
  (select coalesce(json_agg(json_build_object('step', step, 'shipmentId', shipment_id, 'error', error, 'since', since)
     order by since, step, shipment_id), '[]')
   from stuck_steps where stuck_steps.order_id = orders.order_id) as stuck`

type SummaryRow = Omit<OrderSummary, 'total' | 'refunded'> & Pick<OrderModel, 'total' | 'refunded'>

const asSummary = ({ total, refunded, stuck, ...order }: SummaryRow): OrderSummary => ({
  ...order,
  total: total === null ? null : fromBigInt(total),
  refunded: fromBigInt(refunded),
  // Inside JSON a time is a text.
  stuck: stuck.map((one) => ({ ...one, since: new Date(one.since) })),
})
