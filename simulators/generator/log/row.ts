import { idInWords, isId, isProductId, productIdInWords } from '#contracts/ids.ts'
import { lengths } from '#contracts/limits.ts'
import { maxQuantity } from '#contracts/lines.ts'
import { type Minor, maxAmount } from '#contracts/money.ts'
import { tidied } from '#platform/values/texts.ts'
import { isTimely, timelyInWords } from '#platform/values/times.ts'
import { canonicalCountry } from '../plan/countries.ts'
import type { LogColumn } from './columns.ts'
import { timeOf } from './dates.ts'
import type { Habits } from './habits.ts'
import { amountOf, wholeOf } from './numbers.ts'

/** Why a sale's row does not become a line of an order. When several hold, the first in this order counts. */
export const skipReasons = [
  'no_customer',
  'not_a_product',
  'zero_price',
  'negative_quantity',
  'unknown_country',
] as const
export type SkipReason = (typeof skipReasons)[number]

export type LogRow = {
  line: number
  invoice: string
  productId: string
  name: string
  quantity: number
  /** In ms since 1970; undefined where the cell is blank. */
  at: number | undefined
  unitPrice: Minor
  /** '' where the cell is blank. */
  customerId: string
  country: string
}

export type BadField = { column: LogColumn; text: string; wanted: string }

export const isBadField = (row: LogRow | BadField): row is BadField => 'wanted' in row

type Cells = Record<LogColumn, string>
type Reading = Pick<Habits, 'days' | 'decimals'> & { now: Date }

/** Reads the cells of a row, or says which is the first that cannot be read, and what would be right. */
export function readRow(cells: Cells, line: number, { days, decimals, now }: Reading): LogRow | BadField {
  const bad = (column: LogColumn, wanted: string): BadField => ({ column, text: cells[column], wanted })
  const invoice = invoiceOf(cells.InvoiceNo)
  if (invoice === undefined)
    return bad('InvoiceNo', 'must be up to 12 digits, with one letter before them at most')
  const productId = productIdOf(cells.StockCode)
  if (SHORTENED.test(productId)) return bad('StockCode', notShortened)
  if (!isProductId(productId)) return bad('StockCode', `must be ${productIdInWords}`)
  if (NO_TEXT.test(cells.Description))
    return bad('Description', 'holds bytes that are no text; save the file as UTF-8')
  const quantity = wholeOf(cells.Quantity, decimals)
  if (quantity === undefined || Math.abs(quantity) > maxQuantity)
    return bad('Quantity', `must be a whole number such as 6, up to ${maxQuantity}`)
  const at = blankOr(cells.InvoiceDate, (text) => timeOf(text, days))
  if (at === null) return bad('InvoiceDate', wantedDate(cells.InvoiceDate))
  if (at !== undefined && !isTimely(new Date(at), now)) return bad('InvoiceDate', `must be ${timelyInWords}`)
  const unitPrice = amountOf(cells.UnitPrice, decimals)
  if (unitPrice === undefined || unitPrice > maxAmount)
    return bad('UnitPrice', 'must be pounds with up to two decimals, such as 2.55')
  if (SHORTENED.test(cells.CustomerID)) return bad('CustomerID', notShortened)
  const customerId = blankOr(cells.CustomerID, customerIdOf)
  if (customerId === null) return bad('CustomerID', `must be ${idInWords}`)
  const country = isNothing(cells.Country) ? '' : (canonicalCountry(cells.Country) ?? cells.Country)
  const name = tidied(cells.Description, lengths.name)
  return { line, invoice, productId, name, quantity, at, unitPrice, customerId: customerId ?? '', country }
}

/** What stands for broken bytes of UTF-8, and the five bytes that Windows-1252 has no letter for. */
const NO_TEXT = /[\ufffd\u0081\u008d\u008f\u0090\u009d]/

/** 8.5123E+04: its last digits are lost. */
const SHORTENED = /^\d(?:[.,]\d+)?E\+?\d+$/i
const notShortened = 'is a number as spreadsheets shorten it; format the column as text'

/** What databases and spreadsheets write for nothing. */
const isNothing = (text: string): boolean => /^(|null|\\n|nan|none|nil|n\/a|#n\/a|<na>)$/i.test(text)

/** Null when it is neither blank nor right. */
function blankOr<T>(text: string, read: (text: string) => T | undefined): T | undefined | null {
  return isNothing(text) ? undefined : (read(text) ?? null)
}

/** A column with a blank in it is one of floats: 17850.0. */
const withoutFraction = (text: string): string => text.replace(/^(\d+)[.,]0+$/, '$1')

export function invoiceOf(text: string): string | undefined {
  const invoice = withoutFraction(text).toUpperCase()
  return /^[A-Z]?\d{1,12}$/.test(invoice) ? invoice : undefined
}

const customerIdOf = (text: string): string | undefined => {
  const customerId = withoutFraction(text)
  return isId(customerId) ? customerId : undefined
}

/** Products are one whatever the capitals: 85123a is 85123A. */
function productIdOf(text: string): string {
  const productId = withoutFraction(text)
  return isProduct(productId) ? productId.toUpperCase() : productId
}

const wantedDate = (text: string): string =>
  /^\d{5}([.,]\d+)?$/.test(text)
    ? "is a spreadsheet's count of days; format the column as a date such as 2010-12-01 08:26:00"
    : 'must be a date such as 2010-12-01 08:26:00'

/** A sale whose blanks are filled. */
export function skipReasonOf(row: LogRow): SkipReason | undefined {
  if (row.customerId === '') return 'no_customer'
  if (!isProduct(row.productId)) return 'not_a_product'
  if (row.unitPrice <= 0) return 'zero_price'
  if (row.quantity <= 0) return 'negative_quantity'
  if (canonicalCountry(row.country) === undefined) return 'unknown_country'
  return undefined
}

export const isCancellation = (invoice: string): boolean => invoice.startsWith('C')

/** Five digits and up to two letters (85123A, 15056BL); POST, D, M, C2, DOT or BANK CHARGES are none. */
export const isProduct = (code: string): boolean => /^\d{5}[A-Z]{0,2}$/i.test(code)
