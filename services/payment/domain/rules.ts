import { idInWords, isId } from '#contracts/ids.ts'
import { type Currency, currencyInWords, isCurrency, type Minor, maxAmount } from '#contracts/money.ts'
import type { ChargeOrder, ChargeResult, RefundOrder, RefundResult } from '#contracts/payment.ts'
import { isWhole, wholeInWords } from '#platform/values/checks.ts'
import type { Int8 } from '#platform/values/int8.ts'
import { visibleAscii } from '#platform/values/texts.ts'

/** A customer's account. A customer has at most one. */
export type Account = { customerId: string; currency: Currency; balance: Int8; createdAt: Date }

export type Declined = Extract<ChargeResult, { kind: 'declined' }>['why']

/** What was decided about an order's money; `amount` is what was charged. */
export type OrderPayment = { customerId: string | null; amount: Minor; refunded: Minor } & (
  | { status: 'charged' | 'voided'; why: null }
  | { status: 'declined'; why: Declined }
)

/** Every transfer has a key that says what it is for: a second one for the same is a repeat. */
export const transferKey = {
  topUp: (customerId: string, key: string) => `top_up/${customerId}/${key}`,
  charge: (orderId: string) => `charge/${orderId}`,
  refund: (refund: RefundOrder) =>
    refund.kind === 'everything' ? `refund/${refund.orderId}` : `refund/${refund.orderId}/${refund.part}`,
}

export type ChargeDecision =
  | { kind: 'charge' }
  | { kind: 'decline'; why: Declined }
  /** Decided before; nothing moves. */
  | { kind: 'repeat'; of: OrderPayment }

/**
 * Decides once per order: a refusal is remembered too, so that whoever heard it never sees the order paid later.
 * An order for 0 is charged without a transfer and needs no account. Throws when the order was charged differently.
 */
export function decideCharge(
  request: ChargeOrder,
  payment: OrderPayment | undefined,
  account: Account | undefined,
): ChargeDecision {
  requireAmount(request.amount)
  if (payment) return { kind: 'repeat', of: sameCharge(request, payment) }
  if (request.amount === 0) return { kind: 'charge' }
  if (account?.currency !== request.currency) return { kind: 'decline', why: 'no_account' }
  if (account.balance < request.amount) return { kind: 'decline', why: 'insufficient_funds' }
  return { kind: 'charge' }
}

function sameCharge({ orderId, customerId, amount }: ChargeOrder, payment: OrderPayment): OrderPayment {
  if (payment.status !== 'charged') return payment
  if (payment.amount === amount && payment.customerId === customerId) return payment
  throw new Error(
    `order ${orderId} was charged ${payment.amount} to ${payment.customerId}, not ${amount} to ${customerId}`,
  )
}

/**
 * Decides about a refund that was not made before. What is left is what was charged and has not gone back: nothing of an
 * order that was never charged, or is voided. Beyond that a refund gets what is left, or is refused.
 */
export function decideRefund(refund: RefundOrder, payment: OrderPayment | undefined): RefundResult {
  const left = payment?.status === 'charged' ? payment.amount - payment.refunded : 0
  const wanted = refund.kind === 'everything' || refund.amount === 'rest' ? left : refund.amount
  requireAmount(wanted)
  const tooMuch = left === 0 || wanted > left
  if (tooMuch && refund.kind === 'part' && refund.beyond === 'refuse')
    return { kind: 'refused', refundable: left }
  return { kind: 'refunded', amount: Math.min(wanted, left) }
}

function requireAmount(amount: Minor): void {
  if (Number.isSafeInteger(amount) && amount >= 0) return
  throw new RangeError(`${amount} is no amount of minor units`)
}

/** The most that a top-up may fill an account to; far enough below 2^53 that no refund can ever pass that. */
export const fullAccount = 1_000_000_000_000_000

export type TopUp = { customerId: string; amount: Minor; key: string }

const keys = visibleAscii(128)

/** What is wrong with a request, each with the field's name; none when it is right. */
export function topUpProblems({ customerId, amount, key }: TopUp): string[] {
  return [
    ...customerIdProblems(customerId),
    ...(isWhole(amount, 1, maxAmount) ? [] : [`amount: must be ${wholeInWords(1, maxAmount)}`]),
    ...(keys.form.test(key) ? [] : [`key: must be ${keys.inWords}`]),
  ]
}

export function accountProblems(customerId: string, currency: string): string[] {
  return [
    ...customerIdProblems(customerId),
    ...(isCurrency(currency) ? [] : [`currency: must be ${currencyInWords}`]),
  ]
}

export const customerIdProblems = (customerId: string): string[] =>
  isId(customerId) ? [] : [`customer_id: must be ${idInWords}`]
