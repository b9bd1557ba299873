import type { Currency, Minor } from '#contracts/money.ts'
import type { OrderSource } from '#contracts/order.ts'
import type { OrderLog } from './log.ts'
import { countBy, type Outcomes } from './outcomes.ts'
import type { OrderKind } from './placements.ts'
import type { Registered } from './register.ts'
import { type ReturnFacts, type Returns, returnsOf } from './return-summary.ts'

export type Summary = {
  source: OrderSource
  seed: string
  /** Invoices of the replayed log, or orders drawn. */
  ordersIn: number
  placed: number
  /** Orders that were placed a second time. */
  repeats: number
  /** What was asked for, of the orders placed. */
  kinds: Partial<Record<OrderKind, number>>
  /** What was made known first; null when it was known already. */
  registered: Registered | null
  /** Invoices that became no order, and pre-orders that nobody could read. */
  refused: Record<string, number>
  /** Rows of the replayed log; null without one. */
  rows: OrderLog['rows'] | null
  /** Cancellation invoices of the replayed log; null without one. */
  returns: Returns | null
  problems: string[]
  /** REST calls of ours without an answer, or with one of 500 and above, since the gateway was first reached. */
  failedRequests: number
  /** From the first placed to the last ended, or to the last placed when nobody waited. */
  seconds: number
  ordersPerSecond: number
  /** Null when nobody waited. */
  outcome: Outcome | null
}

export type Outcome = {
  completed: number
  cancelled: Record<string, number>
  /** Totals of completed orders less their refunds, before returns. */
  revenue: { amount: Minor; currency: Currency }
  /** In ms; null when none was completed. */
  placedToCompleted: { p50: number; p99: number } | null
  /** Orders without an end, as source/reference. */
  missing: string[]
}

type Facts = Omit<Summary, 'refused' | 'rows' | 'returns' | 'problems' | 'ordersPerSecond' | 'outcome'> & {
  log: OrderLog | null
  returns: ReturnFacts | null
  outcomes: Outcomes | null
}

export function summaryOf({ log, returns, outcomes, ...facts }: Facts): Summary {
  const refused = countBy((log?.refused ?? []).map(({ reason }) => reason))
  return {
    ...facts,
    refused: { ...refused, ...outcomes?.refused },
    rows: log?.rows ?? null,
    returns: returns && returnsOf(returns),
    problems: log?.problems ?? [],
    ordersPerSecond: facts.seconds > 0 ? Math.round((facts.placed / facts.seconds) * 100) / 100 : 0,
    outcome: outcomes && {
      completed: outcomes.completed,
      cancelled: outcomes.cancelled,
      revenue: { amount: outcomes.revenue, currency: 'GBP' },
      placedToCompleted:
        outcomes.took.length > 0
          ? { p50: quantile(outcomes.took, 0.5), p99: quantile(outcomes.took, 0.99) }
          : null,
      missing: outcomes.missing,
    },
  }
}

/** Of ascending numbers, the nearest rank. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(Math.ceil(share * ascending.length) - 1, 0)] ?? 0
}

/** True when nothing is missing: every order that came in was completed, cancelled or refused, or was a return. */
export function addsUp(summary: Summary): boolean {
  const { ordersIn, outcome, returns } = summary
  if (!outcome) return true
  return outcome.missing.length === 0 && !returns?.open && ordersIn === sum(waysOut(summary, outcome))
}

/** Every way out of the run, with how many took it. */
export const waysOut = ({ refused, returns }: Summary, { completed, cancelled }: Outcome) => ({
  completed,
  cancelled: sum(cancelled),
  refused: sum(refused),
  ...(returns && { returned: returns.returned, unmatched: returns.unmatched }),
})

type Counts = Partial<Record<string, number>>

export const sum = (counts: Counts): number =>
  Object.values(counts).reduce<number>((all, count = 0) => all + count, 0)
