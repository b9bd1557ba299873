import { ActivityFailure, CancellationScope, isCancellation } from '@temporalio/workflow'
import type { Minor } from '#contracts/money.ts'
import type { CancelRequest, OrderStep } from '#contracts/order.ts'
import type { RefundResult } from '#contracts/payment.ts'
import { messageOf } from './failures.ts'
import { quickly, type Services, slowlyForEver, slowlyWithin } from './services.ts'
import type { OrderState, Stop } from './state.ts'

type Call<T> = (services: Services) => Promise<T>

/** A forward step: a cancel request interrupts it, and a service that stays away ends the order's patience. */
export async function attempt<T>(order: OrderState, step: OrderStep, call: Call<T>): Promise<T | Stop> {
  if (order.cancelRequest) return stopFor(order.cancelRequest)
  try {
    return await order.interruptible(() => patiently(order, step, call, slowlyWithin(policyOf(order))))
  } catch (error) {
    if (order.cancelRequest && isCancellation(error)) return stopFor(order.cancelRequest)
    if (!(error instanceof ActivityFailure)) throw error
    return {
      kind: 'stop',
      reason: 'timed_out',
      by: 'system',
      note: `${step} kept failing: ${messageOf(error)}`,
    }
  }
}

/** A step of the way back: nothing interrupts it, and it is never given up. */
export function insist<T>(order: OrderState, step: OrderStep, call: Call<T>): Promise<T> {
  return CancellationScope.nonCancellable(() => patiently(order, step, call, slowlyForEver))
}

/** Fast retries first; when they run out the order shows as stuck and the step goes on slowly. */
async function patiently<T>(order: OrderState, step: OrderStep, call: Call<T>, slowly: Services): Promise<T> {
  try {
    return await call(quickly)
  } catch (error) {
    if (isCancellation(error)) throw error
    order.markStuck(step, error)
    await order.record({ type: 'stuck', step, error: messageOf(error) })
  }
  try {
    return await call(slowly)
  } finally {
    order.clearStuck(step)
    order.note({ type: 'unstuck', step })
  }
}

export function stopFor({ reason, by, note }: CancelRequest): Stop {
  return { kind: 'stop', reason, by, note: note ?? '' }
}

export function policyOf(order: OrderState) {
  if (!order.policy) throw new Error('an order has its policy once it is on record')
  return order.policy
}

/** Only a refund that may be refused is: the workflow's own take what is left. */
export const amountOf = (refund: RefundResult): Minor => (refund.kind === 'refused' ? 0 : refund.amount)
