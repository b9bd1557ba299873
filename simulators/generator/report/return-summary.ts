import { type Currency, defaultCurrency, formatAmount, type Minor } from '#contracts/money.ts'
import { count } from '#contracts/wording.ts'
import { countBy } from '../follow/outcomes.ts'
import type { TakenBack } from '../follow/returns.ts'
import type { Cancellation } from '../log/log.ts'
import type { PlannedReturn, Unmatched } from '../plan/returns.ts'

/** The cancellation invoices of a replayed log. Each is returned, unmatched or open. */
export type Returns = {
  invoices: number
  /** Something of it came back, and was refunded. */
  returned: number
  /** Nothing of it came back. */
  unmatched: number
  /** It matches earlier orders, and nobody waited, or not long enough. */
  open: number
  /** That came back. */
  pieces: number
  amount: { amount: Minor; currency: Currency }
  unmatchedLines: Unmatched[]
}

export type ReturnFacts = {
  cancellations: readonly Cancellation[]
  planned: readonly PlannedReturn[]
  /** The lines that no plan was made for. */
  unmatched: readonly Unmatched[]
  /** Null when nobody waited. */
  taken: readonly TakenBack[] | null
}

export function returnsOf({ cancellations, planned, unmatched, taken }: ReturnFacts): Returns {
  const made = taken ?? planned.map(({ invoice }) => ({ invoice, kind: 'open' as const, unmatched: [] }))
  const refunded = made.filter((one) => one.kind === 'refunded')
  const open = new Set(made.filter(({ kind }) => kind === 'open').map(({ invoice }) => invoice))
  const returned = new Set(refunded.flatMap(({ invoice }) => (open.has(invoice) ? [] : [invoice])))
  return {
    invoices: cancellations.length,
    returned: returned.size,
    unmatched: cancellations.length - returned.size - open.size,
    open: open.size,
    pieces: refunded.reduce((sum, { pieces }) => sum + pieces, 0),
    amount: { amount: refunded.reduce((sum, { amount }) => sum + amount, 0), currency: defaultCurrency },
    unmatchedLines: [...unmatched, ...made.flatMap((one) => one.unmatched)],
  }
}

const INVOICES_SHOWN = 20
const LINES_SHOWN = 4

/** `waited`: whether somebody followed the orders to their ends. */
export function returnLines(returns: Returns, waited: boolean): string[] {
  const { invoices, returned, unmatched, open, pieces, amount, unmatchedLines } = returns
  if (invoices === 0) return []
  const perInvoice = [...Map.groupBy(unmatchedLines, ({ invoice, reason }) => `${invoice} ${reason}`)]
  const reasons = Object.entries(countBy(unmatchedLines.map(({ reason }) => reason)))
  const counts = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ')
  const more = perInvoice.length - INVOICES_SHOWN
  return [
    `returned          ${returned} of ${count(invoices, 'cancellation invoice')}: ${count(pieces, 'piece')}, ${formatAmount(amount.amount)} ${amount.currency} back`,
    open > 0
      ? `returns open      ${open}${waited ? '' : '; --wait takes them back once their orders are completed'}`
      : '',
    `unmatched         ${unmatched}${unmatchedLines.length > 0 ? `, lines: ${counts}` : ''}`,
    ...perInvoice.slice(0, INVOICES_SHOWN).map(([name, lines]) => `  ${name}: ${goods(lines)}`),
    more > 0 ? `  and ${more} more` : '',
  ]
}

function goods(lines: readonly Unmatched[]): string {
  const shown = lines.slice(0, LINES_SHOWN).map(({ productId, quantity }) => `${quantity} × ${productId}`)
  const more = lines.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
