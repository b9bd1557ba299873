import type { Currency, Minor } from './money.ts'

export type ChargeOrder = {
  orderId: string
  customerId: string
  amount: Minor
  currency: Currency
  traceparent: string
}

export type ChargeResult =
  | { kind: 'charged'; transferId: string }
  | { kind: 'declined'; why: 'insufficient_funds' | 'no_account'; balance: Minor }
  /** A refund of the whole order came first: this charge came too late. */
  | { kind: 'voided' }

/**
 * Gives money back. `everything`: what of the order is not yet refunded; then no late charge can take it again.
 * `part`: once per name, such as a shipment's id. Of more than is left it gives what is left, or with `refuse` nothing.
 * The amount `rest` is what is left.
 */
export type RefundOrder = { orderId: string; reason: string; traceparent: string } & (
  | { kind: 'everything' }
  | { kind: 'part'; part: string; amount: Minor | 'rest'; beyond: 'cap' | 'refuse' }
)

/** `amount` is what went back with this refund: 0 when nothing was left. A repeat answers the same. */
export type RefundResult =
  | { kind: 'refunded'; amount: Minor }
  /** Nothing was left, or less than was asked for; nothing went back. Only with `refuse`. */
  | { kind: 'refused'; refundable: Minor }

export type PaymentActivities = {
  chargeOrder(request: ChargeOrder): Promise<ChargeResult>
  refundOrder(request: RefundOrder): Promise<RefundResult>
}
