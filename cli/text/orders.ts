import { styleText } from 'node:util'
import type { OrderStatus } from '#contracts/order.ts'
import type { HistoryEntry, OrderDetails, OrderPage, OrderSummary, Shipment } from '#contracts/rest/orders.ts'
import { orderWorkflowId } from '#contracts/temporal.ts'
import { count } from '#contracts/wording.ts'
import { ago, inUtc, priced } from './format.ts'
import { refundRows, returnRow } from './returns.ts'
import { inOneLine, table } from './table.ts'

export type View = { now: Date; temporalUi: string; namespace: string }

/** More lines than these are counted, not shown. */
const LINES_SHOWN = 10

/** Where the order is, why it is stuck, and what to do about it, in one look. */
export function orderInWords(order: OrderDetails, view: View): string {
  return [
    headline(order, view.now),
    ...facts(order, view),
    ...section('shipments', order.shipments.map(shipmentRow(order.currency))),
    ...section('lines', lineRows(order)),
    ...section('returns', order.returns.map(returnRow(order))),
    ...section('refunds', refundRows(order.history)),
    ...section('history', historyRows(order.history)),
  ].join('\n')
}

const colours: Partial<Record<OrderStatus, 'green' | 'red' | 'yellow'>> = {
  completed: 'green',
  cancelled: 'red',
  cancelling: 'yellow',
  awaiting_customer: 'yellow',
}

export const colouredStatus = ({ status, reason }: Pick<OrderSummary, 'status' | 'reason'>): string =>
  styleText(colours[status] ?? 'cyan', reason ? `${status} (${reason})` : status)

function headline(order: OrderDetails, now: Date): string {
  const since = sinceWhen(order)
  return `order ${order.orderId} is ${colouredStatus(order)}, since ${inUtc(since)} (${ago(since, now)})`
}

/** When it got the status that it has. */
function sinceWhen({ history, status, placedAt }: OrderDetails): string {
  const before = history.findLastIndex((entry) => entry.status !== status)
  return history[before + 1]?.at ?? placedAt
}

function facts(order: OrderDetails, { now, temporalUi, namespace }: View): string[] {
  const { orderId, stuck, contact, status } = order
  const who = contact
    ? `, ${contact.name} <${contact.email}>, ${contact.address.city}, ${contact.address.country}`
    : ''
  const ui = `${temporalUi.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${orderWorkflowId(orderId)}`
  const rows: (readonly [string, string | null])[] = [
    ...stuckIn(order).map((one) => ['stuck', styleText('red', stuckInWords(one, now))] as const),
    ['waits for', order.endedAt ? 'nothing: it has ended' : order.waitingFor],
    [
      'to decide',
      status === 'awaiting_customer'
        ? `order-saga orders decide ${orderId} --amend LINE=QUANTITY (or --cancel)`
        : null,
    ],
    ['its logs', stuck && `order-saga logs --order ${orderId} --level warn`],
    ['customer', `${order.customerId}${who}`],
    [
      'placed',
      `${inUtc(order.placedAt)} by ${order.source}${order.reference ? ` ${order.reference}` : ', REST'}`,
    ],
    ['money', moneyOf(order)],
    ['temporal', ui],
  ]
  return rows.flatMap(([name, text]) => (text ? [`  ${name.padEnd(10)} ${inOneLine(text)}`] : []))
}

type Stuck = NonNullable<OrderDetails['stuck']> & { shipmentId?: string | null }

/** Customers are told of one, and not at which step. */
const stuckIn = ({ stuck, stuckSteps }: OrderDetails): Stuck[] =>
  stuckSteps.length > 0 ? stuckSteps : stuck ? [stuck] : []

function stuckInWords({ step, shipmentId, since, error }: Stuck, now: Date): string {
  const where = step === null ? '' : `at ${step}${shipmentId ? ` of ${shipmentId}` : ''}, `
  return `${where}since ${inUtc(since)} (${ago(since, now)}): ${error}`
}

function moneyOf({ total, refunded, currency }: OrderSummary): string {
  const back = refunded > 0 ? `, ${priced(refunded, currency)} given back` : ''
  return `${priced(total, currency)}${back}`
}

const section = (title: string, rows: string[][]): string[] =>
  rows.length === 0 ? [] : ['', title, table(rows)]

const shipmentRow =
  (currency: string) =>
  ({ shipmentId, warehouseId, status, movedAt, amount, lines }: Shipment): string[] => [
    `  ${shipmentId}`,
    `from ${warehouseId}`,
    status,
    inUtc(movedAt),
    priced(amount, currency),
    count(lines.length, 'line'),
  ]

function lineRows({ lines, currency }: OrderDetails): string[][] {
  const rows = lines
    .slice(0, LINES_SHOWN)
    .map(({ lineNumber, productId, quantity, unitPrice }) => [
      `  ${lineNumber}`,
      productId,
      count(quantity, 'piece'),
      unitPrice === null ? 'no price yet' : `at ${priced(unitPrice, currency)}`,
    ])
  return lines.length > LINES_SHOWN ? [...rows, [`  and ${lines.length - LINES_SHOWN} more`]] : rows
}

/** The order's status is told where it changes. `before` is the entry before the first, if there is one. */
export const historyRows = (history: readonly HistoryEntry[], before?: HistoryEntry): string[][] =>
  history.map(({ at, type, status, by, note }, i) => [
    `  ${inUtc(at)}`,
    type,
    status === (history[i - 1] ?? before)?.status || status === type ? '' : `→ ${status}`,
    by,
    note ?? '',
  ])

type Listed = Pick<OrderPage, 'orders' | 'nextCursor'> & Partial<Pick<OrderPage, 'missing'>>

export function ordersTable({ orders, nextCursor, missing = [] }: Listed): string {
  const gaps = missing.map(({ shard, why }) =>
    styleText('red', `incomplete: ${shard} did not answer (${why})`),
  )
  if (orders.length === 0) return ['no orders', ...gaps].join('\n')
  const head = ['order', 'customer', 'source', 'placed', 'total', 'status', 'stuck at']
  const rows = orders.map((order) => [
    order.orderId,
    order.customerId,
    order.source,
    inUtc(order.placedAt),
    priced(order.total, order.currency),
    colouredStatus(order),
    order.stuck ? styleText('red', order.stuck.step ?? 'yes') : '',
  ])
  const more = nextCursor ? [`next page: --cursor ${nextCursor}`] : []
  return [table(rows, head), ...gaps, ...more].join('\n')
}
