import { maxLines } from '#contracts/lines.ts'
import { type Minor, maxAmount } from '#contracts/money.ts'
import { isCancellation, type LogRow, type SkipReason, skipReasonOf } from './row.ts'

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

/** Why rows that can be read are refused all the same. */
export type InvoiceFault =
  /** Another row of the invoice is bad: what is left is not what the customer ordered. */
  | 'invoice_incomplete'
  /** Another customer's, or of another day than the invoice's first row: nobody pays for another's goods. */
  | 'number_reused'
  | 'too_many_lines'
  | 'too_dear'
  /** No row of the invoice has a date. */
  | 'no_date'

/** All rows of one number, as they come; `blocks`: where those begin that follow rows of another. */
export type Draft = { invoice: string; rows: LogRow[]; blocks: number[]; isDamaged: boolean }

/** A file that was put together may hold an invoice more than once, word for word. Resolves to how many rows it drops. */
export function dropRepeats(draft: Draft): number {
  if (draft.blocks.length < 2) return 0
  const blocks = draft.blocks.map((start, i) => draft.rows.slice(start, draft.blocks[i + 1]))
  const contents = blocks.map((rows) => JSON.stringify(rows.map((row) => ({ ...row, line: 0 }))))
  const before = draft.rows.length
  draft.rows = blocks.filter((_, i) => i === 0 || contents[i] !== contents[0]).flat()
  return before - draft.rows.length
}

export type Judged = {
  order?: Invoice
  cancellation?: Cancellation
  /** About the invoice as a whole, and about the second one that uses its number. */
  refused: (SkipReason | InvoiceFault)[]
  skipped: SkipReason[]
  faults: { reason: InvoiceFault; rows: readonly LogRow[] }[]
  /** What was sold together, whoever bought it. */
  basket: LogLine[]
  /** Rows that stand in the order word for word before. */
  repeated: number
}

/** A row whose blanks are filled. */
type Filled = LogRow & { at: number }

/** Rows of one invoice come within so many ms; numbers of other years are other invoices. */
const ONE_DAY = 24 * 3_600_000

/** Makes of one number's rows an order or a cancellation, and says what becomes of the others. */
export function judge({ invoice, rows, isDamaged }: Draft): Judged {
  const filled = fill(rows)
  if (filled === undefined) return { ...nothing, refused: ['no_date'], faults: [{ reason: 'no_date', rows }] }
  const [head] = filled
  if (!head) return isDamaged ? { ...nothing, refused: ['invoice_incomplete'] } : nothing
  const isTheirs = ({ customerId, at }: Filled) =>
    customerId === head.customerId && Math.abs(at - head.at) <= ONE_DAY
  const others = filled.filter((row) => !isTheirs(row))
  const reused: Pick<Judged, 'refused' | 'faults'> =
    others.length > 0
      ? { refused: ['number_reused'], faults: [{ reason: 'number_reused', rows: others }] }
      : { refused: [], faults: [] }
  const theirs = judgeRows(invoice, filled.filter(isTheirs), isDamaged)
  return {
    ...theirs,
    refused: [...theirs.refused, ...reused.refused],
    faults: [...theirs.faults, ...reused.faults],
  }
}

const nothing: Judged = { refused: [], skipped: [], faults: [], basket: [], repeated: 0 }

/** All of one customer and one day. */
function judgeRows(invoice: string, rows: readonly Filled[], isDamaged: boolean): Judged {
  const refusedAs = (reason: InvoiceFault): Judged => ({
    ...nothing,
    refused: [reason],
    faults: [{ reason, rows }],
  })
  if (isDamaged) return refusedAs('invoice_incomplete')
  const [head] = rows
  if (!head) return nothing
  const { customerId, country } = head
  const at = new Date(head.at).toISOString()
  if (isCancellation(invoice)) {
    const lines = rows.map(({ productId, quantity }) => ({ productId, quantity: -quantity }))
    return { ...nothing, cancellation: { invoice, customerId, at, lines } }
  }
  const reasons = rows.map((row) => skipReasonOf({ ...row, country }))
  const sold = rows.filter((_, i) => reasons[i] === undefined)
  if (sold.length > maxLines) return refusedAs('too_many_lines')
  if (totalOf(sold) > maxAmount) return refusedAs('too_dear')
  const skipped = reasons.filter((reason) => reason !== undefined)
  const basket = rows.filter((row) => isSale({ ...row, country })).map(lineOf)
  const [first] = skipped
  if (sold.length === 0) return { ...nothing, basket, skipped, refused: first ? [first] : [] }
  const order = { invoice, customerId, country, at, lines: basket }
  return { ...nothing, basket, skipped, order, repeated: repeats(sold) }
}

const totalOf = (rows: readonly LogRow[]): Minor =>
  rows.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)

/** Whoever bought it, or nobody. */
const isSale = (row: LogRow): boolean =>
  skipReasonOf({ ...row, customerId: row.customerId || 'anyone' }) === undefined

const lineOf = ({ productId, name, quantity, unitPrice }: LogRow): LogLine => ({
  productId,
  name,
  quantity,
  unitPrice,
})

/** Other shops write customer, date and country on an order's first row only. Undefined when there is no date to fill in. */
function fill(rows: readonly LogRow[]): Filled[] | undefined {
  const customers = new Set(rows.flatMap(({ customerId }) => customerId || []))
  // What is blank in the first rows is what stands below, unless that is another customer's.
  const below = customers.size > 1 ? [] : rows
  let customerId = below.find((row) => row.customerId !== '')?.customerId ?? ''
  let country = below.find((row) => row.country !== '')?.country ?? ''
  let at = below.find((row) => row.at !== undefined)?.at
  const filled: Filled[] = []
  for (const row of rows) {
    customerId = row.customerId || customerId
    country = row.country || country
    at = row.at ?? at
    if (at === undefined) return undefined
    filled.push({ ...row, customerId, country, at })
  }
  return filled
}

function repeats(rows: readonly LogRow[]): number {
  const names = rows.map(({ productId, name, quantity, at, unitPrice }) =>
    JSON.stringify([productId, name, quantity, at, unitPrice]),
  )
  return names.length - new Set(names).size
}
