import { type Currency, defaultCurrency, type Minor } from '#contracts/money.ts'
import type { OrderSource } from '#contracts/order.ts'
import { countBy, type Outcomes } from '../follow/outcomes.ts'
import type { LogLine, OrderLog } from '../log/log.ts'
import { skipReasons } from '../log/row.ts'
import type { Registered } from '../place/register.ts'
import type { OrderKind } from '../plan/placements.ts'
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
  /** In a dry run: what would be placed. */
  toPlace: ToPlace | null
  /** What was made known first; null when it was known already. */
  registered: Registered | null
  /** Invoices that became no order, and pre-orders that nobody could read. */
  refused: Record<string, number>
  /** Rows of the replayed log; null without one. */
  rows: OrderLog['rows'] | null
  /** How the log is read where it is not plain CSV. */
  habits: string[]
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

export type ToPlace = {
  orders: number
  lines: number
  worth: { amount: Minor; currency: Currency }
  /** The first of them. */
  first: { reference: string; customerId: string; at: string; lines: number; total: Minor }[]
}

const FIRST_SHOWN = 10

export function toPlace({ invoices, rows }: OrderLog, { prefix }: { prefix: string }): ToPlace {
  return {
    orders: invoices.length,
    lines: rows.lines,
    worth: {
      amount: invoices.reduce((all, { lines }) => all + totalOf(lines), 0),
      currency: defaultCurrency,
    },
    first: invoices.slice(0, FIRST_SHOWN).map(({ invoice, customerId, at, lines }) => ({
      reference: `${prefix}${invoice}`,
      customerId,
      at,
      lines: lines.length,
      total: totalOf(lines),
    })),
  }
}

const totalOf = (lines: readonly LogLine[]): Minor =>
  lines.reduce((all, { quantity, unitPrice }) => all + quantity * unitPrice, 0)

type Facts = Omit<
  Summary,
  'refused' | 'rows' | 'habits' | 'returns' | 'problems' | 'ordersPerSecond' | 'outcome'
> & {
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
    habits: log?.habits ?? [],
    returns: returns && returnsOf(returns),
    problems: [...(log?.problems ?? []), ...shortened(outcomes?.refusals ?? [])],
    ordersPerSecond: facts.seconds > 0 ? Math.round((facts.placed / facts.seconds) * 100) / 100 : 0,
    outcome: outcomes && {
      completed: outcomes.completed,
      cancelled: outcomes.cancelled,
      revenue: { amount: outcomes.revenue, currency: defaultCurrency },
      placedToCompleted:
        outcomes.took.length > 0
          ? { p50: quantile(outcomes.took, 0.5), p99: quantile(outcomes.took, 0.99) }
          : null,
      missing: outcomes.missing,
    },
  }
}

const shortened = (texts: readonly string[]): string[] =>
  texts.length <= 20 ? [...texts] : [...texts.slice(0, 20), `and ${texts.length - 20} more`]

/** The nearest rank, of ascending numbers. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(Math.ceil(share * ascending.length) - 1, 0)] ?? 0
}

/** True when nothing is missing: every order that came in was completed, cancelled or refused, or was a return. */
export function addsUp(summary: Summary): boolean {
  const { ordersIn, outcome, returns } = summary
  if (!outcome) return true
  return outcome.missing.length === 0 && !returns?.open && ordersIn === sum(waysOut(summary, outcome))
}

/** True when it adds up, something was read, and nothing was refused but for what a log's rows say of themselves. */
export function isClean(summary: Summary): boolean {
  const { rows, refused } = summary
  const isRead = rows === null || rows.lines + rows.returnLines > 0
  const isGood = sum(rows?.bad ?? {}) === 0 && Object.keys(refused).every(isSkipReason)
  return isRead && isGood && addsUp(summary)
}

const isSkipReason = (reason: string): boolean => skipReasons.some((one) => one === reason)

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
