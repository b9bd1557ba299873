import type { Actor } from './actor.ts'
import type { PlannedShipment } from './inventory.ts'
import type { MissingLine, OrderLine, PricedLine } from './lines.ts'
import type { ShipmentStatus } from './logistics.ts'
import type { Currency, Minor } from './money.ts'
import type { ReceivedLine, ReturnStatus } from './return.ts'

export const orderSources = ['web', 'mobile', 'partner'] as const
export type OrderSource = (typeof orderSources)[number]

export const orderStatuses = [
  'pending',
  'awaiting_customer',
  'reserved',
  'paid',
  'shipping',
  'cancelling',
  'completed',
  'cancelled',
] as const
export type OrderStatus = (typeof orderStatuses)[number]
export type FinalStatus = Extract<OrderStatus, 'completed' | 'cancelled'>

export const isFinal = (status: OrderStatus): status is FinalStatus =>
  status === 'completed' || status === 'cancelled'

export const cancelReasons = [
  'invalid',
  'out_of_range',
  'out_of_stock',
  'payment_declined',
  'customer',
  'staff',
  'lost',
  'timed_out',
] as const
export type CancelReason = (typeof cancelReasons)[number]

/** The input of the order workflow: an order as a source or the gateway placed it, not yet judged. */
export type PlaceOrder = {
  orderId: string
  customerId: string
  source: OrderSource
  /** The source's own number for this order; null when it came by REST. */
  reference: string | null
  currency: Currency
  lines: OrderLine[]
  /** Absent: the source, in its own name. */
  by?: Actor
  /** Which of the customer's addresses the parcels go to; absent: the first. */
  addressId?: string
  /** UTC, ISO 8601. */
  placedAt: string
  /** SHA-256 of what the caller asked for: tells a repeat from another order under the same key. */
  fingerprint: string
  /** W3C trace context of whoever placed it. */
  traceparent: string
}

/** What a pre-order asks for, as one text; its SHA-256 (hex) is the order's fingerprint. */
export const contentOf = ({
  customerId,
  currency,
  lines,
}: {
  customerId: string
  currency: string
  lines: readonly Omit<OrderLine, 'lineNumber'>[]
}): string =>
  JSON.stringify([
    customerId,
    currency,
    lines.map(({ productId, quantity, agreedPrice }) => [productId, quantity, agreedPrice ?? null]),
  ])

/** What the update `place` answers: the order is on record, and a repeat gets the same. */
export type PlacedOrder = { orderId: string; status: OrderStatus; fingerprint: string; placedAt: string }

/** The steps of an order that can be stuck, as StuckStep shows them. */
export type OrderStep =
  | 'record'
  | 'reserve'
  | 'charge'
  | 'track'
  | 'recall'
  | 'refund'
  | 'release'
  | 'take_back'

/** Everything that can change about a recorded order; each is one history row, and what others need to hear. */
export type OrderChange =
  | { type: 'refused'; problems: string[] }
  | { type: 'missing'; missing: MissingLine[]; decideBefore: string }
  | { type: 'amended'; lines: OrderLine[] }
  | { type: 'reserved'; lines: PricedLine[]; shipments: PlannedShipment[]; total: Minor }
  /** Paid, and one `new_orders` message per shipment goes out. */
  | { type: 'handed_off'; transferId: string }
  | { type: 'shipment_moved'; shipmentId: string; status: ShipmentStatus; note?: string }
  /** `part` names the refund: a shipment's id, `all`, `return/<number>` or `staff/<key>`. */
  | { type: 'refunded'; part: string; shipmentId: string | null; amount: Minor }
  | { type: 'cancelling'; reason: CancelReason }
  /** The courier would not give the parcels back; the order goes on. */
  | { type: 'cancel_refused'; note: string }
  | { type: 'cancelled'; reason: CancelReason }
  | { type: 'completed' }
  | { type: 'stuck'; step: OrderStep; shipmentId?: string; error: string }
  | { type: 'unstuck'; step: OrderStep; shipmentId?: string }
  /** A return's change of status. Like `refunded`, it may come after the order's end. */
  | {
      type: 'returned'
      number: number
      status: Exclude<ReturnStatus, 'requested'>
      received?: ReceivedLine[]
      amount?: Minor
    }

/**
 * A change under the name by which it happens once: writing it again changes nothing. A name that the business knows,
 * not a number: a workflow task that is run again after a crash may hear of things in another order.
 */
export type KeyedChange = { key: string; at: string; by: Actor; note?: string; change: OrderChange }

/** Amending names lines by number; quantity 0 takes the line out, lines not named stay. */
export type Decision =
  | { kind: 'amend'; lines: { lineNumber: number; quantity: number }[]; by: Actor }
  | { kind: 'cancel'; by: Actor }

export type CancelRequest = { by: Actor; reason: Extract<CancelReason, 'customer' | 'staff'>; note?: string }

/** `accepted`: the undo has begun, or begins as soon as the step in hand is over. */
export type CancelAnswer = { orderId: string; status: OrderStatus; accepted: true }
export type DecisionAnswer = { orderId: string; status: OrderStatus }

/** A step that fails, and whose shipment it is about, if one's. */
export type StuckStep = { step: OrderStep; shipmentId?: string; since: string; error: string }

export type ShipmentProgress = {
  shipmentId: string
  warehouseId: string
  amount: Minor
  status: ShipmentStatus
  refunded: boolean
}

/** What the query `getOrder` answers: where the workflow is, in its own words. */
export type OrderProgress = {
  orderId: string
  status: OrderStatus
  reason: CancelReason | null
  waitingFor: string
  total: Minor
  shipments: ShipmentProgress[]
  missing: MissingLine[]
  /** The latest last. */
  stuck: StuckStep[]
}

/** What the workflow returns, for whoever reads its result in the Temporal Web UI. */
export type OrderOutcome = {
  status: FinalStatus
  reason: CancelReason | null
  charged: Minor
  refunded: Minor
}

/** The name that a pre-order's id is derived from, and its Kafka key: a repeat is the same order. */
export const preOrderName = (source: string, reference: string): string => `${source}/${reference}`
