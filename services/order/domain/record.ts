import type { Actor } from '#contracts/actor.ts'
import type { CustomerContact } from '#contracts/customer.ts'
import type { Currency, Minor } from '#contracts/money.ts'
import { isFinal, type KeyedChange, type OrderStatus } from '#contracts/order.ts'
import { evolve as evolveFacts, type OrderFacts } from '#contracts/order-facts.ts'

/** An order on record, as far as changes need it. */
export type OrderRecord = OrderFacts & {
  orderId: string
  customerId: string
  currency: Currency
  endedAt: Date | null
  /** The last change's on record. */
  sequence: number
  /** When the last change on record happened. */
  lastAt: Date
  contact: CustomerContact | null
  /** Whose each change on record is, as far as it may come again. */
  keys: ReadonlyMap<string, Actor>
}

/** A change with its place in the order's history. */
export type NumberedChange = KeyedChange & { sequence: number }

/** What a change was about, where it was about such a thing. */
export type HistorySubject = {
  amount: Minor | null
  transferId: string | null
  shipmentId: string | null
  returnNumber: number | null
}

/** A row of the order's history: `status` is the order's after it. */
export type HistoryRow = HistorySubject & {
  sequence: number
  key: string
  type: string
  status: OrderStatus
  by: string
  note: string
  at: Date
}

/** The order after a change. */
export function evolve(before: OrderRecord, numbered: NumberedChange): OrderRecord {
  const { sequence, key, by, at } = numbered
  const after = { ...before, ...evolveFacts(before, numbered), sequence }
  const endedAt = isFinal(after.status) ? (before.endedAt ?? new Date(at)) : null
  return { ...after, endedAt, keys: new Map([...before.keys, [key, by]]) }
}

/** The keys of the changes that are not on record, or there are somebody else's. */
export const leftOutOf = ({ keys }: OrderRecord, changes: readonly KeyedChange[]): string[] =>
  changes.filter(({ key, by }) => keys.get(key) !== by).map(({ key }) => key)

/** What a run of the order's workflow is told of it. */
export const factsOnRecord = (order: OrderFacts): OrderFacts => ({
  status: order.status,
  reason: order.reason,
  lines: order.lines,
  amendments: order.amendments,
  asked: order.asked,
  cancelling: order.cancelling,
  handedOff: order.handedOff,
  total: order.total,
  refunded: order.refunded,
  shipments: order.shipments,
  stuck: order.stuck,
})
