import { CancellationScope, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import { messageOf } from '#contracts/failures.ts'
import type { OrderStep } from '#contracts/order.ts'
import { stuckStep } from '#contracts/search-attributes.ts'
import { quickly, type Services, slowlyForEver } from './services.ts'

/** For the short workflows beside an order. Fast tries first; then it shows as stuck, and is never given up. */
export function untilDone<T>(
  step: OrderStep,
  details: string,
  call: (services: Services) => Promise<T>,
): Promise<T> {
  return CancellationScope.nonCancellable(async () => {
    setCurrentDetails(details)
    try {
      return await call(quickly)
    } catch (error) {
      upsertSearchAttributes([{ key: stuckStep, value: step }])
      setCurrentDetails(`Stuck at ${step}: ${messageOf(error)}.`)
      const result = await call(slowlyForEver)
      upsertSearchAttributes([{ key: stuckStep, value: null }])
      setCurrentDetails(details)
      return result
    }
  })
}
