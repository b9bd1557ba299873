import { LogRefused, quoted } from './refused.ts'

export const logColumns = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const
export type LogColumn = (typeof logColumns)[number]

/** Where each column stands, from 0; `count` are all that the header names. */
export type Columns = Record<LogColumn, number> & { count: number }

/** Capitals, blanks, underscores and the like make no difference. */
const names: Record<LogColumn, readonly string[]> = {
  InvoiceNo: ['invoiceno', 'invoice', 'invoicenumber'],
  StockCode: ['stockcode'],
  Description: ['description'],
  Quantity: ['quantity'],
  InvoiceDate: ['invoicedate'],
  UnitPrice: ['unitprice', 'price'],
  CustomerID: ['customerid'],
  Country: ['country'],
}

const plain = (header: string) => header.toLowerCase().replace(/[^a-z0-9]/g, '')

const placesOf = (header: readonly string[], column: LogColumn): number[] =>
  header.flatMap((name, i) => (names[column].includes(plain(name)) ? [i] : []))

export const missingColumns = (header: readonly string[]): LogColumn[] =>
  logColumns.filter((column) => placesOf(header, column).length === 0)

/** Throws LogRefused when a column is missing, or named twice. */
export function columnsOf(header: readonly string[], line: number): Columns {
  const missing = missingColumns(header)
  if (missing.length > 0) {
    const found = header.map((name) => name || '(no name)').join(', ')
    throw new LogRefused(
      `line ${line}: this is no order log: the column ${missing.join(', ')} is missing; found: ${quoted(found)}. ` +
        'Cells are separated by commas, semicolons, tabs or bars, and the first line names the columns',
    )
  }
  const twice = logColumns.find((column) => placesOf(header, column).length > 1)
  if (twice) {
    const found = placesOf(header, twice).map((place) => `${header[place]} (column ${place + 1})`)
    throw new LogRefused(`line ${line}: ${found.join(' and ')} both mean ${twice}; leave one of them`)
  }
  const places = logColumns.map((column) => [column, placesOf(header, column)[0] ?? 0])
  return { ...(Object.fromEntries(places) as Record<LogColumn, number>), count: header.length }
}

/** Those that are not read, by their names. */
export const otherColumns = (header: readonly string[], columns: Columns): string[] =>
  header.filter((name, i) => name !== '' && !logColumns.some((column) => columns[column] === i))
