import type { LogColumn } from './columns.ts'
import type { DayOrder } from './dates.ts'
import { type Habits, habitsOf, inWords } from './habits.ts'
import {
  type Cancellation,
  type Draft,
  dropRepeats,
  type Invoice,
  type InvoiceFault,
  type Judged,
  judge,
  type LogLine,
} from './invoices.ts'
import { invoiceOf, isBadField, type LogRow, readRow, type SkipReason } from './row.ts'
import { faultOf, isBlank, isHeader, readRows } from './rows.ts'
import type { Split } from './splitter.ts'
import { createTally, type RowCounts, type Tally } from './tally.ts'
import { damageInWords, fieldInWords, invoiceInWords } from './words.ts'

export type OrderLog = {
  /** Those with at least one line, in the order of their times. */
  invoices: Invoice[]
  /** What customers sent back, in the order of times; quantities above zero. Not one line need make sense. */
  cancellations: Cancellation[]
  /** Invoices that become no order. */
  refused: { invoice: string; reason: SkipReason | InvoiceFault }[]
  /** What was bought together, sales without an account included: sizes true to life. */
  baskets: LogLine[][]
  rows: RowCounts
  /** How the file is read where it is not plain CSV. */
  habits: string[]
  /** What is wrong with the first bad rows, and what would be right. */
  problems: string[]
}

type Options = { days?: DayOrder | undefined; now?: () => number }

export async function readInvoices(file: string, { days, now = Date.now }: Options): Promise<OrderLog> {
  const habits = await habitsOf(file, { days })
  const tally = createTally()
  const drafts = createDrafts()
  const sort = sorter({ habits, tally, drafts, now: new Date(now()) })
  await readRows(file, habits, sort)
  const judged = drafts.all().map((draft) => settle(draft, tally))
  return {
    invoices: byTime(judged.flatMap(({ order }) => order ?? [])),
    cancellations: byTime(judged.flatMap(({ cancellation }) => cancellation ?? [])),
    refused: judged.flatMap(({ invoice, refused }) => refused.map((reason) => ({ invoice, reason }))),
    baskets: judged.map(({ basket }) => basket).filter((basket) => basket.length > 0),
    rows: tally.rows,
    habits: inWords(habits),
    problems: tally.problems(),
  }
}

type Sorting = { habits: Habits; tally: Tally; drafts: Drafts; now: Date }

/** Puts each row with its invoice, or counts it. */
function sorter({ habits, tally, drafts, now }: Sorting): (split: Split) => void {
  const share = createShare()
  return (split) => {
    tally.rows.in++
    if (isBlank(split)) return tally.skip('blank')
    if (isHeader(split, habits)) {
      drafts.pause()
      return tally.skip('header_again')
    }
    const number = numberOf(split, habits)
    const fault = faultOf(split, habits.columns)
    if (fault) {
      tally.bad(fault, `line ${split.line}: ${damageInWords(fault, split, habits)}`)
      return drafts.damage(number)
    }
    const row = readRow(cellsOf(split, habits.columns), split.line, { ...habits, now })
    if (isBadField(row)) {
      tally.bad('bad_value', `line ${split.line}, ${fieldInWords(row)}`)
      return drafts.damage(number)
    }
    drafts.add(shared(row, share))
  }
}

type Drafts = ReturnType<typeof createDrafts>

/** Rows by the numbers of their invoices, wherever in the file they stand. */
function createDrafts() {
  const drafts = new Map<string, Draft>()
  /** The row before's; and whether a row since then belongs to nobody knows which invoice. */
  let before: string | undefined
  let isLoose = false

  const draftOf = (invoice: string): Draft => {
    const draft = drafts.get(invoice) ?? { invoice, rows: [], blocks: [], isDamaged: false }
    drafts.set(invoice, draft)
    return draft
  }

  return {
    add(row: LogRow): void {
      const draft = draftOf(row.invoice)
      draft.isDamaged ||= isLoose && before === row.invoice
      if (before !== row.invoice) draft.blocks.push(draft.rows.length)
      draft.rows.push(row)
      before = row.invoice
      isLoose = false
    },
    /** The invoice of a bad row is not whole. Without a number it is the one above; a row of no telling, the one around it. */
    damage(number: string | undefined): void {
      const invoice = number === '' ? before : invoiceOf(number ?? '')
      if (invoice === undefined) isLoose = true
      else {
        draftOf(invoice).isDamaged = true
        before = invoice
      }
    },
    /** What follows begins anew. */
    pause(): void {
      before = undefined
    },
    all: (): Draft[] => [...drafts.values()],
  }
}

/** Counts what became of an invoice's rows, and lets go of them. */
function settle(draft: Draft, { rows, skip, bad }: Tally): Judged & { invoice: string } {
  const { invoice } = draft
  for (let again = dropRepeats(draft); again > 0; again--) skip('invoice_again')
  const judged = judge(draft)
  for (const reason of judged.skipped) skip(reason)
  for (const { reason, rows: wrong } of judged.faults)
    bad(reason, invoiceInWords(reason, draft, wrong), wrong.length)
  rows.lines += judged.order?.lines.length ?? 0
  rows.returnLines += judged.cancellation?.lines.length ?? 0
  rows.repeated += judged.repeated
  draft.rows = []
  return { ...judged, skipped: [], faults: [], invoice }
}

const byTime = <T extends { at: string }>(all: readonly T[]): T[] =>
  all.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))

/** One by one: this is done for each of a million rows. */
const cellsOf = ({ cells }: Split, columns: Habits['columns']): Record<LogColumn, string> => ({
  InvoiceNo: cells[columns.InvoiceNo] ?? '',
  StockCode: cells[columns.StockCode] ?? '',
  Description: cells[columns.Description] ?? '',
  Quantity: cells[columns.Quantity] ?? '',
  InvoiceDate: cells[columns.InvoiceDate] ?? '',
  UnitPrice: cells[columns.UnitPrice] ?? '',
  CustomerID: cells[columns.CustomerID] ?? '',
  Country: cells[columns.Country] ?? '',
})

/** Also for a damaged row, as far as a line split by its separators alone can tell. */
function numberOf({ cells, text }: Split, { columns, dialect }: Habits): string | undefined {
  if (text === undefined || cells.length > columns.InvoiceNo) return cells[columns.InvoiceNo]
  const pieces = text.split(dialect.delimiter)
  return pieces.length === columns.count ? pieces[columns.InvoiceNo]?.replaceAll('"', '').trim() : undefined
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
