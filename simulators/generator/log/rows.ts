import { isDeepStrictEqual } from 'node:util'
import { type Columns, columnsOf, logColumns, missingColumns, otherColumns } from './columns.ts'
import { type Encoding, textOf } from './encoding.ts'
import { LogRefused } from './refused.ts'
import { createSplitter, type Damage, type Dialect, type Split } from './splitter.ts'

/** `others` are the names of columns that are not read. */
export type Header = { line: number; columns: Columns; others: string[] }

/** A spreadsheet's own hint, in a line before the header: sep=; */
export const sheetHint = /^"?sep=(.)"?[ \t]*(?:[\r\n]|$)/i

/** Calls `onRow` with each row below the header that is not empty. Throws LogRefused when there is none, or no header. */
export async function readRows(
  file: string,
  { encoding, dialect }: { encoding: Encoding; dialect: Dialect },
  onRow: (row: Split, header: Header) => void,
): Promise<Header> {
  let header: Header | undefined
  let rows = 0
  const splitter = createSplitter({
    dialect,
    isRow: (cells) => header !== undefined && looksLikeRow(cells, header.columns),
    isWhole: (cells) => header === undefined || mayHaveLines(cells, header.columns),
    onRow: (row) => {
      if (isEmpty(row)) return
      if (header) {
        rows++
        onRow(row, header)
      } else if (!isHint(row, dialect)) header = headerOf(row)
    },
  })
  for await (const chunk of textOf(file, encoding)) splitter.push(chunk)
  splitter.end()
  if (!header)
    throw new LogRefused('there is no line but empty ones; an order log begins with its column names')
  if (rows === 0) throw new LogRefused('there is no row below the column names')
  return header
}

/** Why a row cannot be told into its columns. */
export function faultOf({ cells, damage }: Split, columns: Columns): Damage | 'wrong_columns' | undefined {
  return damage ?? (isWhole(cells, columns) ? undefined : 'wrong_columns')
}

const isWhole = (cells: readonly string[], { count }: Columns): boolean => cells.length === count

export const isBlank = ({ cells, damage }: Split): boolean => !damage && cells.every((cell) => cell === '')

/** Only a description is ever on several lines. */
const mayHaveLines = (cells: readonly string[], columns: Columns): boolean =>
  isWhole(cells, columns) &&
  logColumns.every((column) => column === 'Description' || !/[\r\n]/.test(cells[columns[column]] ?? ''))

/** Where files were put together, the header comes again. Throws LogRefused when it would have the rows below read otherwise. */
export function isHeader({ cells, damage, line }: Split, header: Header): boolean {
  // Any row has digits there; to look for all names in each of a million rows would be slow.
  if (damage || /\d/.test(cells[header.columns.Quantity] ?? '') || missingColumns(cells).length > 0)
    return false
  const columns = columnsOf(cells, line)
  if (isDeepStrictEqual(columns, header.columns)) return true
  throw new LogRefused(
    `line ${line} names the columns again, in another order than line ${header.line}; make it a file of its own`,
  )
}

const isEmpty = (row: Split): boolean => row.cells.length === 1 && isBlank(row)

const isHint = ({ cells }: Split, { delimiter }: Dialect): boolean =>
  sheetHint.test(cells.join(delimiter)) || (cells.length === 1 && /^sep=/i.test(cells[0] ?? ''))

function headerOf({ line, cells, damage }: Split): Header {
  if (damage) {
    const what =
      damage === 'open_quote'
        ? 'among the column names is not closed'
        : 'too many or too few among the column names'
    throw new LogRefused(`line ${line}: a quote ${what}`)
  }
  const columns = columnsOf(cells, line)
  return { line, columns, others: otherColumns(cells, columns) }
}

/** A line of its own, though a quote before it was left open. */
function looksLikeRow(cells: readonly string[], columns: Columns): boolean {
  if (cells.length !== columns.count) return false
  const { InvoiceNo, Quantity, UnitPrice } = columns
  return (
    /^[A-Z]?\d/i.test(cells[InvoiceNo] ?? '') &&
    [Quantity, UnitPrice].every((at) => /^[-£\d.,'’ ]*\d/.test(cells[at] ?? ''))
  )
}
