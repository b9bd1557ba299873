import { formatAmount, maxAmount } from '#contracts/money.ts'
import { count } from '#contracts/wording.ts'
import type { Habits } from './habits.ts'
import type { Draft, InvoiceFault } from './invoices.ts'
import { quoted } from './refused.ts'
import type { BadField, LogRow } from './row.ts'
import type { Damage, Split } from './splitter.ts'

// What is wrong with rows, and what would be right.

export const fieldInWords = ({ column, text, wanted }: BadField): string =>
  `${column} ${quoted(text)}: ${wanted}`

export function damageInWords(
  fault: Damage | 'wrong_columns',
  { cells }: Split,
  { columns, dialect }: Habits,
): string {
  switch (fault) {
    case 'open_quote':
      return `the quote in column ${cells.length + 1} is never closed`
    case 'text_after_quote': {
      const right = dialect.escape === 'doubled' ? '""' : '\\"'
      return `text follows the closing quote in column ${cells.length + 1}; a quote inside is written as ${right}`
    }
    case 'stray_quote':
      return 'a quote too many or too few: one cell is in quotes, and another has a quote within'
    case 'wrong_columns':
      return `${count(cells.length, 'column')} instead of ${columns.count}; ${
        cells.length > columns.count
          ? 'text with a separator in it must be in quotes'
          : 'is it cut off, or separated by something else?'
      }`
  }
}

export function invoiceInWords(
  reason: InvoiceFault,
  { invoice, rows }: Draft,
  wrong: readonly LogRow[],
): string {
  const [first] = rows
  const where = `line ${wrong[0]?.line ?? 0}: invoice ${invoice}`
  switch (reason) {
    case 'invoice_incomplete':
      return `${where} is not ordered, for another row of it is bad`
    case 'number_reused':
      return `${where} is another one in line ${first?.line ?? 0}: of another customer, or not of the same day; give it a number of its own`
    case 'too_many_lines':
      return `${where} has ${wrong.length} rows, more than an order can have`
    case 'too_dear':
      return `${where} costs more than ${formatAmount(maxAmount)}, which no order may`
    case 'no_date':
      return `${where} has no InvoiceDate in any row`
  }
}
