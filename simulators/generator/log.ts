import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { type CsvError, parse } from 'csv-parse'
import type { Minor } from '#contracts/money.ts'
import {
  type BadField,
  isCancellation,
  type LogColumn,
  type LogRow,
  logColumns,
  parseRow,
  type SkipReason,
  skipReasonOf,
} from './row.ts'

export type LogLine = { productId: string; name: string; quantity: number; unitPrice: Minor }

export type Invoice = {
  invoice: string
  customerId: string
  country: string
  /** UTC, ISO 8601. */
  at: string
  lines: LogLine[]
}

/** `customerId` is '' when the log names none. */
export type Cancellation = Pick<Invoice, 'invoice' | 'customerId' | 'at'> & {
  lines: Pick<LogLine, 'productId' | 'quantity'>[]
}

export type OrderLog = {
  /** Those with at least one line, in the order of their times. */
  invoices: Invoice[]
  /** What customers sent back, in the order of times; quantities above zero. Not one line need make sense. */
  cancellations: Cancellation[]
  /** Sales without a line: each with the reason of its first row. */
  refused: { invoice: string; reason: SkipReason }[]
  /** What was bought together, sales without an account included: sizes true to life. */
  baskets: LogLine[][]
  /** in = lines + returnLines + the sum of skipped. */
  rows: {
    in: number
    /** Of orders. */
    lines: number
    /** Of cancellations. */
    returnLines: number
    skipped: Partial<Record<SkipReason, number>>
  }
  /** What is wrong with the first bad rows, with line and field. */
  problems: string[]
}

type Head = Pick<Invoice, 'customerId' | 'country' | 'at'>
/** The head comes with the first line; until then, `reason` is that of the first row. */
type Draft = { head?: Head; lines: LogLine[]; reason?: SkipReason; sold: LogLine[] }
type Reading = { drafts: Map<string, Draft>; rows: OrderLog['rows']; problems: string[] }
type LogRecord = Record<LogColumn, string>

const PROBLEMS_SHOWN = 20

/** Reads an order log, row by row. Throws when it has not the columns of one; a bad row is counted. */
export async function readOrderLog(source: string | Readable): Promise<OrderLog> {
  const reading: Reading = {
    drafts: new Map(),
    rows: { in: 0, lines: 0, returnLines: 0, skipped: {} },
    problems: [],
  }
  const parser = parse({
    bom: true,
    trim: true,
    info: true,
    columns: withLogColumns,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      countBad(reading, error?.message ?? 'a row cannot be read')
      return undefined
    },
  })
  const input = typeof source === 'string' ? createReadStream(source) : source
  // A failed read must reach the loop below: pipe() alone would leave it waiting.
  input.on('error', (error: Error) => parser.destroy(error)).pipe(parser)
  for await (const { record, info } of parser) readRow(reading, record, info.lines)
  return finished(reading)
}

function withLogColumns(header: string[]): string[] {
  const missing = logColumns.filter((column) => !header.includes(column))
  if (missing.length === 0) return header
  throw new Error(`this is no order log: the column ${missing.join(', ')} is missing`)
}

function readRow(reading: Reading, record: LogRecord, line: number): void {
  const row = parseRow(record)
  if (isBad(row)) {
    countBad(reading, `line ${line}: ${row.field} "${row.value}" cannot be read`)
    if (row.field !== 'InvoiceNo') draftOf(reading, record.InvoiceNo).reason ??= 'bad_row'
    return
  }
  reading.rows.in++
  const draft = draftOf(reading, row.invoice)
  const { productId, name, quantity, unitPrice } = row
  if (isCancellation(row.invoice)) {
    reading.rows.returnLines++
    return addLine(draft, row, { productId, name, quantity: -quantity, unitPrice })
  }
  const sold = { productId, name, quantity, unitPrice }
  const reason = skipReasonOf(row)
  if (skipReasonOf({ ...row, customerId: row.customerId || 'anyone' }) === undefined) draft.sold.push(sold)
  if (reason !== undefined) {
    count(reading, reason)
    draft.reason ??= reason
    return
  }
  reading.rows.lines++
  addLine(draft, row, sold)
}

function addLine(draft: Draft, { customerId, country, at }: LogRow, line: LogLine): void {
  draft.head ??= { customerId, country, at }
  draft.lines.push(line)
}

const isBad = (row: LogRow | BadField): row is BadField => 'field' in row

function draftOf({ drafts }: Reading, invoice: string): Draft {
  const draft = drafts.get(invoice) ?? { lines: [], sold: [] }
  drafts.set(invoice, draft)
  return draft
}

function countBad(reading: Reading, problem: string): void {
  reading.rows.in++
  count(reading, 'bad_row')
  if (reading.problems.length < PROBLEMS_SHOWN) reading.problems.push(problem)
}

function count({ rows }: Reading, reason: SkipReason): void {
  rows.skipped[reason] = (rows.skipped[reason] ?? 0) + 1
}

function finished({ drafts, rows, problems }: Reading): OrderLog {
  const all = [...drafts]
  const whole = all
    .flatMap(([invoice, { head, lines }]) => (head ? [{ invoice, ...head, lines }] : []))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return {
    invoices: whole.filter(({ invoice }) => !isCancellation(invoice)),
    cancellations: whole.filter(({ invoice }) => isCancellation(invoice)),
    refused: all.flatMap(([invoice, { head, reason }]) => (!head && reason ? [{ invoice, reason }] : [])),
    baskets: all.map(([, { sold }]) => sold).filter((sold) => sold.length > 0),
    rows,
    problems,
  }
}
