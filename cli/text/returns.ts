import type { HistoryEntry, OrderDetails } from '#contracts/rest/orders.ts'
import type { Return } from '#contracts/rest/returns.ts'
import { inUtc, priced, shortened } from './format.ts'
import { table } from './table.ts'

/** In characters; the history has all of it. */
const REASON_SHOWN = 60

export function returnsTable(returns: readonly Return[], currency: string): string {
  if (returns.length === 0) return 'no returns'
  return table(
    returns.map((one) => listRow(one, currency)),
    ['return', 'status', 'asked for', 'goods', 'worth', 'why'],
  )
}

const listRow = ({ number, status, reason, amount, requestedAt, lines }: Return, currency: string) => [
  String(number),
  status,
  inUtc(requestedAt),
  lines.map(goods).join(', '),
  priced(amount, currency),
  shortened(reason ?? '', REASON_SHOWN),
]

/** Such as "4 × 85123A (line 1; 3 into stock, 1 written off)". */
function goods({ lineNumber, productId, quantity, restocked, writtenOff }: Return['lines'][number]): string {
  const arrived = [
    ...(restocked > 0 ? [`${restocked} into stock`] : []),
    ...(writtenOff > 0 ? [`${writtenOff} written off`] : []),
  ]
  return `${quantity} × ${productId} (${[`line ${lineNumber}`, ...arrived].join('; ')})`
}

/** With who asked for it, decided about it and received it. */
export const returnRow =
  ({ currency, history }: OrderDetails) =>
  ({ number, status, amount, reason, lines }: Return): string[] => {
    const steps = history.filter(
      ({ type, returnNumber, by }) =>
        type.startsWith('return_') && by !== 'system' && returnNumber === number,
    )
    return [
      `  ${number}`,
      status,
      lines.map(({ productId, quantity }) => `${quantity} × ${productId}`).join(', '),
      priced(amount, currency),
      shortened(reason ?? '', REASON_SHOWN),
      steps.map(({ type, by }) => `${type.replace('return_', '')} by ${by}`).join(', '),
    ]
  }

/** What went back, and who gave it. */
export const refundRows = (history: readonly HistoryEntry[]): string[][] =>
  history
    .filter(({ type }) => type === 'refunded')
    .map(({ at, by, note }) => [`  ${inUtc(at)}`, `by ${by}`, note ?? ''])
