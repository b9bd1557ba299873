import { preOrderName } from '#contracts/order.ts'
import { bucketOf, derivedIdInBucket } from '#platform/ids.ts'
import { type OrderLog, readOrderLog } from './log.ts'
import { createReturnCalls } from './return-calls.ts'
import { type PlannedReturn, planReturns, type Unmatched } from './return-plan.ts'
import type { ReturnFacts } from './return-summary.ts'
import { takeBack } from './returns.ts'
import type { ReplayOrigin, Run } from './run.ts'

/** Finds what the log's cancellation invoices send back; with `wait` takes it back. */
export async function replayReturns(run: Run, { earlier, prefix }: ReplayOrigin): Promise<ReturnFacts> {
  const { options, log, progress } = run
  const { planned, unmatched } = planOf(log, await Promise.all(earlier.map((file) => readOrderLog(file))))
  const { cancellations } = log
  if (!options.wait) return { cancellations, planned, unmatched, taken: null }
  const taken = await takeBack(planned, {
    calls: createReturnCalls({ gateway: run.gateway, logger: options.logger }),
    orderIdOf: ({ invoice, customerId }) =>
      // As the order service makes a pre-order's id.
      derivedIdInBucket(bucketOf(customerId), preOrderName(options.source, `${prefix}${invoice}`)),
    patience: options.patience,
    signal: options.signal,
    onProgress: (done, of) => progress.show('returned', done, of),
  })
  return { cancellations, planned, unmatched, taken }
}

/** Of this log alone: what earlier logs sent back was for their own replay, and cannot come back again. */
export function planOf(
  log: OrderLog,
  earlier: readonly OrderLog[],
): { planned: PlannedReturn[]; unmatched: Unmatched[] } {
  const all = [...earlier, log]
  const ours = new Set(log.cancellations.map(({ invoice }) => invoice))
  const { returns, unmatched } = planReturns(
    byTime(all.flatMap(({ invoices }) => invoices)),
    byTime(all.flatMap(({ cancellations }) => cancellations)),
  )
  return {
    planned: returns.filter(({ invoice }) => ours.has(invoice)),
    unmatched: unmatched.filter(({ invoice }) => ours.has(invoice)),
  }
}

const byTime = <T extends { at: string }>(items: readonly T[]): T[] =>
  items.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
