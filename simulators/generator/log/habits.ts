import { type Columns, missingColumns } from './columns.ts'
import { type DayOrder, dayOrderOf } from './dates.ts'
import { detectEncoding, type Encoding, textOf } from './encoding.ts'
import { type DecimalMark, markOf } from './numbers.ts'
import { LogRefused, quoted } from './refused.ts'
import { faultOf, type Header, readRows, sheetHint } from './rows.ts'
import { type Dialect, readLine, type Split } from './splitter.ts'

/** How one file writes what all order logs say. */
export type Habits = Header & {
  encoding: Encoding
  dialect: Dialect
  /** Undefined where it makes no difference. */
  days: DayOrder | undefined
  decimals: DecimalMark | undefined
}

/** Looks through the whole file, for its last row may say what the first one means. Throws LogRefused when nothing does. */
export async function habitsOf(file: string, given: { days?: DayOrder | undefined }): Promise<Habits> {
  const encoding = await detectEncoding(file)
  const delimiter = await delimiterOf(file, encoding)
  const { dialect, header, days, decimals } = await plainest(file, encoding, delimiter)
  return {
    encoding,
    dialect,
    ...header,
    days: given.days ?? dayOrder(days),
    decimals: decimalMark(decimals),
  }
}

/** Quotes are doubled unless more rows make sense with backslashes. */
async function plainest(file: string, encoding: Encoding, delimiter: string) {
  const doubled = await evidenceOf(file, encoding, { delimiter, escape: 'doubled' })
  if (doubled.broken === 0) return doubled
  const escaped = await evidenceOf(file, encoding, { delimiter, escape: 'backslash' })
  return escaped.broken < doubled.broken ? escaped : doubled
}

/** What is told of a file that is not plain CSV. */
export function inWords({ encoding, dialect, others, days, decimals }: Habits): string[] {
  const { delimiter, escape } = dialect
  return [
    ...(encoding === 'UTF-8' ? [] : [encoding]),
    ...(delimiter === ',' ? [] : [`separated by ${delimiters[delimiter] ?? quoted(delimiter)}`]),
    ...(escape === 'doubled' ? [] : ['quotes escaped by backslashes']),
    ...(days === undefined ? [] : [days === 'dmy' ? 'the day first in dates' : 'the month first in dates']),
    ...(decimals === ',' ? ['decimal commas'] : []),
    ...(others.length === 0 ? [] : [`without the columns ${listed(others)}`]),
  ]
}

const OTHERS_SHOWN = 10

function listed(names: readonly string[]): string {
  const more = names.length - OTHERS_SHOWN
  return `${names.slice(0, OTHERS_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const delimiters: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' }

const START = 64 * 1_024
const firstLine = /^(?:[ \t]*(?:\r\n|\r|\n))*/

async function delimiterOf(file: string, encoding: Encoding): Promise<string> {
  let text = ''
  for await (const chunk of textOf(file, encoding)) {
    text += chunk
    if (text.length > START) break
  }
  const start = text.replace(firstLine, '')
  const hinted = sheetHint.exec(start)?.[1]
  if (hinted !== undefined) return hinted
  const header = /^[^\r\n]*/.exec(start)?.[0] ?? ''
  const missing = (delimiter: string) =>
    missingColumns(readLine(header, { delimiter, escape: 'doubled' }).cells).length
  return Object.keys(delimiters).reduce((best, one) => (missing(one) < missing(best) ? one : best), ',')
}

type Found = { line: number; column: string; text: string }
/** The first of each kind. */
type Seen<Kind extends string> = Partial<Record<Kind | 'either', Found>>
/** `broken`: rows that cannot be split so. */
type Evidence = { broken: number; days: Seen<DayOrder>; decimals: Seen<DecimalMark> }

async function evidenceOf(
  file: string,
  encoding: Encoding,
  dialect: Dialect,
): Promise<Evidence & { dialect: Dialect; header: Header }> {
  const evidence: Evidence = { broken: 0, days: {}, decimals: {} }
  const header = await readRows(file, { encoding, dialect }, (row, { columns }) => {
    if (faultOf(row, columns)) evidence.broken++
    else learn(evidence, row, columns)
  })
  return { ...evidence, dialect, header }
}

function learn({ days, decimals }: Evidence, { line, cells }: Split, columns: Columns): void {
  const date = cells[columns.InvoiceDate] ?? ''
  const order = dayOrderOf(date)
  if (order) days[order] ??= { line, column: 'InvoiceDate', text: date }
  for (const column of ['UnitPrice', 'Quantity'] as const) {
    const text = cells[columns[column]] ?? ''
    const mark = markOf(text)
    if (mark) decimals[mark] ??= { line, column, text }
  }
}

const placeOf = ({ line, column, text }: Found) => `line ${line}, ${column} ${quoted(text)}`

function dayOrder({ dmy, mdy, either }: Seen<DayOrder>): DayOrder | undefined {
  if (dmy && mdy)
    throw new LogRefused(
      `the day stands first in ${placeOf(dmy)} and second in ${placeOf(mdy)}; write both as 2010-12-31, or say with --dates dmy or --dates mdy which rows to read`,
    )
  if (either && !dmy && !mdy)
    throw new LogRefused(
      `${placeOf(either)}: no row of the file tells the day from the month; say with --dates dmy (31/12/2010) or --dates mdy (12/31/2010)`,
    )
  return dmy ? 'dmy' : mdy ? 'mdy' : undefined
}

function decimalMark({ '.': point, ',': comma, either }: Seen<DecimalMark>): DecimalMark | undefined {
  if (either && Boolean(point) === Boolean(comma))
    throw new LogRefused(
      `${placeOf(either)}: no other number of the file tells thousands from decimals; write it without a mark between thousands`,
    )
  return point && comma ? undefined : point ? '.' : comma && ','
}
