import { ActivityFailure, CancellationScope, isCancellation } from '@temporalio/workflow'
import { messageOf } from '#contracts/failures.ts'
import type { Minor } from '#contracts/money.ts'
import type { OrderStep } from '#contracts/order.ts'
import type { RefundResult } from '#contracts/payment.ts'
import { fastThenSlow } from '../shared/retries.ts'
import { fastRetry, retryForever, retryWithin, type Services } from '../shared/services.ts'
import { keptFailing, type Stop } from './cancellations.ts'
import type { OrderState } from './state.ts'

type Call<T> = (services: Services) => Promise<T>
/** A step, and whose shipment it is about, if one's. */
type StepOf = { step: OrderStep; shipmentId?: string }

/**
 * A forward step: a cancel request interrupts it, and a service that stays away ends the order's patience. Nothing comes
 * back when the step was interrupted by a request that came too late.
 */
export async function forwardStep<T>(
  order: OrderState,
  step: OrderStep,
  call: Call<T>,
): Promise<T | Stop | undefined> {
  if (order.stop) return order.stop
  try {
    return await order.interruptible(() => untilDone(order, { step }, call, retryWithin(policyOf(order))))
  } catch (error) {
    if (isCancellation(error)) {
      await order.save()
      return order.stop
    }
    if (!(error instanceof ActivityFailure)) throw error
    return keptFailing(step, messageOf(error))
  }
}

/** A step of the way back: nothing interrupts it, and it is never given up. */
export function compensate<T>(order: OrderState, step: StepOf, call: Call<T>): Promise<T> {
  return CancellationScope.nonCancellable(() => untilDone(order, step, call, retryForever))
}

/** A step that is tried until it works, or until there is no need for it any more; then nothing comes back. */
export async function compensateUnless<T>(
  order: OrderState,
  step: StepOf,
  call: Call<T>,
  idle: Promise<void>,
): Promise<T | undefined> {
  const scope = new CancellationScope({ cancellable: true })
  const done = scope.run(() => untilDone(order, step, call, retryForever)).catch(unlessCancelled)
  await Promise.race([done, idle])
  scope.cancel()
  return done
}

function unlessCancelled(error: unknown): undefined {
  if (!isCancellation(error)) throw error
}

/** Fast retries first; when they run out the order shows as stuck and the step goes on slowly. */
async function untilDone<T>(order: OrderState, at: StepOf, call: Call<T>, slowly: Services): Promise<T> {
  order.steps++
  try {
    return await fastThenSlow(
      () => call(fastRetry),
      () => call(slowly),
      (error) => order.record({ type: 'stuck', ...at, error }),
    )
  } finally {
    order.steps--
    // Also of an earlier run, which was stuck here.
    if (order.note({ type: 'unstuck', ...at })) void order.save()
  }
}

export function policyOf(order: OrderState) {
  if (!order.policy) throw new Error('an order has its policy once it is on record')
  return order.policy
}

/** Only a refund that may be refused is: the workflow's own take what is left. */
export const amountOf = (refund: RefundResult): Minor => (refund.kind === 'refused' ? 0 : refund.amount)
