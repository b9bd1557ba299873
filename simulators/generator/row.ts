import { inMinor } from '#contracts/money.ts'
import { capitalOf } from './countries.ts'

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

/** Why a sale's row does not become a line of an order. When several hold, the first in this order counts. */
export type SkipReason =
  | 'bad_row'
  | 'no_customer'
  | 'not_a_product'
  | 'zero_price'
  | 'negative_quantity'
  | 'unknown_country'

export type LogRow = {
  invoice: string
  productId: string
  name: string
  quantity: number
  /** UTC, ISO 8601. */
  at: string
  /** In pence. */
  unitPrice: number
  /** '' for a sale without an account. */
  customerId: string
  country: string
}

export type BadField = { field: LogColumn; value: string }

/** Reads the fields of a row, or names the first that cannot be read. */
export function parseRow(fields: Record<LogColumn, string>): LogRow | BadField {
  const bad = (field: LogColumn): BadField => ({ field, value: fields[field] })
  const { InvoiceNo: invoice, StockCode: productId, Description: name, Country: country } = fields
  if (!/^[A-Z]?\d{1,12}$/i.test(invoice)) return bad('InvoiceNo')
  if (productId === '' || productId.length > 64) return bad('StockCode')
  const quantity = wholeNumber(fields.Quantity)
  if (quantity === undefined) return bad('Quantity')
  const at = utcOfLondon(fields.InvoiceDate)
  if (at === undefined) return bad('InvoiceDate')
  const unitPrice = inMinor(fields.UnitPrice)
  if (unitPrice === undefined) return bad('UnitPrice')
  const customerId = fields.CustomerID.replace(/^(\d+)\.0$/, '$1')
  if (!/^[\w.-]{0,64}$/.test(customerId)) return bad('CustomerID')
  return { invoice, productId, name, quantity, at, unitPrice, customerId, country }
}

export const isCancellation = (invoice: string): boolean => /^C/i.test(invoice)

/** Of a sale. */
export function skipReasonOf(row: LogRow): SkipReason | undefined {
  if (row.customerId === '') return 'no_customer'
  if (!isProduct(row.productId)) return 'not_a_product'
  if (row.unitPrice <= 0) return 'zero_price'
  if (row.quantity <= 0) return 'negative_quantity'
  if (!capitalOf(row.country)) return 'unknown_country'
  return undefined
}

/** Five digits and up to two letters (85123A, 15056BL); POST, D, M, C2, DOT or BANK CHARGES are none. */
export const isProduct = (code: string) => /^\d{5}[A-Z]{0,2}$/i.test(code)

function wholeNumber(text: string): number | undefined {
  if (!/^-?\d{1,10}$/.test(text)) return undefined
  const number = Number(text)
  // What a pre-order can carry: an int32.
  return Math.abs(number) < 2 ** 31 ? number : undefined
}

const HOUR = 3_600_000
const hourInLondon = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hour: '2-digit',
  hourCycle: 'h23',
})

/** "2010-12-01 08:26:00" on a London clock, in UTC; undefined when there is no such time. */
function utcOfLondon(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?$/.exec(text)
  if (!match) return undefined
  const [, day, hour = '', minute, second = '00'] = match
  const written = `${day}T${hour}:${minute}:${second}.000Z`
  const winter = Date.parse(written)
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(winter) || new Date(winter).toISOString() !== written) return undefined
  const summer = winter - HOUR
  return new Date(hourInLondon.format(summer) === hour ? summer : winter).toISOString()
}
