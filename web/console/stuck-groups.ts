import type { OrderSummary } from '#contracts/rest/orders.ts'

export type StuckGroup = {
  step: string
  /** The error without what differs from order to order. */
  cause: string
  /** Of the one that is stuck longest. */
  since: string
  /** What its orders are worth together, less what went back: minor units. */
  held: number
  orders: OrderSummary[]
}

/** Ids, numbers of ports and times differ from one order to the next; what is wrong is the same. */
export const causeOf = (error: string): string =>
  error
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}(?:-\d+)?\b/g, '…')
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z\b/g, '…')
    .replace(/(?<=\d\.\d+\.\d+\.\d+):\d+\b/g, '')
    .replace(/\bafter \d[\d.,]* ?(?:ms|s|min|h)\b/g, 'after …')

/** Orders that are stuck for the same reason, the largest group first. */
export function groupByCause(orders: readonly OrderSummary[]): StuckGroup[] {
  const stuck = orders.filter((order) => order.stuck !== null)
  const groups = Map.groupBy(stuck, ({ stuck }) => `${stuck?.step} ${causeOf(stuck?.error ?? '')}`)
  return [...groups.values()]
    .map((orders) => {
      const first = orders[0]?.stuck
      return {
        step: first?.step ?? '',
        cause: causeOf(first?.error ?? ''),
        since: orders.map(({ stuck }) => stuck?.since ?? '').toSorted()[0] ?? '',
        held: orders.reduce((sum, { total, refunded }) => sum + total - refunded, 0),
        orders,
      }
    })
    .toSorted((one, other) => other.orders.length - one.orders.length)
}
