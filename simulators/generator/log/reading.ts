import type { LogColumn } from './columns.ts'
import { logColumns } from './columns.ts'
import type { DayOrder } from './dates.ts'
import { type Habits, habitsOf, inWords } from './habits.ts'
import {
  type Cancellation,
  type Draft,
  type Invoice,
  type InvoiceFault,
  judge,
  type LogLine,
} from './invoices.ts'
import { quoted } from './refused.ts'
import { type BadField, invoiceOf, isBadField, type LogRow, readRow, type SkipReason } from './row.ts'
import { faultOf, isBlank, isHeader, readRows } from './rows.ts'
import type { Damage, Split } from './splitter.ts'

/** Why a row cannot be taken as it is: each needs somebody to look at the file. */
export type BadReason = Damage | 'wrong_columns' | 'bad_value' | InvoiceFault

/** Rows that say nothing. */
type EmptyReason = 'blank' | 'header_again'

type Counts<Reason extends string> = Partial<Record<Reason, number>>

export type OrderLog = {
  /** Those with at least one line, in the order of their times. */
  invoices: Invoice[]
  /** What customers sent back, in the order of times; quantities above zero. Not one line need make sense. */
  cancellations: Cancellation[]
  /** Invoices that become no order. */
  refused: { invoice: string; reason: SkipReason | InvoiceFault }[]
  /** What was bought together, sales without an account included: sizes true to life. */
  baskets: LogLine[][]
  /** in = lines + returnLines + the sum of skipped + the sum of bad. */
  rows: {
    in: number
    /** Of orders. */
    lines: number
    /** Of cancellations. */
    returnLines: number
    /** For what they say, as a log of a shop does. */
    skipped: Counts<SkipReason | EmptyReason>
    bad: Counts<BadReason>
    /** Of the lines: those that stand in their order word for word before. */
    repeated: number
  }
  /** How the file is read where it is not plain CSV. */
  habits: string[]
  /** What is wrong with the first bad rows, and what would be right. */
  problems: string[]
}

type Options = { days?: DayOrder | undefined; now?: () => number }

export async function readInvoices(file: string, { days, now = Date.now }: Options): Promise<OrderLog> {
  const habits = await habitsOf(file, { days })
  const reading = createReading(habits, new Date(now()))
  await readRows(file, habits, reading.onRow)
  return reading.finished()
}

const PROBLEMS_SHOWN = 20

type Sorted = Pick<OrderLog, 'invoices' | 'cancellations' | 'refused' | 'baskets'>

function createReading(habits: Habits, now: Date) {
  const drafts = new Map<string, Draft>()
  const rows: OrderLog['rows'] = { in: 0, lines: 0, returnLines: 0, skipped: {}, bad: {}, repeated: 0 }
  const problems: string[] = []
  let troubles = 0
  const share = createShare()
  const { columns } = habits
  /** Of the row before; and whether a row since then belongs to nobody knows which invoice. */
  let before: string | undefined
  let isLoose = false

  const draftOf = (invoice: string): Draft => {
    const draft = drafts.get(invoice) ?? { invoice, rows: [], isDamaged: false }
    drafts.set(invoice, draft)
    return draft
  }

  function bad(reason: BadReason, problem: string, count = 1): void {
    rows.bad[reason] = (rows.bad[reason] ?? 0) + count
    if (++troubles <= PROBLEMS_SHOWN) problems.push(problem)
  }

  /** The invoice of a bad row is not whole. Without a number it is the one above; a row of no telling, the one around it. */
  function damage(number: string | undefined): void {
    const invoice = number === '' ? before : invoiceOf(number ?? '')
    if (invoice === undefined) {
      isLoose = true
      return
    }
    draftOf(invoice).isDamaged = true
    before = invoice
  }

  function onRow(split: Split): void {
    rows.in++
    if (isBlank(split)) return skip('blank')
    if (isHeader(split)) return skip('header_again')
    const number = numberOf(split, habits)
    const fault = faultOf(split, columns)
    if (fault) {
      bad(fault, `line ${split.line}: ${inFull(fault, split, habits)}`)
      return damage(number)
    }
    const row = readRow(cellsOf(split, columns), split.line, { ...habits, now })
    if (isBadField(row)) {
      bad('bad_value', `line ${split.line}, ${wanted(row)}`)
      return damage(number)
    }
    const draft = draftOf(share(row.invoice))
    if (isLoose && before === draft.invoice) draft.isDamaged = true
    isLoose = false
    before = draft.invoice
    draft.rows.push(shared(row, share))
  }

  function skip(reason: SkipReason | EmptyReason): void {
    rows.skipped[reason] = (rows.skipped[reason] ?? 0) + 1
  }

  function settle(draft: Draft, { invoices, cancellations, refused, baskets }: Sorted): void {
    const { invoice } = draft
    const judged = judge(draft)
    for (const reason of judged.skipped) skip(reason)
    for (const { reason, rows: wrong } of judged.faults)
      bad(reason, faultInWords(reason, draft, wrong), wrong.length)
    rows.lines += judged.order?.lines.length ?? 0
    rows.returnLines += judged.cancellation?.lines.length ?? 0
    rows.repeated += judged.repeated
    refused.push(...judged.refused.map((reason) => ({ invoice, reason })))
    if (judged.order) invoices.push(judged.order)
    if (judged.cancellation) cancellations.push(judged.cancellation)
    if (judged.basket.length > 0) baskets.push(judged.basket)
  }

  function finished(): OrderLog {
    const sorted: Sorted = { invoices: [], cancellations: [], refused: [], baskets: [] }
    for (const draft of drafts.values()) {
      settle(draft, sorted)
      draft.rows = []
    }
    const more = troubles - PROBLEMS_SHOWN
    return {
      ...sorted,
      invoices: byTime(sorted.invoices),
      cancellations: byTime(sorted.cancellations),
      rows,
      habits: inWords(habits),
      problems: more > 0 ? [...problems, `and ${more} more`] : problems,
    }
  }

  return { onRow, finished }
}

const byTime = <T extends { at: string }>(all: readonly T[]): T[] =>
  all.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))

const cellsOf = ({ cells }: Split, columns: Habits['columns']): Record<LogColumn, string> =>
  Object.fromEntries(logColumns.map((column) => [column, cells[columns[column]] ?? ''])) as Record<
    LogColumn,
    string
  >

/** Of a damaged row as well, as far as a line split by its separators alone can tell. */
function numberOf({ cells, text }: Split, { columns, dialect }: Habits): string | undefined {
  if (text === undefined || cells.length > columns.InvoiceNo) return cells[columns.InvoiceNo]
  const pieces = text.split(dialect.delimiter)
  return pieces.length === columns.count ? pieces[columns.InvoiceNo]?.replaceAll('"', '').trim() : undefined
}

const wanted = ({ column, text, wanted }: BadField): string => `${column} ${quoted(text)}: ${wanted}`

function inFull(fault: Damage | 'wrong_columns', { cells }: Split, { columns, dialect }: Habits): string {
  switch (fault) {
    case 'open_quote':
      return `the quote in column ${cells.length + 1} is never closed`
    case 'text_after_quote': {
      const right = dialect.escape === 'doubled' ? '""' : '\\"'
      return `text follows the closing quote in column ${cells.length + 1}; a quote inside is written as ${right}`
    }
    case 'wrong_columns':
      return `${cells.length} columns instead of ${columns.count}; text with a separator in it must be in quotes`
  }
}

function faultInWords(reason: InvoiceFault, { invoice, rows }: Draft, wrong: readonly LogRow[]): string {
  const [first] = rows
  const where = `line ${wrong[0]?.line ?? 0}: invoice ${invoice}`
  switch (reason) {
    case 'invoice_incomplete':
      return `${where} is not ordered, for another row of it is bad`
    case 'number_reused':
      return `${where} is another one in line ${first?.line ?? 0}: of another customer, or not of the same day; give it a number of its own`
    case 'too_many_lines':
      return `${where} has ${wrong.length} rows, more than an order can have`
    case 'no_date':
      return `${where} has no InvoiceDate in any row`
  }
}

/** Words that occur often are kept once; a copy, for a part of a text would keep the whole of it. */
function createShare(): (word: string) => string {
  const words = new Map<string, string>()
  return (word) => {
    const known = words.get(word)
    if (known !== undefined) return known
    const copy = Buffer.from(word).toString()
    words.set(copy, copy)
    return copy
  }
}

const shared = (row: LogRow, share: (word: string) => string): LogRow => ({
  ...row,
  invoice: share(row.invoice),
  productId: share(row.productId),
  name: share(row.name),
  customerId: share(row.customerId),
  country: share(row.country),
})
