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
 * `part`: `amount`, once per `shipmentId`, never more than was charged.
 */
export type RefundOrder = { orderId: string; reason: string; traceparent: string } & (
  | { kind: 'everything' }
  | { kind: 'part'; shipmentId: string; amount: Minor }
)

/** `amount` is what went back with this refund: 0 when nothing had been charged. A repeat answers the same. */
export type RefundResult = { amount: Minor }

export type PaymentActivities = {
  chargeOrder(request: ChargeOrder): Promise<ChargeResult>
  refundOrder(request: RefundOrder): Promise<RefundResult>
}
