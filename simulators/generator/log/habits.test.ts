import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { lengths } from '#contracts/limits.ts'
import { about, ensure } from '#platform/testing/expect.ts'
import { tidied } from '#platform/values/texts.ts'
import { logColumns } from './columns.ts'
import { withLog } from './fixtures.ts'
import { type OrderLog, readOrderLog } from './log.ts'

type Sale = { name: string; quantity: number; pence: number; product: number }
type Order = { day: number; customer: number; sales: Sale[] }

const sale = fc.record({
  name: fc.string({
    unit: fc.constantFrom(...'AB  ,;\t|"\'\\\n\r.é'.split(''), 'x£', ' "', '\\"', '\r\n', '""'),
    maxLength: 12,
  }),
  // All lines together cost no more than an order may.
  quantity: fc.integer({ min: 1, max: 900 }),
  pence: fc.integer({ min: 1, max: 250_000_000 }),
  product: fc.integer({ min: 10_000, max: 10_009 }),
})
const order = fc.record({
  // In winter, when London's clocks show UTC.
  day: fc.integer({ min: 0, max: 110 }),
  customer: fc.integer({ min: 12_000, max: 12_005 }),
  sales: fc.array(sale, { minLength: 1, maxLength: 4 }),
})

const dates = {
  iso: (iso: string) => iso.slice(0, 19).replace('T', ' '),
  zulu: (iso: string) => iso,
  dmy: (iso: string) => `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} ${iso.slice(11, 16)}`,
  mdy: (iso: string) =>
    `${Number(iso.slice(5, 7))}/${iso.slice(8, 10)}/${iso.slice(2, 4)} ${iso.slice(11, 19)}`,
  points: (iso: string) => `${iso.slice(8, 10)}.${iso.slice(5, 7)}.${iso.slice(0, 4)} ${iso.slice(11, 16)}`,
}
const headers = {
  first: logColumns,
  second: [
    'Invoice',
    'StockCode',
    'Description',
    'Quantity',
    'InvoiceDate',
    'Price',
    'Customer ID',
    'Country',
  ],
  odd: [
    'invoice_no',
    'STOCKCODE',
    'description',
    'quantity',
    'Invoice Date',
    'unit price',
    'customerid',
    'COUNTRY',
  ],
}

const habit = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  escape: fc.constantFrom('doubled', 'backslash'),
  quoting: fc.constantFrom('needed', 'all', 'words'),
  ends: fc.constantFrom(['\n'], ['\r\n'], ['\r'], ['\n', '\r\n', '\r']),
  encoding: fc.constantFrom('utf8', 'bom', 'utf16le', 'utf16be', 'latin1'),
  date: fc.constantFrom(...(Object.keys(dates) as (keyof typeof dates)[])),
  decimals: fc.constantFrom('.', ','),
  thousands: fc.boolean(),
  header: fc.constantFrom(...(Object.keys(headers) as (keyof typeof headers)[])),
  // The second line of a name is no row, for it begins with no invoice number.
  order: fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 7 }).map((others) => [0, ...others]),
  index: fc.boolean(),
  firstRowOnly: fc.boolean(),
  floats: fc.boolean(),
})
type Habit = typeof habit extends fc.Arbitrary<infer T> ? T : never

/** What makes a file's dates, quotes and decimals plain, so that nobody need be asked. */
const plain: Order = {
  day: 30,
  customer: 12_000,
  sales: [{ name: 'A "B" C', quantity: 1, pence: 255, product: 10_000 }],
}

const numberOf = (n: number) => String(500_000 + n)
const timeOf = ({ day }: Order, n: number) =>
  new Date(Date.UTC(2009, 11, 1 + day, 9, n % 60)).toISOString().replace('.000', '')

function amount(pence: number, { decimals, thousands }: Habit): string {
  const pounds = String(Math.floor(pence / 100))
  const other = decimals === '.' ? ',' : '.'
  const grouped = thousands ? pounds.replace(/\B(?=(\d{3})+$)/g, other) : pounds
  return `${grouped}${decimals}${String(pence % 100).padStart(2, '0')}`
}

function cellsOf(one: Order, n: number, i: number, habit: Habit): string[] {
  const sale = one.sales[i]
  ensure(sale)
  const blank = habit.firstRowOnly && i > 0
  return [
    numberOf(n),
    String(sale.product),
    sale.name,
    String(sale.quantity),
    blank ? '' : dates[habit.date](timeOf(one, n)),
    amount(sale.pence, habit),
    blank ? '' : `${one.customer}${habit.floats ? `${habit.decimals}0` : ''}`,
    blank ? '' : 'France',
  ]
}

function written(cell: string, { delimiter, escape, quoting }: Habit): string {
  const needed = /["\r\n]|^\s|\s$/.test(cell) || cell.includes(delimiter)
  if (!needed && quoting !== 'all' && !(quoting === 'words' && /[A-Z]/i.test(cell))) return cell
  const inside = escape === 'doubled' ? cell.replaceAll('"', '""') : cell.replace(/["\\]/g, '\\$&')
  return `"${inside}"`
}

/** The file's rows; `spoil` may change the cells of one as they are written. */
function rowsOf(orders: Order[], habit: Habit, spoil = (cells: string[], _nth: number) => cells): string[] {
  const rows = orders.flatMap((one, n) => one.sales.map((_, i) => cellsOf(one, n, i, habit)))
  const arrange = (cells: readonly string[]) => habit.order.map((at) => cells[at] ?? '')
  const line = (cells: readonly string[], nth: number) => {
    const own = arrange(cells).map((cell) => written(cell, habit))
    return spoil(habit.index ? [nth < 0 ? '' : String(nth), ...own] : own, nth).join(habit.delimiter)
  }
  return [line(headers[habit.header], -1), ...rows.map(line)]
}

function encoded(lines: string[], { ends, encoding }: Habit): Buffer {
  const text = lines.map((line, n) => `${line}${ends[n % ends.length]}`).join('')
  switch (encoding) {
    case 'utf8':
      return Buffer.from(text)
    case 'bom':
      return Buffer.from(`\ufeff${text}`)
    case 'utf16le':
      return Buffer.from(`\ufeff${text}`, 'utf16le')
    case 'utf16be':
      return Buffer.from(`\ufeff${text}`, 'utf16le').swap16()
    default:
      return Buffer.from(text, 'latin1')
  }
}

const expected = (one: Order, n: number) => ({
  invoice: numberOf(n),
  customerId: String(one.customer),
  country: 'France',
  at: timeOf(one, n).replace('Z', '.000Z'),
  lines: one.sales.map(({ name, quantity, pence, product }) => ({
    productId: String(product),
    name: tidied(name, lengths.name),
    quantity,
    unitPrice: pence,
  })),
})

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
const found = ({ invoices }: OrderLog, n: number) => invoices.find(({ invoice }) => invoice === numberOf(n))
const countsAll = ({ rows }: OrderLog) =>
  rows.in === rows.lines + rows.returnLines + sum(rows.skipped) + sum(rows.bad)

test('whatever the habits of the tool that wrote it, what is read is what was written', async () => {
  const property = fc.asyncProperty(habit, fc.array(order, { maxLength: 6 }), async (habit, some) => {
    const orders = [plain, ...some]
    const log = await withLog(encoded(rowsOf(orders, habit), habit), (file) => readOrderLog(file))
    expect(log.problems).toStrictEqual([])
    for (const [n, one] of orders.entries()) expect(found(log, n)).toStrictEqual(expected(one, n))
    expect(log.rows.in).toBe(orders.flatMap(({ sales }) => sales).length)
    expect(countsAll(log)).toBeTruthy()
  })
  await fc.assert(property, { numRuns: 60 })
})

/** What goes wrong with one row of a file, at one of its cells. */
const damages: Record<string, (cells: string[], at: number, habit: Habit) => string[]> = {
  'a quote left open': (cells, at) => cells.with(at, `"${cells[at]?.replaceAll('"', '')}`),
  'a stray quote': (cells, at) => cells.with(at, `"A"B ${cells[at]?.replaceAll(/["\r\n]/g, '')}`),
  'a cell too few': (cells, at) => cells.toSpliced(at, 1),
  'a cell too many': (cells, at) => cells.toSpliced(at, 0, 'x'),
  'a row cut off': (cells, at) => cells.slice(0, at),
}

test('a damaged row is counted, its invoice is not ordered in part, and all other invoices are read', async () => {
  const kind = fc.constantFrom(...Object.keys(damages))
  const property = fc.asyncProperty(
    habit,
    fc.array(order, { minLength: 3, maxLength: 6 }),
    kind,
    fc.nat(6),
    fc.nat(),
    async (tool, some, kind, column, where) => {
      const orders = [plain, ...some, plain]
      // What stands before the damage tells the invoice.
      const habit: Habit = { ...tool, order: [0, 1, 2, 3, 4, 5, 6, 7] }
      const at = 1 + column + (habit.index ? 1 : 0)
      const nth = orders.flatMap((one, n) => one.sales.map(() => n))
      const spoiled = where % nth.length
      const lines = rowsOf(orders, habit, (cells, n) =>
        n === spoiled ? (damages[kind]?.(cells, at, habit) ?? cells) : cells,
      )
      const log = await withLog(encoded(lines, habit), (file) => readOrderLog(file))
      expect(countsAll(log)).toBeTruthy()
      expect(log.rows.in).toBeGreaterThanOrEqual(nth.length - (lines[spoiled + 1] === '' ? 1 : 0))
      for (const [n, one] of orders.entries()) {
        const order = found(log, n)
        if (n !== nth[spoiled] || order) about(kind, () => expect(order).toStrictEqual(expected(one, n)))
      }
      expect(sum(log.rows.bad) > 0 || found(log, nth[spoiled] ?? 0) || lines[spoiled + 1] === '').toBeTruthy()
    },
  )
  await fc.assert(property, { numRuns: 60 })
})
