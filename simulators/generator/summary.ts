import type { Currency, Minor } from '#contracts/money.ts'
import type { OrderSource } from '#contracts/order.ts'
import type { OrderLog } from './log.ts'
import { inPounds } from './money.ts'
import { countBy, type Outcomes } from './outcomes.ts'
import type { OrderKind } from './placements.ts'

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
  /** Invoices that became no order, and pre-orders that nobody could read. */
  refused: Record<string, number>
  /** Rows of the replayed log; null without one. */
  rows: OrderLog['rows'] | null
  problems: string[]
  /** From the first placed to the last ended, or to the last placed when nobody waited. */
  seconds: number
  ordersPerSecond: number
  /** Null when nobody waited. */
  outcome: Outcome | null
}

export type Outcome = {
  completed: number
  cancelled: Record<string, number>
  /** Totals of completed orders less their refunds. */
  revenue: { amount: Minor; currency: Currency }
  /** In ms; null when none was completed. */
  placedToCompleted: { p50: number; p99: number } | null
  /** Orders without an end, as source/reference. */
  missing: string[]
}

type Facts = Omit<Summary, 'refused' | 'rows' | 'problems' | 'ordersPerSecond' | 'outcome'> & {
  log: OrderLog | null
  outcomes: Outcomes | null
}

export function summaryOf({ log, outcomes, ...facts }: Facts): Summary {
  const refused = countBy((log?.refused ?? []).map(({ reason }) => reason))
  return {
    ...facts,
    refused: { ...refused, ...outcomes?.refused },
    rows: log?.rows ?? null,
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

/** True when nothing is missing: every order that came in was completed, cancelled or refused. */
export function addsUp({ ordersIn, refused, outcome }: Summary): boolean {
  if (!outcome) return true
  return (
    outcome.missing.length === 0 && ordersIn === outcome.completed + sum(outcome.cancelled) + sum(refused)
  )
}

/** The summary for people. */
export function inWords(summary: Summary): string {
  const { source, seed, ordersIn, placed, repeats, kinds, refused, rows, problems, outcome } = summary
  const lines = [
    `source ${source}, seed ${seed}`,
    `${rows ? 'invoices' : 'orders'} in       ${ordersIn}`,
    `placed            ${placed}${repeats > 0 ? `, ${repeats} of them twice` : ''}`,
    rows ? '' : `asked for         ${listed(kinds)}`,
    ...outcomeLines(summary),
    `refused           ${total(refused)}`,
    rows ? `rows              ${rows.in} in = ${rows.lines} lines + ${sum(rows.skipped)} skipped` : '',
    rows && sum(rows.skipped) > 0 ? `rows skipped      ${listed(rows.skipped)}` : '',
    ...problems,
    `orders/s          ${summary.ordersPerSecond} in ${summary.seconds.toFixed(1)} s`,
    outcome && !addsUp(summary)
      ? `MISSING           ${ordersIn} in, but ${outcome.completed} + ${sum(outcome.cancelled)} + ${sum(refused)} out: ` +
        shortened(outcome.missing)
      : '',
  ]
  return lines.filter((line) => line !== '').join('\n')
}

function outcomeLines({ outcome }: Summary): string[] {
  if (!outcome) return []
  const { completed, cancelled, revenue, placedToCompleted: took } = outcome
  return [
    `completed         ${completed}`,
    `cancelled         ${total(cancelled)}`,
    `revenue           ${inPounds(revenue.amount)} ${revenue.currency}`,
    took
      ? `placed→completed  p50 ${(took.p50 / 1_000).toFixed(1)} s, p99 ${(took.p99 / 1_000).toFixed(1)} s`
      : '',
  ]
}

type Counts = Partial<Record<string, number>>

const sum = (counts: Counts) => Object.values(counts).reduce<number>((all, count = 0) => all + count, 0)

const listed = (counts: Counts) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

const total = (counts: Counts) => (sum(counts) === 0 ? '0' : `${sum(counts)} (${listed(counts)})`)

const shortened = (names: readonly string[]) =>
  names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`
