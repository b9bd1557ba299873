import { expect, test } from '@jest/globals'
import { about } from '#platform/testing/expect.ts'
import { withLog } from './fixtures.ts'
import { type OrderLog, readOrderLog } from './log.ts'

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'
const readBytes = (content: string | Uint8Array, options = {}) =>
  withLog(content, (file) => readOrderLog(file, options))
const read = (...rows: string[]) => readBytes([HEADER, ...rows].join('\n'))
const seed = readOrderLog('data/online-retail-2010-12-01.csv')

/** One line of an order of its own, as this project's own logs write it. */
const row = (
  invoice: string | number,
  {
    code = '22960',
    name = 'JAM MAKING SET',
    quantity = '6',
    date = '2010-12-01 08:26:00',
    price = '4.25',
    customer = '13047',
    country = 'United Kingdom',
  } = {},
) => [invoice, code, name, quantity, date, price, customer, country].join(',')

const totalOf = (lines: { quantity: number; unitPrice: number }[]) =>
  lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
const numbers = ({ invoices }: OrderLog) => invoices.map(({ invoice }) => invoice)
const addsUp = ({ rows }: OrderLog) =>
  expect(rows.in).toBe(rows.lines + rows.returnLines + sum(rows.skipped) + sum(rows.bad))

// The figures of this day were worked out from the file by other means: decimal arithmetic, row by row.
test('every row of the seed day is a line of an order or counted by its reason', async () => {
  const { rows, problems, habits } = await seed
  expect(rows).toStrictEqual({
    in: 3_108,
    lines: 1_936,
    returnLines: 26,
    skipped: { no_customer: 1_140, not_a_product: 6 },
    bad: {},
    repeated: 44,
  })
  addsUp(await seed)
  expect([problems, habits]).toStrictEqual([[], []])
})

test('the seed day has 121 orders of 95 customers over 46,219.29 pounds, 6 cancellations, and 16 invoices refused', async () => {
  const { invoices, cancellations, refused } = await seed
  expect(invoices.length).toBe(121)
  expect(new Set(invoices.map(({ customerId }) => customerId)).size).toBe(95)
  expect(totalOf(invoices.flatMap(({ lines }) => lines))).toBe(4_621_929)
  expect(cancellations.length).toBe(6)
  expect(refused.filter(({ reason }) => reason === 'no_customer').length).toBe(16)
  expect(refused.length).toBe(16)
})

test('the baskets of sales without an account are kept as well, up to the largest', async () => {
  const sizes = (await seed).baskets.map(({ length }) => length)
  expect(sizes.length).toBeGreaterThan(121)
  expect(Math.max(...sizes)).toBe(591)
  expect(Math.min(...sizes)).toBe(1)
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
  expect(invoices).toStrictEqual([{ ...head, at: '2010-12-01T08:26:00.000Z', lines }])
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
  expect(rows.skipped).toStrictEqual({
    no_customer: 1,
    not_a_product: 2,
    zero_price: 1,
    negative_quantity: 1,
    unknown_country: 1,
  })
  expect(refused.length).toBe(6)
  expect(invoices.map(({ invoice }) => invoice)).toStrictEqual(['8'])
})

test('a cancellation invoice keeps all its rows, with pieces above zero, and is no basket', async () => {
  const { cancellations, invoices, baskets, refused } = await read(
    'C1,85123A,HEART,-6,2010-12-01 08:26:00,2.55,17850.0,Unspecified',
    'C1,D,Discount,-1,2010-12-01 08:26:00,27.5,17850.0,Unspecified',
    'c2,85123A,HEART,-1,2010-12-01 08:25:00,2.55,,France',
  )
  const lines = (...all: [string, number][]) => all.map(([productId, quantity]) => ({ productId, quantity }))
  expect(
    cancellations.map(({ invoice, customerId, ...one }) => [
      invoice,
      customerId,
      lines(...one.lines.map(({ productId, quantity }): [string, number] => [productId, quantity])),
    ]),
  ).toStrictEqual([
    ['C2', '', lines(['85123A', 1])],
    ['C1', '17850', lines(['85123A', 6], ['D', 1])],
  ])
  expect([invoices, baskets, refused]).toStrictEqual([[], [], []])
})

test('an invoice that loses one row for what it is keeps its others', async () => {
  const { invoices, refused } = await read(
    '1,POST,POSTAGE,3,2010-12-01 08:26:00,18.0,12583.0,France',
    '1,22728,ALARM CLOCK,24,2010-12-01 08:26:00,3.75,12583.0,France',
  )
  expect([invoices.length, invoices[0]?.lines.length, refused.length]).toStrictEqual([1, 1, 0])
})

test('a bad row is counted, and said with its line, its column and what would be right; the rows after it are read', async () => {
  const log = await read(
    row(1, { quantity: 'many' }),
    row(2, { date: '2010-02-30 08:26:00' }),
    row(3, { price: '0.001' }),
    '4,85123A,D',
    row(5, { name: '"E, with a comma"' }),
    row(6, { date: '40513.3513888889' }),
    row(7, { date: '9999-12-31 08:26:00' }),
    row(8, { customer: 'a b' }),
    row(9, { name: 'unquoted, with a comma' }),
    row('A-1'),
    row(11, { code: 'é' }),
    row(12, { quantity: '2.5' }),
    row(13, { name: 'CAF\ufffd' }),
  )
  expect(log.rows.bad).toStrictEqual({ bad_value: 10, wrong_columns: 2 })
  expect(numbers(log)).toStrictEqual(['5'])
  expect(log.invoices[0]?.lines[0]?.name).toBe('E, with a comma')
  expect(log.problems).toStrictEqual([
    'line 2, Quantity "many": must be a whole number such as 6, up to 1000000',
    'line 3, InvoiceDate "2010-02-30 08:26:00": must be a date such as 2010-12-01 08:26:00',
    'line 4, UnitPrice "0.001": must be pounds with up to two decimals, such as 2.55',
    'line 5: 3 columns instead of 8; is it cut off, or separated by something else?',
    'line 7, InvoiceDate "40513.3513888889": is a spreadsheet\'s count of days; format the column as a date such as 2010-12-01 08:26:00',
    'line 8, InvoiceDate "9999-12-31 08:26:00": must be from the year 2000 to a day from now',
    'line 9, CustomerID "a b": must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
    'line 10: 9 columns instead of 8; text with a separator in it must be in quotes',
    'line 11, InvoiceNo "A-1": must be up to 12 digits, with one letter before them at most',
    'line 12, StockCode "é": must be 1 to 64 printable ASCII characters, no space at the ends, not dots alone',
    'line 13, Quantity "2.5": must be a whole number such as 6, up to 1000000',
    'line 14, Description "CAF\ufffd": holds bytes that are no text; save the file as UTF-8',
  ])
  addsUp(log)
})

test('a cell that says nothing, or no longer what was meant, is bad: no order goes out without its row', async () => {
  const log = await read(
    row(1, { quantity: '' }),
    row(1),
    row(2, { price: '' }),
    row(3, { price: '-' }),
    row(4, { price: '£' }),
    row(5, { code: '8.5123E+04' }),
    row(6, { code: '8E9' }),
    row(7, { customer: '1.785E4' }),
    row(8, { date: '2010-12-01T08:26:00+25:00' }),
    row(9, { date: '2010-12-01T08:26:00+02:99' }),
    row(10, { date: '1 marraskuu 2010' }),
    row(11, { date: '1 Sept 2010' }),
  )
  expect([numbers(log), log.rows.bad]).toStrictEqual([['11'], { bad_value: 10, invoice_incomplete: 1 }])
  expect(log.problems.slice(0, 1).concat(log.problems.slice(4, 5))).toStrictEqual([
    'line 2, Quantity "": must be a whole number such as 6, up to 1000000',
    'line 7, StockCode "8.5123E+04": is a number as spreadsheets shorten it; format the column as text',
  ])
  addsUp(log)
})

test('a byte that Windows-1252 has no letter for makes its row bad', async () => {
  const text = [HEADER, row(1, { name: 'CAF\u0081' }), row(2, { name: 'CAF\u00e9' })].join('\n')
  const log = await readBytes(Buffer.from(text, 'latin1'))
  expect([numbers(log), log.rows.bad, log.habits]).toStrictEqual([['2'], { bad_value: 1 }, ['Windows-1252']])
})

test('an order that costs more than any may is refused with its rows', async () => {
  const dear = { quantity: '10', price: '999999999.99' }
  const log = await read(row(1, dear), row(1, { price: '1' }), row(2, dear), row(3))
  expect([numbers(log), log.rows.bad]).toStrictEqual([['2', '3'], { too_dear: 2 }])
  expect(log.problems[0] ?? '').toMatch(/^line 2: invoice 1 costs more than 10000000000\.00, /)
  addsUp(log)
})

test('what is wrong with a thousand rows is counted for each, and said of the first twenty', async () => {
  const { rows, problems } = await read(...Array.from({ length: 1_000 }, (_, n) => row(n, { quantity: '?' })))
  expect([rows.bad, problems.length]).toStrictEqual([{ bad_value: 1_000 }, 21])
  expect(problems.at(-1)).toBe('and 980 more')
})

test('a quote that is never closed costs its own row, and no row after it', async () => {
  for (const name of ['"LANTERN 12 INCH', '"LANTERN 12" INCH"', '"LANTERN" 12']) {
    const log = await read(row(1), row(2, { name }), row(3), row(4, { name: '"FRAME 7"" SINGLE"' }), row(5))
    about(name, () => expect(numbers(log)).toStrictEqual(['1', '3', '4', '5']))
    about(name, () => expect(sum(log.rows.bad)).toBe(1))
    expect(log.problems[0] ?? '').toMatch(/^line 3: .*quote in column 3/)
    addsUp(log)
  }
  const last = await read(row(1), row(2, { name: '"LANTERN 12 INCH' }))
  expect([numbers(last), last.rows.bad]).toStrictEqual([['1'], { open_quote: 1 }])
})

test('a forgotten quote and a stray one rows later swallow nothing between them', async () => {
  const log = await read(row(1, { name: '"LANTERN' }), row(2), row(3, { name: 'JAM SET"' }), row(4))
  expect([numbers(log), log.rows.bad]).toStrictEqual([['2', '3', '4'], { open_quote: 1 }])
  expect(log.invoices[1]?.lines[0]?.name).toBe('JAM SET"')
})

test('a quote that joins two cells to one, and leaves half of another, costs its row', async () => {
  const log = await readBytes(
    [HEADER, row(1), row(2, { code: '"22960', name: '"/A"' }).replace('/', ','), row(3)].join('\n'),
  )
  expect([numbers(log), log.rows.bad]).toStrictEqual([['1', '3'], { stray_quote: 1 }])
})

test('a quote inside an unquoted text is a part of it', async () => {
  const { invoices, rows } = await read(row(1, { name: '12" BOARD' }), row(2, { name: 'A "B" C' }))
  expect([invoices.map(({ lines }) => lines[0]?.name), rows.bad]).toStrictEqual([
    ['12" BOARD', 'A "B" C'],
    {},
  ])
})

test('quotes escaped by backslashes are read where the file as a whole makes sense so, and it is told', async () => {
  const names = ['"BOARD 12\\" WIDE"', '"BOARD 12\\""', '"A \\\\ B"', '"\\"A\\", B"', '""', 'C:\\']
  const log = await read(...names.map((name, n) => row(n, { name })))
  expect(log.invoices.map(({ lines }) => lines[0]?.name)).toStrictEqual([
    'BOARD 12" WIDE',
    'BOARD 12"',
    'A \\ B',
    '"A", B',
    '',
    'C:\\',
  ])
  expect([log.rows.bad, log.habits]).toStrictEqual([{}, ['quotes escaped by backslashes']])
  const doubled = await read(row(1, { name: '"C:\\"' }), row(2, { name: '"12"" \\"' }))
  expect([doubled.invoices.map(({ lines }) => lines[0]?.name), doubled.habits]).toStrictEqual([
    ['C:\\', '12" \\'],
    [],
  ])
})

test('a description of two lines, and one with a NUL in it, are names on one line', async () => {
  const log = await read(
    row(1, { name: '"RED\nLANTERN"' }),
    row(2, { name: 'RED\u0000 LAN\u202eTERN' }),
    row(3, { name: '"A\r\n\r\nB, ""C"""' }),
    row(4, { quantity: '?' }),
  )
  expect(log.invoices.map(({ lines }) => lines[0]?.name)).toStrictEqual([
    'RED LANTERN',
    'RED LANTERN',
    'A B, "C"',
  ])
  // Lines are those of the file.
  expect(log.problems[0] ?? '').toMatch(/^line 8, Quantity/)
})

test('an invoice with a bad row is not ordered in part', async () => {
  const log = await read(
    row(1),
    row(1, { quantity: '?' }),
    row(1),
    row(2),
    row(2, { name: '"OPEN' }),
    row(3),
    // Nobody knows whose row this is; the one around it is likely.
    '"3,22960,JAM',
    row(3),
    row(4),
    row('', { customer: '', date: '', country: '' }),
    row(5),
  )
  expect(numbers(log)).toStrictEqual(['5'])
  expect(log.rows.bad).toStrictEqual({ bad_value: 2, open_quote: 2, invoice_incomplete: 6 })
  expect(log.refused.map(({ invoice, reason }) => `${invoice} ${reason}`)).toStrictEqual(
    ['1', '2', '3', '4'].map((invoice) => `${invoice} invoice_incomplete`),
  )
  addsUp(log)
})

test('customer, date and country stand for all rows of their invoice, wherever they stand', async () => {
  const blank = { customer: '', date: '', country: '' }
  const log = await read(
    row(1),
    row(1, blank),
    row(1, { ...blank, customer: 'NULL', country: 'nan' }),
    row(2, blank),
    row(2, { country: 'France' }),
    row(3, { customer: '' }),
    row(4, { date: '' }),
  )
  expect(log.invoices.map(({ invoice, lines, country }) => [invoice, lines.length, country])).toStrictEqual([
    ['1', 3, 'United Kingdom'],
    ['2', 2, 'France'],
  ])
  expect([log.rows.skipped, log.rows.bad]).toStrictEqual([{ no_customer: 1 }, { no_date: 1 }])
  addsUp(log)
})

test('one number of two customers, or of two days, is the first one’s order; the other rows are refused', async () => {
  const log = await read(
    row(1, { customer: '17850' }),
    row(1, { customer: '13047' }),
    row(2),
    row(2, { date: '2011-12-01 09:00:00' }),
    row(2, { date: '2010-12-01 08:27:00' }),
    row('C3', { quantity: '-1' }),
    row('C3', { quantity: '-1', customer: '17850' }),
  )
  expect(log.invoices.map(({ customerId, lines }) => [customerId, lines.length])).toStrictEqual([
    ['17850', 1],
    ['13047', 2],
  ])
  expect([log.rows.returnLines, log.rows.bad]).toStrictEqual([1, { number_reused: 3 }])
  expect(log.refused.map(({ reason }) => reason)).toStrictEqual([
    'number_reused',
    'number_reused',
    'number_reused',
  ])
  expect(log.problems[0] ?? '').toMatch(/^line 3: invoice 1 is another one in line 2/)
  addsUp(log)
})

test('rows that are repeated word for word are lines of their own, and told', async () => {
  const { rows } = await read(row(1), row(1), row(1, { quantity: '7' }), row(1), row(2))
  expect([rows.lines, rows.repeated]).toStrictEqual([5, 2])
})

test('a file that holds the same invoices twice is ordered once', async () => {
  const rows = [row(1), row(1), row(2), row(3)].join('\n')
  for (const again of [rows, `${HEADER}\n${rows}`]) {
    const log = await readBytes(`${HEADER}\n${rows}\n${again}\n`)
    expect(log.invoices.map(({ lines }) => lines.length)).toStrictEqual([2, 1, 1])
    expect(log.rows.skipped.invoice_again).toBe(4)
    addsUp(log)
  }
  // Other rows further down are of the same invoice.
  const parted = await read(row(1), row(2), row(1, { code: '85123A' }))
  expect([parted.rows.lines, parted.rows.skipped]).toStrictEqual([3, {}])
})

test('more lines than an order can have are refused together', async () => {
  const log = await read(...Array.from({ length: 1_001 }, () => row(1)), row(2))
  expect([numbers(log), log.rows.bad]).toStrictEqual([['2'], { too_many_lines: 1_001 }])
})

test('empty lines are no rows; rows of blanks, and the header once more, say nothing', async () => {
  const log = await readBytes(`\n\n${HEADER}\n${row(1)}\n\n   \n,,,,,,,\n${HEADER}\n${row(2)}\n\n`)
  expect([log.rows.in, log.rows.skipped, log.rows.bad]).toStrictEqual([4, { blank: 1, header_again: 1 }, {}])
})

test('columns are found by their names, whatever their order, capitals and blanks; others are told', async () => {
  const log = await readBytes(
    [
      ',customer id,PRICE,Invoice Date,country,quantity,description,stock_code,Invoice,Till',
      '0,13047.0,4.25,2010-12-01 08:26:00, UNITED KINGDOM ,6.0,JAM,22960.0,2100001.0,3',
      '1,17850.0,2.1,2010-12-01 08:26:00,eire,6,HEART,85123a,2100002,3',
    ].join('\n'),
  )
  expect(
    log.invoices.map(({ invoice, customerId, country, lines }) => [
      invoice,
      customerId,
      country,
      lines[0]?.productId,
    ]),
  ).toStrictEqual([
    ['2100001', '13047', 'United Kingdom', '22960'],
    ['2100002', '17850', 'EIRE', '85123A'],
  ])
  expect([log.rows.bad, log.habits]).toStrictEqual([{}, ['without the columns Till']])
})

const sale = { invoices: 2, total: 4_080 }
const inShort = ({ invoices }: OrderLog) => ({
  invoices: invoices.length,
  total: totalOf(invoices.flatMap(({ lines }) => lines)),
})

test('semicolons, tabs and bars separate as well, with decimal commas, and a sheet may say which', async () => {
  for (const [delimiter, hint, name] of [
    [';', '', 'semicolons'],
    [';', 'sep=;\r\n', 'semicolons'],
    ['\t', '', 'tabs'],
    ['|', '', 'bars'],
    ['~', '"sep=~"\n', '"~"'],
  ] as const) {
    const rows = [HEADER, row(1, { price: '4.25' }), row(2, { price: '2.55' })]
      .map((one) => one.replaceAll(',', delimiter).replace(/(\d)\.(\d\d)/, '$1,$2'))
      .join('\r\n')
    const log = await readBytes(`\ufeff${hint}${rows}\r\n`)
    about(name, () => expect(inShort(log)).toStrictEqual(sale))
    expect(log.habits).toStrictEqual([`separated by ${name}`, 'decimal commas'])
  }
})

test('line ends of every kind may stand in one file', async () => {
  const log = await readBytes(`${HEADER}\r${row(1)}\r\n${row(2)}\n${row(3)}\r\r${row(4, { quantity: '?' })}`)
  expect([numbers(log).length, log.problems[0]?.slice(0, 6)]).toStrictEqual([3, 'line 6'])
})

test('text is read as it is encoded: UTF-8, UTF-16 of both kinds, Windows-1252', async () => {
  const text = [HEADER, row(1, { name: 'CAFÉ SET £5' })].join('\n')
  const swapped = Buffer.from(text, 'utf16le').swap16()
  for (const [bytes, told] of [
    [Buffer.from(text), []],
    [Buffer.from(`\ufeff${text}`), []],
    [Buffer.from(`\ufeff${text}`, 'utf16le'), ['UTF-16LE']],
    [Buffer.from(text, 'utf16le'), ['UTF-16LE']],
    [Buffer.concat([Buffer.from([0xfe, 0xff]), swapped]), ['UTF-16BE']],
    [Buffer.from(text, 'latin1'), ['Windows-1252']],
  ] as const) {
    const log = await readBytes(bytes)
    about(String(told), () => expect(log.invoices[0]?.lines[0]?.name).toBe('CAFÉ SET £5'))
    expect(log.habits).toStrictEqual(told)
  }
})

test('in a text that is UTF-8 but for some bytes, the rows with them are bad and the others stay as they are', async () => {
  const text = [HEADER, row(1, { name: 'CAFÉ' }), row(2, { name: 'CAF~' }), row(3)].join('\n')
  const bytes = Buffer.from(text)
  bytes[bytes.indexOf('~')] = 0xe9
  const log = await readBytes(bytes)
  expect([numbers(log), log.rows.bad]).toStrictEqual([['1', '3'], { bad_value: 1 }])
  expect(log.invoices[0]?.lines[0]?.name).toBe('CAFÉ')
})

test('plain dates are read: with a T, Z, an offset, a fraction, or the day alone, on London clocks where none is named', async () => {
  const times = {
    '2010-12-02 07:48:00': '2010-12-02T07:48:00.000Z',
    '2011-07-01 00:30:00': '2011-06-30T23:30:00.000Z',
    '2010-12-01T08:26:00Z': '2010-12-01T08:26:00.000Z',
    '2010-12-01 08:26:00 +0000': '2010-12-01T08:26:00.000Z',
    '2010-12-01T08:26:00.123456+02:00': '2010-12-01T06:26:00.123Z',
    '2010-12-01 08:26:00.000': '2010-12-01T08:26:00.000Z',
    '2010/12/1 8:26': '2010-12-01T08:26:00.000Z',
    '2010-12-01': '2010-12-01T00:00:00.000Z',
    '1.12.2010 8:26': '2010-12-01T08:26:00.000Z',
    '01-Dec-2010 8:26 PM': '2010-12-01T20:26:00.000Z',
    '12.12.10 12:05 am': '2010-12-12T00:05:00.000Z',
  }
  for (const [date, at] of Object.entries(times)) {
    const { invoices } = await read(row(1, { date }))
    about(date, () => expect(invoices[0]?.at).toBe(at))
  }
})

test('days and months are told apart by the whole file', async () => {
  const days = async (...dates: string[]) => {
    const log = await read(...dates.map((date, n) => row(n, { date })))
    return [...log.invoices.map(({ at }) => at.slice(0, 10)).toSorted(), ...log.habits]
  }
  expect(await days('1/12/2010 8:26', '13/12/2010 8:26')).toStrictEqual([
    '2010-12-01',
    '2010-12-13',
    'the day first in dates',
  ])
  expect(await days('12/1/10 8:26', '12/13/10 8:26')).toStrictEqual([
    '2010-12-01',
    '2010-12-13',
    'the month first in dates',
  ])
  // It makes no difference.
  expect(await days('5/5/2010 8:26')).toStrictEqual(['2010-05-05'])
})

test('where the file does not say which is the day it asks, and is read as it is told', async () => {
  const text = [HEADER, row(1, { date: '12/1/2010 8:26' }), row(2, { date: '01-12-2010 08:26' })].join('\n')
  await expect(readBytes(text)).rejects.toThrow(
    /line 2, InvoiceDate "12\/1\/2010 8:26": no row .* --dates dmy .* --dates mdy/,
  )
  const at = async (days: 'dmy' | 'mdy') => (await readBytes(text, { days })).invoices[0]?.at
  expect([await at('dmy'), await at('mdy')]).toStrictEqual([
    '2010-01-12T08:26:00.000Z',
    '2010-01-12T08:26:00.000Z',
  ])
  const both = [HEADER, row(1, { date: '13/1/2010' }), row(2, { date: '1/13/2010' })].join('\n')
  await expect(readBytes(both)).rejects.toThrow(/first in line 2, .* and second in line 3, /)
  expect((await readBytes(both, { days: 'mdy' })).rows.bad).toStrictEqual({ bad_value: 1 })
})

test('a date that cannot be is no proof of which is the day', async () => {
  for (const date of ['31/31/2010', '45/3/2010', '0/13/2010', '13/13/2010'])
    await expect(read(row(1, { date: '1/12/2010' }), row(2, { date }))).rejects.toThrow(
      /line 2, .*: no row of the file/,
    )
})

test('numbers of every habit are read, and 1,234 as the other numbers of the file say', async () => {
  const prices = async (...all: string[]) => {
    const log = await readBytes(
      [HEADER, ...all.map((price, n) => row(n, { price }))]
        .join('\n')
        .replaceAll(',', ';')
        .replaceAll('~', ','),
    )
    return log.invoices.map(({ lines }) => lines[0]?.unitPrice)
  }
  expect(await prices('4~25', '1.234', '1.234~50', '12.345.678')).toStrictEqual([
    425, 123_400, 123_450, 1_234_567_800,
  ])
  expect(await prices('4.25', '1~234', '1~234.5', '£3', '.5')).toStrictEqual([425, 123_400, 123_450, 300, 50])
  expect(await prices('4~2500', '1 234~50', "1'234~5", '0~500')).toStrictEqual([425, 123_450, 123_450, 50])
  await expect(prices('4', '1~234')).rejects.toThrow(
    /line 3, UnitPrice "1,234": no other number .* thousands/,
  )
})

test('a file that is no order log is refused with what is missing', async () => {
  await expect(readBytes('a,b\n1,2\n')).rejects.toThrow(
    /line 1: .* column InvoiceNo, .* is missing; found: "a, b"/,
  )
  await expect(readOrderLog('data/no-such-file.csv')).rejects.toThrow(/no-such-file/)
  await expect(readBytes(`${HEADER},Price\n`)).rejects.toThrow(
    /UnitPrice \(column 6\) and Price \(column 9\) both mean UnitPrice/,
  )
  await expect(readBytes('PK\u0003\u0004…')).rejects.toThrow(/a workbook .*; save the sheet as CSV/)
  await expect(readBytes(`${HEADER}\n1,2,${'x'.repeat(1_000_001)}`)).rejects.toThrow(
    /line 2 has more than 1000000/,
  )
})

test('a file of another kind is refused as what it is, and one that is not there or cannot be read by its name', async () => {
  const utf32 = Buffer.from(HEADER.split('').flatMap((letter) => [letter.charCodeAt(0), 0, 0, 0]))
  for (const [content, what] of [
    [utf32, /UTF-32/],
    [utf32.toReversed(), /UTF-32/],
    ['[{"InvoiceNo":1,"StockCode":"22960"}]', /JSON/],
    ['\ufeff {"InvoiceNo":1}', /JSON/],
    ['<html><table><tr><td>InvoiceNo</td></tr></table></html>', /HTML or XML/],
    ['%PDF-1.4', /PDF/],
    ['PAR1', /Parquet/],
    [Buffer.from('28b52ffd', 'hex'), /compressed/],
    [`"Invoice"No,${HEADER}\n`, /line 1: a quote too many or too few among the column names/],
  ] as const)
    await expect(readBytes(content)).rejects.toThrow(what)
  for (const [file, why] of [
    ['data/no-such-file.csv', 'there is no such file'],
    ['package.json/log.csv', 'there is no such file'],
    ['x'.repeat(300), 'ENAMETOOLONG: name too long'],
    ['/proc/self/mem', 'EIO: i/o error'],
    ['data', 'this is a folder'],
  ] as const)
    await expect(readOrderLog(file)).rejects.toMatchObject({ name: 'LogRefused', message: `${file}: ${why}` })
})

test('column names that come again are skipped, and the file refused where they are others', async () => {
  const log = await readBytes([HEADER, row(1), HEADER.toUpperCase(), row(2)].join('\n'))
  expect([numbers(log), log.rows.skipped, log.rows.bad]).toStrictEqual([['1', '2'], { header_again: 1 }, {}])
  const moved = HEADER.replace('Quantity', 'x').replace('UnitPrice', 'Quantity').replace('x', 'UnitPrice')
  for (const other of [moved, `Till,${HEADER}`])
    await expect(readBytes([HEADER, row(1), other, row(2)].join('\n'))).rejects.toThrow(
      /line 3 names the columns again, in another order than line 1; make it a file of its own/,
    )
})

test('the columns that are not read are told, not all of many', async () => {
  const { habits } = await readBytes(
    [`${HEADER}${',x'.repeat(1_000)}`, `${row(1)}${','.repeat(1_000)}`].join('\n'),
  )
  expect(habits).toStrictEqual(['without the columns x, x, x, x, x, x, x, x, x, x and 990 more'])
})

test('a file that ends in zeros, as after a crash, keeps its rows', async () => {
  const log = await readBytes(`${HEADER}\n${row(1)}\n${'\0'.repeat(4_096)}`)
  expect([numbers(log), log.rows.bad]).toStrictEqual([['1'], { wrong_columns: 1 }])
})

test('a file without a row is refused: empty, of empty lines, or of a header alone', async () => {
  await expect(readBytes('')).rejects.toThrow(/the file is empty/)
  await expect(readBytes('\n\n')).rejects.toThrow(/no line but empty ones/)
  await expect(readBytes(`${HEADER}\r\n\r\n`)).rejects.toThrow(/no row below the column names/)
})
