import { expect, test } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import type { Registered } from '../place/register.ts'
import { addsUp, isClean, type Summary } from './summary.ts'
import { inWords } from './summary-text.ts'

const registered: Registered = {
  products: { all: 3, added: 2 },
  customers: { all: 2, added: 2 },
  users: { all: 1, added: 1 },
  accounts: 2,
}
const replayed: Summary = {
  source: 'partner',
  seed: '1',
  ordersIn: 5,
  placed: 2,
  repeats: 0,
  kinds: { plain: 2 },
  toPlace: null,
  registered,
  refused: { no_customer: 1 },
  rows: { in: 6, lines: 2, returnLines: 2, skipped: { no_customer: 2 }, bad: {}, repeated: 0 },
  habits: [],
  returns: {
    invoices: 2,
    returned: 1,
    unmatched: 1,
    open: 0,
    pieces: 6,
    amount: { amount: 2_550, currency: 'GBP' },
    unmatchedLines: [{ invoice: 'C2', productId: 'D', quantity: 1, reason: 'not_a_product' }],
  },
  problems: [],
  failedRequests: 3,
  seconds: 2,
  ordersPerSecond: 1,
  outcome: {
    completed: 2,
    cancelled: {},
    revenue: { amount: 10_000, currency: 'GBP' },
    placedToCompleted: null,
    missing: [],
  },
}

test('a replay tells what was registered, what was sold and what of it came back, and what failed', () => {
  expect(inWords(replayed)).toBe(
    [
      'source partner, seed 1',
      'registered        3 products (2 new), 2 customers (2 new), 2 accounts, 1 user (1 new)',
      'invoices in       5',
      'placed            2',
      'completed         2',
      'cancelled         0',
      'revenue           100.00 GBP, 74.50 after returns',
      'refused           1 (no_customer 1)',
      'returned          1 of 2 cancellation invoices: 6 pieces, 25.50 GBP back',
      'unmatched         1, lines: not_a_product 1',
      '  C2 not_a_product: 1 × D',
      'rows              6 in = 2 lines + 2 of cancellations + 2 skipped + 0 bad',
      'rows skipped      no_customer 2',
      'failed requests   3',
      'orders/s          1 in 2.0 s',
    ].join('\n'),
  )
})

test('a replay adds up only when each cancellation invoice was returned or matches nothing', () => {
  expect(addsUp(replayed)).toBe(true)
  const { returns } = replayed
  const open: Summary = { ...replayed, returns: returns && { ...returns, returned: 0, open: 1 } }
  expect(addsUp(open)).toBe(false)
  expect(inWords(open)).toMatch(
    /MISSING +5 in, but 2 \+ 0 \+ 1 \+ 0 \+ 1 out: the returns of 1 cancellation invoices$/,
  )
  expect(inWords(open)).toMatch(/returns open {6}1\n/)
  const unwatched: Summary = { ...open, outcome: null }
  expect(addsUp(unwatched)).toBe(true)
  expect(inWords(unwatched)).toMatch(/returns open {6}1; --wait takes them back/)
})

test('a replay is clean only when something was read, and nothing of it was bad or refused', () => {
  expect(isClean(replayed)).toBe(true)
  const rows = replayed.rows
  ensure(rows)
  for (const unclean of [
    { ...replayed, rows: { ...rows, bad: { open_quote: 1 } } },
    { ...replayed, refused: { refused: 1 } },
    { ...replayed, refused: { number_reused: 1 } },
    { ...replayed, rows: { ...rows, lines: 0, returnLines: 0 } },
    { ...replayed, ordersIn: 6 },
  ])
    expect(isClean({ ...unclean, outcome: unclean.ordersIn === 6 ? replayed.outcome : null })).toBe(false)
  expect(
    inWords({
      ...replayed,
      rows: { ...rows, bad: { open_quote: 1 } },
      habits: ['UTF-16LE', 'decimal commas'],
      problems: ['line 3: the quote in column 3 is never closed'],
    }),
  ).toMatch(/\nread as {11}UTF-16LE, decimal commas\n.*\nrows bad {10}open_quote 1\n {2}line 3: the quote/s)
})

test('a dry run says what would be ordered, and that nothing was touched', () => {
  const first = [
    { reference: 'x-1', customerId: 'ada', at: '2010-12-01T08:26:00.000Z', lines: 1, total: 1_530 },
  ]
  const toPlace = { orders: 2, lines: 3, worth: { amount: 4_080, currency: 'GBP' as const }, first }
  expect(inWords({ ...replayed, toPlace, registered: null, placed: 0, outcome: null })).toMatch(
    /would order {7}2, 3 lines, 40.80 GBP\n {2}x-1 of ada, 2010-12-01 08:26 UTC: 1 line, 15.30\n {2}and 1 more\n.*nothing was touched: a dry run$/s,
  )
  const one = { ...toPlace, orders: 1, lines: 1, worth: { ...toPlace.worth, amount: 1_530 } }
  expect(inWords({ ...replayed, toPlace: one, outcome: null })).toMatch(
    /would order {7}1, 1 line, 15.30 GBP\n/,
  )
})
