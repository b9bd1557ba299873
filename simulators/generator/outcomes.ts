import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt'
import { preOrderName } from '#contracts/order.ts'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
} from '#generated/proto/order/v1/events_pb.ts'
import { PaymentRefundedSchema } from '#generated/proto/payment/v1/events_pb.ts'
import { decode, TYPE } from '#platform/messages.ts'

type Ended =
  /** `undelivered`: shipments of it whose money goes back. */
  | { kind: 'completed'; at: number; total: number; undelivered: number }
  | { kind: 'cancelled'; reason: string }
  | { kind: 'refused'; reason: string }

type Followed = { name: string; placedAt?: number; orderId?: string; ended?: Ended }

export type Outcomes = {
  completed: number
  cancelled: Record<string, number>
  /** Pre-orders that could not be read and were put aside. */
  refused: Record<string, number>
  /** Totals of completed orders less what was refunded of them, but not for returns; in minor units. */
  revenue: number
  /** From placed to completed, in ms, ascending. */
  took: number[]
  /** Orders that have not ended, or whose refunds are still to come: source/reference. */
  missing: string[]
}

export type OutcomeBook = {
  /** Named before the events are read, for an earlier run may have placed them. */
  expect(names: readonly string[]): void
  /** A repeat changes nothing. */
  placed(name: string, at: number): void
  /** Takes a message of order.events or payment.events. Throws UnreadableMessage. */
  onEvent(message: { value: Uint8Array; headers: Record<string, string> }): void
  /** Takes a dead letter of pre_orders. */
  onDeadLetter(message: { key: string }): void
  readonly expectedCount: number
  readonly placedCount: number
  readonly endedCount: number
  outcomes(): Outcomes
}

/** Follows orders by (source, reference) until each has ended; events may come twice, and those of others pass by. */
export function createOutcomeBook(): OutcomeBook {
  const byName = new Map<string, Followed>()
  const byOrderId = new Map<string, Followed>()
  // Of all orders, for a refund may be read before its order is known here. By transfer: a repeat counts once.
  // Refunds for returns are left out: what was sold stays sold, and what came back is told apart from it.
  const refunds = new Map<string, Map<string, number>>()
  let placedCount = 0
  let endedCount = 0

  const known = (name: string): Followed => {
    const order = byName.get(name) ?? { name }
    byName.set(name, order)
    return order
  }

  const end = (order: Followed | undefined, ended: Ended) => {
    if (!order || order.ended) return
    order.ended = ended
    endedCount++
  }

  const refundsOf = ({ orderId = '' }: Followed) => [...(refunds.get(orderId)?.values() ?? [])]

  const handlers: Record<string, (value: Uint8Array) => void> = {
    OrderCreated: (value) => {
      const { orderId, source, reference } = decode(OrderCreatedSchema, value)
      const order = byName.get(preOrderName(source, reference))
      if (!order) return
      order.orderId = orderId
      byOrderId.set(orderId, order)
    },
    OrderStatusChanged: (value) => {
      const { orderId, status, total, at, shipments } = decode(OrderStatusChangedSchema, value)
      if (status !== 'completed') return
      const undelivered = shipments.filter((shipment) => shipment.status !== 'delivered').length
      end(byOrderId.get(orderId), { kind: 'completed', at: msOf(at), total: Number(total), undelivered })
    },
    OrderCancelled: (value) => {
      const { orderId, reason } = decode(OrderCancelledSchema, value)
      end(byOrderId.get(orderId), { kind: 'cancelled', reason })
    },
    PaymentRefunded: (value) => {
      const { orderId, transferId, amount, reason } = decode(PaymentRefundedSchema, value)
      if (isForReturn(reason)) return
      const ofOrder = refunds.get(orderId) ?? new Map<string, number>()
      refunds.set(orderId, ofOrder.set(transferId, Number(amount)))
    },
  }

  const isSettled = (order: Followed) =>
    order.ended?.kind === 'completed'
      ? refundsOf(order).length >= order.ended.undelivered
      : order.ended !== undefined

  return {
    expect: (names) => {
      for (const name of names) known(name)
    },
    placed: (name, at) => {
      const order = known(name)
      if (order.placedAt !== undefined) return
      order.placedAt = at
      placedCount++
    },
    onEvent: ({ value, headers }) => handlers[headers[TYPE] ?? '']?.(value),
    onDeadLetter: ({ key }) => end(byName.get(key), { kind: 'refused', reason: 'unreadable' }),
    get expectedCount() {
      return byName.size
    },
    get placedCount() {
      return placedCount
    },
    get endedCount() {
      return endedCount
    },
    outcomes: () => {
      const orders = [...byName.values()]
      const completed = orders.flatMap(({ ended, ...order }) =>
        ended?.kind === 'completed' ? [{ ...order, ...ended }] : [],
      )
      const refunded = completed.flatMap(refundsOf).reduce((sum, amount) => sum + amount, 0)
      return {
        completed: completed.length,
        cancelled: reasons(orders, 'cancelled'),
        refused: reasons(orders, 'refused'),
        revenue: completed.reduce((sum, { total }) => sum + total, 0) - refunded,
        // An order that an earlier run placed was completed before this one placed it.
        took: completed
          .map(({ at, placedAt = at + 1 }) => at - placedAt)
          .filter((ms) => ms >= 0)
          .toSorted((a, b) => a - b),
        missing: orders.filter((order) => !isSettled(order)).map(({ name }) => name),
      }
    },
  }
}

function reasons(orders: Followed[], kind: 'cancelled' | 'refused'): Record<string, number> {
  return countBy(orders.flatMap(({ ended }) => (ended?.kind === kind ? [ended.reason] : [])))
}

export function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** As the return workflow names its refund. */
const isForReturn = (reason: string): boolean => /^return \d+$/.test(reason)

const msOf = (timestamp: Timestamp | undefined): number => (timestamp ? timestampMs(timestamp) : 0)
