import type { MissingLine } from '#contracts/inventory.ts'
import type { Currency, Minor } from '#contracts/money.ts'

/** Texts for people who read a workflow in the Temporal Web UI. Intl is left out: its data may change between runs. */
export const amount = (minor: Minor, currency: Currency): string =>
  `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')} ${currency}`

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

export const inWords = (line: MissingLine): string =>
  `${line.available} of ${line.requested} ${line.productId} (line ${line.lineNumber})`
