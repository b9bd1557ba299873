import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt'
import { contentOf, preOrderName } from '#contracts/order.ts'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
  PreOrderSchema,
} from '#generated/proto/order/v1/events_pb.ts'
import { PaymentRefundedSchema } from '#generated/proto/payment/v1/events_pb.ts'
import type { DeadLetter } from '#platform/messaging/dead-letters.ts'
import { decode, TYPE } from '#platform/messaging/messages.ts'
import { fingerprintOf, type Identity } from '../plan/identity.ts'

type Ended =
  /** `undelivered`: shipments of it whose money goes back. */
  | { kind: 'completed'; at: number; total: number; undelivered: number }
  | { kind: 'cancelled'; reason: string }
  | { kind: 'refused'; reason: DeadLetter['cause']; why: string }

type Followed = Identity & { placedAt?: number; ended?: Ended }

export type Outcomes = {
  completed: number
  cancelled: Record<string, number>
  /** Pre-orders that the order service put aside, by the cause. */
  refused: Record<string, number>
  /** Each with the reason in words. */
  refusals: string[]
  /** Totals of completed orders less what was refunded of them, but not for returns; in minor units. */
  revenue: number
  /** From placed to completed, in ms, ascending. */
  took: number[]
  /** Orders that have not ended, or whose refunds are still to come: source/reference. */
  missing: string[]
}

export type OutcomeBook = {
  /** Named before the events are read, for an earlier run may have placed them. */
  expect(orders: readonly Identity[]): void
  /** A repeat changes nothing. */
  placed(order: Identity, at: number): void
  /** Takes a message of order.events or payment.events. Throws UnreadableMessage. */
  onEvent(message: { value: Uint8Array; headers: Record<string, string> }): void
  /** Takes a dead letter of pre_orders. */
  onDeadLetter(letter: Pick<DeadLetter, 'value' | 'cause' | 'reason'>): void
  /** Whether the order service would not have it. */
  isRefused(name: string): boolean
  readonly expectedCount: number
  readonly placedCount: number
  readonly endedCount: number
  outcomes(): Outcomes
}

/**
 * Follows orders until each has ended; events may come twice, and those of others pass by: another file's order under the
 * same reference, too.
 */
export function createOutcomeBook(): OutcomeBook {
  const byName = new Map<string, Followed>()
  const byOrderId = new Map<string, Followed>()
  // Refunds of all orders, for one may be read before its order is known here. By transfer: a repeat counts once.
  // Refunds for returns are left out: what was sold stays sold, and what came back is told apart from it.
  const refunds = new Map<string, Map<string, number>>()
  let placedCount = 0
  let endedCount = 0

  const known = (identity: Identity): Followed => {
    const order = byName.get(identity.name) ?? { ...identity }
    byName.set(identity.name, order)
    return order
  }

  const end = (order: Followed | undefined, ended: Ended) => {
    // What was put aside may have been published again, and taken.
    if (!order || (order.ended && order.ended.kind !== 'refused')) return
    if (!order.ended) endedCount++
    order.ended = ended
  }

  const refundsOf = ({ orderId }: Followed) => [...(refunds.get(orderId)?.values() ?? [])]

  const handlers: Record<string, (value: Uint8Array) => void> = {
    OrderCreated: (value) => {
      const { orderId, source, reference, fingerprint } = decode(OrderCreatedSchema, value)
      const order = byName.get(preOrderName(source, reference))
      if (order?.orderId === orderId && order.fingerprint === fingerprint) byOrderId.set(orderId, order)
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

  /** The order whose very content this pre-order is. */
  const ofContent = (value: Uint8Array): Followed | undefined => {
    const { source, reference, ...asked } = decode(PreOrderSchema, value)
    const order = byName.get(preOrderName(source, reference))
    const lines = asked.lines.map(({ productId, quantity, agreedPrice }) =>
      agreedPrice === undefined
        ? { productId, quantity }
        : { productId, quantity, agreedPrice: Number(agreedPrice) },
    )
    return order?.fingerprint === fingerprintOf(contentOf({ ...asked, lines })) ? order : undefined
  }

  const isSettled = (order: Followed) =>
    order.ended?.kind === 'completed'
      ? refundsOf(order).length >= order.ended.undelivered
      : order.ended !== undefined

  return {
    expect: (orders) => {
      for (const order of orders) known(order)
    },
    placed: (identity, at) => {
      const order = known(identity)
      if (order.placedAt !== undefined) return
      order.placedAt = at
      placedCount++
    },
    onEvent: ({ value, headers: { [TYPE]: type = '' } }) => {
      // Anybody may have written it: `constructor` is no handler.
      if (Object.hasOwn(handlers, type)) handlers[type]?.(value)
    },
    onDeadLetter: ({ value, cause, reason }) => {
      const order = ofContent(value)
      if (order && !order.ended) end(order, { kind: 'refused', reason: cause, why: reason })
    },
    isRefused: (name) => byName.get(name)?.ended?.kind === 'refused',
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
        refusals: orders.flatMap(({ name, ended }) =>
          ended?.kind === 'refused' ? [`${name}: ${ended.why}`] : [],
        ),
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
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries(counts)
}

/** As the return workflow names its refund. */
const isForReturn = (reason: string): boolean => /^return \d+$/.test(reason)

const msOf = (timestamp: Timestamp | undefined): number => (timestamp ? timestampMs(timestamp) : 0)
