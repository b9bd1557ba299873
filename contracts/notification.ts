import type { ShipmentStatus } from './logistics.ts'
import type { Currency, Minor } from './money.ts'
import { type CancelReason, type OrderStatus, orderStatuses } from './order.ts'
import { type ReturnStatus, returnStatuses } from './return.ts'

const paymentOutcomes = ['succeeded', 'failed', 'refunded'] as const
type PaymentOutcome = (typeof paymentOutcomes)[number]

/** What live updates and webhooks tell of: the domain, and what happened in it. */
export type EventType =
  | 'order.created'
  | `order.${OrderStatus}`
  /** A cancellation came too late for a parcel: the order goes on. */
  | 'order.cancel_refused'
  | `payment.${PaymentOutcome}`
  | `return.${ReturnStatus}`

/** Sent to a partner by hand; happens to no order. */
export const testEventType = 'webhook.test'
export type TestEventType = typeof testEventType

export const eventTypes: readonly EventType[] = [
  'order.created',
  ...orderStatuses.map((status) => `order.${status}` as const),
  'order.cancel_refused',
  ...paymentOutcomes.map((outcome) => `payment.${outcome}` as const),
  ...returnStatuses.map((status) => `return.${status}` as const),
]

/** One event about an order, in the one form that live updates, mails and webhooks are made of. */
export type OrderEvent = {
  /** The message's id: the same event has the same id wherever it is told. */
  id: string
  type: EventType
  orderId: string
  customerId: string
  /** When it happened: UTC, ISO 8601. */
  at: string
  /** Whose numbers `sequence` is of: `order.…` and `return.…` are numbered together, `payment.…` apart. */
  stream: 'order' | 'payment'
  /**
   * The event's place among those of this order in its stream: it grows from one to the next, with gaps. Events may come
   * late and again; the one with the largest number is the last that happened. In the order's stream it is the number of
   * the history entry that it tells of.
   */
  sequence: number
  /** The order's, or with `return.…` the return's. Payments have none. */
  status?: OrderStatus | ReturnStatus
  /** Why an order was cancelled or money given back, or why a payment failed. */
  reason?: CancelReason | (string & {})
  by?: string
  note?: string
  /** The change behind it, as the order's history names it; for staff. */
  change?: string
  /** A payment's or a return's; an order's total, once it has prices. */
  amount?: Minor
  currency?: Currency
  /** What has gone back so far of all that was paid. */
  refunded?: Minor
  returnNumber?: number
  /** With the order's end, and when a cancellation came too late. */
  shipments?: ParcelOutcome[]
}

export type ParcelOutcome = {
  shipmentId: string
  warehouseId: string
  status: ShipmentStatus
  /** What its goods cost. */
  amount: Minor
  pieces: { productId: string; quantity: number }[]
}

/** The event `update`. A client that gives its last cursor when it comes back gets what it missed, and nothing twice. */
export type Update = OrderEvent & { cursor: string }

/**
 * Live updates by socket.io: WebSocket alone, at `updatesPath`, of the gateway or of any notification instance. Customers
 * hear of their own orders, staff of all; both may ask for one order, staff for one customer.
 *
 * A refused handshake is a `connect_error` whose `data` is an `UpdatesRefusal`. A socket that got in hears `ready` once,
 * then `gap` if something is lost to it, then every `update` in order. Whoever shows a state loads it after `ready`.
 * A client has nothing to say after the handshake: one that is slow with it, sends much or large messages is cut off.
 */
export type UpdatesHandshake = {
  /** An access token, without `Bearer`. */
  token: string
  /** The last cursor seen; absent: from now on. */
  since?: string
  orderId?: string
  customerId?: string
}

/**
 * `too_many`: the person, their address or the instance has as many connections as it may; one that is closed frees a
 * place. Come back after `retryAfter` seconds, not before.
 */
export type UpdatesRefusal =
  | { code: 'unauthorized' | 'forbidden' | 'invalid' | 'unavailable' }
  | { code: 'too_many'; retryAfter: number }

export type UpdatesToClient = {
  /** The cursor to come back with when no update came meanwhile. */
  ready: (start: { cursor: string }) => void
  /** Updates since the client's cursor are no longer kept: load again what is shown. It goes on from this cursor. */
  gap: (start: { cursor: string }) => void
  update: (update: Update) => void
  /** The last word on this socket. `expired`: come back with a new token; `stopping`: come back, to another instance. */
  closed: (why: { reason: 'expired' | 'stopping' }) => void
}

export const updatesPath = '/socket.io'

/**
 * A webhook's body, as Standard Webhooks has it. Nobody's name, address or words are in it. Deliveries are tried again, so
 * they come in any order: `stream` and `sequence` say which event of an order came before which.
 */
export type WebhookBody = {
  type: EventType
  timestamp: string
  data: Omit<OrderEvent, 'id' | 'type' | 'at' | 'by' | 'note' | 'change'>
}
