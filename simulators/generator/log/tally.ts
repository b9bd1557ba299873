import type { InvoiceFault } from './invoices.ts'
import type { SkipReason } from './row.ts'
import type { Damage } from './splitter.ts'

/** Why a row cannot be taken as it is: each needs somebody to look at the file. */
export type BadReason = Damage | 'wrong_columns' | 'bad_value' | InvoiceFault

/** Rows that say nothing, or nothing new. */
type EmptyReason = 'blank' | 'header_again' | 'invoice_again'

type Counts<Reason extends string> = Partial<Record<Reason, number>>

/** in = lines + returnLines + the sum of skipped + the sum of bad. */
export type RowCounts = {
  in: number
  /** Lines of orders. */
  lines: number
  /** Lines of cancellations. */
  returnLines: number
  /** For what they say, as a log of a shop does. */
  skipped: Counts<SkipReason | EmptyReason>
  bad: Counts<BadReason>
  /** The lines that stand in their order word for word before. */
  repeated: number
}

const PROBLEMS_SHOWN = 20

/** Counts rows, and keeps what is wrong with the first bad ones. */
export function createTally() {
  const rows: RowCounts = { in: 0, lines: 0, returnLines: 0, skipped: {}, bad: {}, repeated: 0 }
  const problems: string[] = []
  let troubles = 0
  return {
    rows,
    skip: (reason: SkipReason | EmptyReason): void => {
      rows.skipped[reason] = (rows.skipped[reason] ?? 0) + 1
    },
    bad: (reason: BadReason, problem: string, count = 1): void => {
      rows.bad[reason] = (rows.bad[reason] ?? 0) + count
      if (++troubles <= PROBLEMS_SHOWN) problems.push(problem)
    },
    problems: (): string[] =>
      troubles > PROBLEMS_SHOWN ? [...problems, `and ${troubles - PROBLEMS_SHOWN} more`] : problems,
  }
}

export type Tally = ReturnType<typeof createTally>
