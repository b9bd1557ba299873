import { Code, ConnectError } from '@connectrpc/connect'
import { stringify } from 'csv-stringify/sync'
import { isAmount } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import { formatAmount } from '#contracts/money.ts'
import type { ListOrdersResponse, Order } from '#generated/proto/order/v1/order_pb.ts'
import { summaryOf } from './order-views.ts'

/** As many as the order service gives at once. */
const pageSize = 200

const columns = [
  'orderId',
  'customerId',
  'source',
  'reference',
  'status',
  'reason',
  'total',
  'refunded',
  'currency',
  'placedAt',
  'endedAt',
  'stuck',
  'updatedAt',
  'customerName',
] as const

type Row = Record<(typeof columns)[number], string | null>

type Page = { cursor: string; pageSize: number }
type ListedOrders = Pick<ListOrdersResponse, 'orders' | 'nextCursor'> & { missing: { shard: string }[] }

/** The next page is asked for when the one before is taken, so a slow reader costs no memory. */
export async function* csvOf(
  viewer: Role,
  list: (page: Page) => Promise<ListedOrders>,
): AsyncGenerator<string> {
  let cursor = ''
  let header = true
  do {
    const page = await list({ cursor, pageSize })
    // Half a table would pass for a whole one.
    const [missing] = page.missing
    if (missing) throw new ConnectError(`${missing.shard} is unavailable`, Code.Unavailable)
    yield linesOf(viewer, page.orders, header)
    header = false
    cursor = page.nextCursor
  } while (cursor !== '')
}

const linesOf = (viewer: Role, orders: readonly Order[], header: boolean): string =>
  stringify(
    orders.map((order) => rowOf(viewer, order)),
    {
      columns: [...columns],
      header,
      escape_formulas: true,
      record_delimiter: 'windows',
      // Not of itself with a delimiter of our own.
      quote_record_delimiter: true,
    },
  )

/** Where it is stuck; for customers, that it is. */
function rowOf(viewer: Role, order: Order): Row {
  const { stuck, ...summary } = summaryOf(viewer, { ...order, total: 0n, refunded: 0n })
  const where = stuck && (stuck.step ?? 'yes')
  return { ...summary, total: cellOf(order.total), refunded: cellOf(order.refunded), stuck: where }
}

const cellOf = (amount: bigint): string => (isAmount(amount) ? formatAmount(Number(amount)) : 'unreadable')

export const exampleCsv = [
  columns.join(),
  '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f,17850,web,,shipping,,15.30,0.00,GBP,2010-12-01T08:26:00.000Z,,,2010-12-01T08:27:00.000Z,Ada Lovelace',
  '',
].join('\r\n')
