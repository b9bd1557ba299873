import type { Actor } from './actor.ts'
import type { Minor } from './money.ts'

/** The input of the refund workflow: staff give money back. Without an amount, all that is left. */
export type RefundByStaff = {
  orderId: string
  /** Names this refund: the same key is the same refund. */
  key: string
  amount?: Minor
  reason: string
  by: Actor
  traceparent: string
}

/** `refundable`: what was paid and has not gone back; asking for more is refused. */
export type RefundOutcome = { kind: 'refunded'; amount: Minor } | { kind: 'refused'; refundable: Minor }
