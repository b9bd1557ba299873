import { CancellationScope, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { OrderStep } from '#contracts/order.ts'
import { stuckStep } from '#contracts/search-attributes.ts'
import { fastThenSlow } from './retries.ts'
import { fastRetry, retryForever, type Services } from './services.ts'

/** For the short workflows beside an order. Fast tries first; then it shows as stuck, and is never given up. */
export function untilDone<T>(
  step: OrderStep,
  details: string,
  call: (services: Services) => Promise<T>,
): Promise<T> {
  return CancellationScope.nonCancellable(() => {
    setCurrentDetails(details)
    return fastThenSlow(
      () => call(fastRetry),
      () => call(retryForever),
      (error) => {
        upsertSearchAttributes([{ key: stuckStep, value: step }])
        setCurrentDetails(`Stuck at ${step}: ${error}.`)
      },
      () => {
        upsertSearchAttributes([{ key: stuckStep, value: null }])
        setCurrentDetails(details)
      },
    )
  })
}
