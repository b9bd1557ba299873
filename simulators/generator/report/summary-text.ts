import { formatAmount } from '#contracts/money.ts'
import { count } from '#contracts/wording.ts'
import type { Counted } from '../place/register.ts'
import { returnLines } from './return-summary.ts'
import { addsUp, type Summary, sum, type ToPlace, waysOut } from './summary.ts'

/** The summary for people. */
export function inWords(summary: Summary): string {
  const { source, seed, ordersIn, placed, repeats, kinds, refused, rows, returns, problems, toPlace } =
    summary
  const lines = [
    `source ${source}, seed ${seed}`,
    ...registeredLines(summary),
    `${rows ? 'invoices' : 'orders'} in       ${ordersIn}`,
    ...(toPlace
      ? toPlaceLines(toPlace)
      : [`placed            ${placed}${repeats > 0 ? `, ${repeats} of them twice` : ''}`]),
    rows || placed === 0 ? '' : `asked for         ${listed(kinds)}`,
    ...outcomeLines(summary),
    `refused           ${total(refused)}`,
    ...(returns ? returnLines(returns, summary.outcome !== null) : []),
    ...rowLines(summary),
    ...problems.map((problem) => `  ${problem}`),
    ...(toPlace ? ['nothing was touched: a dry run'] : workLines(summary)),
    missingLine(summary),
  ]
  return lines.filter((line) => line !== '').join('\n')
}

const workLines = ({ failedRequests, ordersPerSecond, seconds }: Summary): string[] => [
  `failed requests   ${failedRequests}`,
  `orders/s          ${ordersPerSecond} in ${seconds.toFixed(1)} s`,
]

function toPlaceLines({ orders, lines, worth, first }: ToPlace): string[] {
  const more = orders - first.length
  return [
    `would order       ${orders}, ${count(lines, 'line')}, ${formatAmount(worth.amount)} ${worth.currency}`,
    ...first.map(
      (one) =>
        `  ${one.reference} of ${one.customerId}, ${one.at.slice(0, 16).replace('T', ' ')} UTC: ${count(one.lines, 'line')}, ${formatAmount(one.total)}`,
    ),
    more > 0 ? `  and ${more} more` : '',
  ]
}

function registeredLines({ registered }: Summary): string[] {
  if (!registered) return []
  const { products, customers, users, accounts } = registered
  const counted = ({ all, added }: Counted, what: string) => `${count(all, what)} (${added} new)`
  const parts = [
    counted(products, 'product'),
    counted(customers, 'customer'),
    count(accounts, 'account'),
    ...(users.all > 0 ? [counted(users, 'user')] : []),
  ]
  return [`registered        ${parts.join(', ')}`]
}

function rowLines({ rows, habits }: Summary): string[] {
  if (!rows) return []
  const { lines, returnLines: back, skipped, bad, repeated } = rows
  const parts = [
    count(lines, 'line'),
    `${back} of cancellations`,
    `${sum(skipped)} skipped`,
    `${sum(bad)} bad`,
  ]
  return [
    habits.length > 0 ? `read as           ${habits.join(', ')}` : '',
    `rows              ${rows.in} in = ${parts.join(' + ')}`,
    repeated > 0
      ? `rows repeated     ${repeated} stand in their order before, word for word; each is a line`
      : '',
    sum(skipped) > 0 ? `rows skipped      ${listed(skipped)}` : '',
    sum(bad) > 0 ? `rows bad          ${listed(bad)}` : '',
    lines + back === 0 ? 'NOTHING READ      no row is a line of an order or of a cancellation' : '',
  ]
}

function missingLine(summary: Summary): string {
  const { ordersIn, outcome, returns } = summary
  if (!outcome || addsUp(summary)) return ''
  const out = Object.values(waysOut(summary, outcome)).join(' + ')
  const missing = [
    ...outcome.missing,
    ...(returns?.open ? [`the returns of ${returns.open} cancellation invoices`] : []),
  ]
  return `MISSING           ${ordersIn} in, but ${out} out: ${shortened(missing)}`
}

function outcomeLines({ outcome, returns }: Summary): string[] {
  if (!outcome) return []
  const { completed, cancelled, revenue, placedToCompleted: took } = outcome
  const net = returns ? `, ${formatAmount(revenue.amount - returns.amount.amount)} after returns` : ''
  return [
    `completed         ${completed}`,
    `cancelled         ${total(cancelled)}`,
    `revenue           ${formatAmount(revenue.amount)} ${revenue.currency}${net}`,
    took
      ? `placed→completed  p50 ${(took.p50 / 1_000).toFixed(1)} s, p99 ${(took.p99 / 1_000).toFixed(1)} s`
      : '',
  ]
}

type Counts = Partial<Record<string, number>>

const listed = (counts: Counts) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

const total = (counts: Counts) => (sum(counts) === 0 ? '0' : `${sum(counts)} (${listed(counts)})`)

const shortened = (names: readonly string[]) =>
  names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`
