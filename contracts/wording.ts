import type { MissingLine } from './lines.ts'
import { type Currency, formatAmount, type Minor } from './money.ts'

/** Texts for people: who read a workflow in the Temporal Web UI, an order's history, or an answer. */
export const amount = (minor: Minor, currency: Currency): string => `${formatAmount(minor)} ${currency}`

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

export const inWords = (line: MissingLine): string =>
  `${line.available} of ${line.requested} ${line.productId} (line ${line.lineNumber})`
