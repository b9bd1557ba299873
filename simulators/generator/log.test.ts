import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { readOrderLog } from './log.ts'

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'
const read = (...rows: string[]) => readOrderLog(Readable.from([[HEADER, ...rows].join('\n')]))
const seed = readOrderLog('data/online-retail-2010-12-01.csv')

const totalOf = (lines: { quantity: number; unitPrice: number }[]) =>
  lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)

// The figures of this day were worked out from the file by other means: decimal arithmetic, row by row.
test('every row of the seed day is a line of an order or counted by its reason', async () => {
  const { rows, problems } = await seed
  assert.deepEqual(rows, {
    in: 3_108,
    lines: 1_936,
    returnLines: 26,
    skipped: { no_customer: 1_140, not_a_product: 6 },
  })
  assert.equal(rows.in, rows.lines + rows.returnLines + sum(rows.skipped))
  assert.deepEqual(problems, [])
})

test('the seed day has 121 orders of 95 customers over 46,219.29 pounds, 6 cancellations, and 16 invoices refused', async () => {
  const { invoices, cancellations, refused } = await seed
  assert.equal(invoices.length, 121)
  assert.equal(new Set(invoices.map(({ customerId }) => customerId)).size, 95)
  assert.equal(totalOf(invoices.flatMap(({ lines }) => lines)), 4_621_929)
  assert.equal(cancellations.length, 6)
  assert.equal(refused.filter(({ reason }) => reason === 'no_customer').length, 16)
  assert.equal(refused.length, 16)
})

test('the baskets of sales without an account are kept as well, up to the largest', async () => {
  const sizes = (await seed).baskets.map(({ length }) => length)
  assert.ok(sizes.length > 121)
  assert.equal(Math.max(...sizes), 591)
  assert.equal(Math.min(...sizes), 1)
})

test('an invoice keeps the same product on two lines, its customer, country and time', async () => {
  const { invoices } = await read(
    '536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom',
    '536365,85123A,HEART,2,2010-12-01 08:27:00,2.95,17850.0,United Kingdom',
  )
  const lines = [
    { productId: '85123A', name: 'HEART', quantity: 6, unitPrice: 255 },
    { productId: '85123A', name: 'HEART', quantity: 2, unitPrice: 295 },
  ]
  const head = { invoice: '536365', customerId: '17850', country: 'United Kingdom' }
  assert.deepEqual(invoices, [{ ...head, at: '2010-12-01T08:26:00.000Z', lines }])
})

test('each reason is recognised, and the first that holds counts', async () => {
  const { rows, refused, invoices } = await read(
    '2,85123A,,-10,2010-12-01 08:26:00,0.0,,United Kingdom',
    '3,BANK CHARGES,Bank Charges,1,2010-12-01 08:26:00,15.0,17850.0,United Kingdom',
    '4,gift_0001_20,Gift,1,2010-12-01 08:26:00,15.0,17850.0,United Kingdom',
    '5,85123A,FREE,1,2010-12-01 08:26:00,0.0,17850.0,United Kingdom',
    '6,85123A,BACK,-1,2010-12-01 08:26:00,1.5,17850.0,United Kingdom',
    '7,85123A,WHERE,1,2010-12-01 08:26:00,1.5,17850.0,Unspecified',
    '8,15056BL,FINE,1,2010-12-01 08:26:00,5.95,17850.0,EIRE',
  )
  assert.deepEqual(rows.skipped, {
    no_customer: 1,
    not_a_product: 2,
    zero_price: 1,
    negative_quantity: 1,
    unknown_country: 1,
  })
  assert.equal(refused.length, 6)
  assert.deepEqual(
    invoices.map(({ invoice }) => invoice),
    ['8'],
  )
})

test('a cancellation invoice keeps all its rows, with pieces above zero, and is no basket', async () => {
  const { cancellations, invoices, baskets, refused } = await read(
    'C1,85123A,HEART,-6,2010-12-01 08:26:00,2.55,17850.0,Unspecified',
    'C1,D,Discount,-1,2010-12-01 08:26:00,27.5,17850.0,Unspecified',
    'C2,85123A,HEART,-1,2010-12-01 08:25:00,2.55,,France',
  )
  const lines = (...all: [string, number][]) => all.map(([productId, quantity]) => ({ productId, quantity }))
  assert.deepEqual(
    cancellations.map(({ invoice, customerId, ...one }) => [
      invoice,
      customerId,
      lines(...one.lines.map(({ productId, quantity }): [string, number] => [productId, quantity])),
    ]),
    [
      ['C2', '', lines(['85123A', 1])],
      ['C1', '17850', lines(['85123A', 6], ['D', 1])],
    ],
  )
  assert.deepEqual([invoices, baskets, refused], [[], [], []])
})

test('an invoice that loses one row keeps its others', async () => {
  const { invoices, refused } = await read(
    '1,POST,POSTAGE,3,2010-12-01 08:26:00,18.0,12583.0,France',
    '1,22728,ALARM CLOCK,24,2010-12-01 08:26:00,3.75,12583.0,France',
  )
  assert.deepEqual([invoices.length, invoices[0]?.lines.length, refused.length], [1, 1, 0])
})

test('a bad row is counted, and said with its line and field; the rows after it are read', async () => {
  const { rows, problems, invoices, refused } = await read(
    '1,85123A,A,many,2010-12-01 08:26:00,2.55,17850.0,France',
    '2,85123A,B,1,2010-02-30 08:26:00,2.55,17850.0,France',
    '3,85123A,C,1,2010-12-01 08:26:00,0.001,17850.0,France',
    '4,85123A,D',
    '5,85123A,"E, with a comma",1,2010-12-01 08:26:00,2.55,17850.0,France',
  )
  assert.deepEqual(rows, { in: 5, lines: 1, returnLines: 0, skipped: { bad_row: 4 } })
  // The parser reads ahead, so what it cannot split at all may come first.
  assert.deepEqual(problems.toSorted(), [
    'Invalid Record Length: columns length is 8, got 3 on line 5',
    'line 2: Quantity "many" cannot be read',
    'line 3: InvoiceDate "2010-02-30 08:26:00" cannot be read',
    'line 4: UnitPrice "0.001" cannot be read',
  ])
  assert.equal(invoices[0]?.lines[0]?.name, 'E, with a comma')
  assert.deepEqual(
    refused.map(({ reason }) => reason),
    ['bad_row', 'bad_row', 'bad_row'],
  )
})

test('invoices come in the order of their times, on London clocks in winter and in summer', async () => {
  const { invoices } = await read(
    '2,85123A,A,1,2011-07-01 00:30:00,2.55,17850.0,France',
    '1,85123A,A,1,2010-12-02 07:48:00,2.55,17850.0,France',
  )
  assert.deepEqual(
    invoices.map(({ invoice, at }) => [invoice, at]),
    [
      ['1', '2010-12-02T07:48:00.000Z'],
      ['2', '2011-06-30T23:30:00.000Z'],
    ],
  )
})

test('a file that is no order log is refused with what is missing', async () => {
  await assert.rejects(readOrderLog(Readable.from(['a,b\n1,2\n'])), /column InvoiceNo, .* is missing/)
  await assert.rejects(readOrderLog('data/no-such-file.csv'), /no-such-file/)
})
