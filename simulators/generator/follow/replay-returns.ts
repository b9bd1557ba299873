import { preOrderName } from '#contracts/order.ts'
import { type OrderLog, readOrderLog } from '../log/log.ts'
import { orderIdOf } from '../plan/identity.ts'
import { type PlannedReturn, planReturns, type Unmatched } from '../plan/returns.ts'
import type { ReplayOrigin, Run } from '../plan/run.ts'
import type { ReturnFacts } from '../report/return-summary.ts'
import { createReturnCalls } from './return-calls.ts'
import { playReturns } from './returns.ts'

/** Finds what the log's cancellation invoices send back; with `wait` takes it back. */
export async function replayReturns(run: Run, origin: ReplayOrigin): Promise<ReturnFacts> {
  const { options, log, progress } = run
  const facts = await returnsIn(log, origin)
  if (!options.wait) return facts
  const nameOf = (invoice: string) => preOrderName(options.source, `${origin.prefix}${invoice}`)
  const taken = await playReturns(facts.planned, {
    calls: createReturnCalls({ gateway: run.gateway, logger: options.logger }),
    orderIdOf: ({ invoice, customerId }) => {
      const name = nameOf(invoice)
      return run.book.isRefused(name) ? undefined : orderIdOf(customerId, name)
    },
    patience: options.patience,
    signal: options.signal,
    onProgress: (done, of) => progress.show('returned', done, of),
  })
  return { ...facts, taken }
}

/** What the log's cancellation invoices send back, of this log and of earlier ones. */
export async function returnsIn(log: OrderLog, { earlier, dates }: ReplayOrigin): Promise<ReturnFacts> {
  const before: OrderLog[] = []
  for (const file of earlier) before.push(await readOrderLog(file, { days: dates }))
  return { cancellations: log.cancellations, ...planOf(log, before), taken: null }
}

/** This log's alone: what earlier logs sent back was for their own replay, and cannot come back again. */
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
