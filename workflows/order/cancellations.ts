// Why an order is cancelled: each way there is, with its reason and what its history says. A customer or staff who ask for it say
// so themselves (`CancelRequest`).
import type { Actor } from '#contracts/actor.ts'
import type { Currency, Minor } from '#contracts/money.ts'
import type { CancelReason, CancelRequest, OrderChange, OrderStep } from '#contracts/order.ts'
import type { ChargeResult } from '#contracts/payment.ts'
import { amount } from '#contracts/wording.ts'

export type Cancellation = { reason: CancelReason; by: Actor; note: string }
/** Why an order's way ends before its hand-off; a value, since nothing is broken. */
export type Stop = Cancellation & { kind: 'stop' }

const stop = (reason: CancelReason, note: string): Stop => ({ kind: 'stop', reason, by: 'system', note })

/** It breaks a rule, or its customer does not exist. */
export const invalidOrder = (problems: readonly string[]): Stop => stop('invalid', problems.join('; '))

export const unknownProduct = (productIds: readonly string[]): Stop =>
  stop('invalid', `no such product: ${productIds.join(', ')}`)

/** No account holds so much. */
export const tooExpensive = (most: Minor, currency: Currency): Stop =>
  stop('invalid', `its lines come to more than ${amount(most, currency)}`)

/** No warehouse delivers there. */
export const outOfRange = (nearestKm: number): Stop =>
  stop('out_of_range', `the nearest warehouse is ${Math.round(nearestKm)} km away`)

/** The customer, asked about missing lines, does not want the rest. */
export const restUnwanted: OrderChange = { type: 'cancelling', reason: 'out_of_stock' }

export const undecided: Stop = stop('timed_out', 'nobody decided about the missing lines')

type Declined = Extract<ChargeResult, { kind: 'declined' }>

export function paymentDeclined({ why, balance }: Declined, total: Minor, currency: Currency): Stop {
  if (why === 'no_account') return stop('payment_declined', 'the customer has no account')
  const has = amount(balance, currency)
  return stop('payment_declined', `${has} on the account, ${amount(total, currency)} needed`)
}

/** An undo has overtaken the step. */
export const stockReleased: Stop = stop('timed_out', 'its stock was released before it could be reserved')
export const paymentVoided: Stop = stop('timed_out', 'its payment was voided before it could be charged')

/** The order's patience with a service that fails is over. */
export const keptFailing = (step: OrderStep, error: string): Stop =>
  stop('timed_out', `${step} kept failing: ${error}`)

/** After the hand-off: every parcel was lost. */
export const noParcelArrived: Cancellation = { reason: 'lost', by: 'courier', note: 'no parcel arrived' }

/** Somebody cancelled the workflow itself, in Temporal. */
export const workflowCancelled: CancelRequest = {
  by: 'staff:temporal',
  reason: 'staff',
  note: 'the workflow was cancelled',
}
