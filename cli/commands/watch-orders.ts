import type { OrderPage, OrderSummary } from '#contracts/rest/orders.ts'
import { ordersTable } from '../text/orders.ts'
import { asJson, clean } from '../text/text.ts'
import { looks, type Watch } from './watch-order.ts'

/** On a terminal a table that is always up to date; elsewhere, and as JSON, each order again when it has changed. */
export async function watchOrders(find: () => Promise<OrderPage>, watch: Watch): Promise<void> {
  if (watch.terminal.isTTY && !watch.json) return liveTable(find, watch)
  const known = new Map<string, string>()
  for await (const { orders } of looks(find, watch)) {
    const changed = orders.filter((order) => known.get(order.orderId) !== JSON.stringify(order))
    for (const order of changed.toReversed()) {
      known.set(order.orderId, JSON.stringify(order))
      watch.print(watch.json ? asJson(order) : inOneLine(clean(order)))
    }
  }
}

const inOneLine = (order: OrderSummary) =>
  ordersTable({ orders: [order], nextCursor: null }).split('\n')[1] ?? ''

async function liveTable(find: () => Promise<OrderPage>, watch: Watch): Promise<void> {
  const { createLogUpdate } = await import('log-update')
  const show = createLogUpdate(watch.terminal)
  for await (const { orders } of looks(find, watch)) {
    const fit = clean(orders.slice(0, Math.max(watch.terminal.rows - 3, 1)))
    show(`${ordersTable({ orders: fit, nextCursor: null })}\n(Ctrl-C ends it)`)
  }
  show.done()
}
