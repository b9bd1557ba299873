import { expect, test } from '@jest/globals'
import { planOf } from '../follow/replay-returns.ts'
import { type Cancellation, type Invoice, type OrderLog, readOrderLog } from '../log/log.ts'
import { planReturns } from './returns.ts'

type Goods = [productId: string, quantity: number][]
const linesOf = (goods: Goods) => goods.map(([productId, quantity]) => ({ productId, quantity }))
const at = (minute: number) => new Date(Date.UTC(2010, 11, 1, 8, minute)).toISOString()

const bought = (invoice: string, minute: number, ...goods: Goods): Invoice => ({
  invoice,
  customerId: 'ada',
  country: 'France',
  at: at(minute),
  lines: linesOf(goods).map((line) => ({ ...line, name: '', unitPrice: 100 })),
})
const back = (invoice: string, minute: number, ...goods: Goods): Cancellation => ({
  invoice,
  customerId: 'ada',
  at: at(minute),
  lines: linesOf(goods),
})

/** As "C1 of 536365: line 2 × 6". */
const inShort = ({ returns }: ReturnType<typeof planReturns>) =>
  returns.map(
    ({ invoice, order, lines }) =>
      `${invoice} of ${order.invoice}: ${lines.map((line) => `line ${line.lineNumber} × ${line.quantity}`).join(', ')}`,
  )
const reasons = ({ unmatched }: ReturnType<typeof planReturns>) =>
  unmatched.map(({ productId, quantity, reason }) => `${quantity} × ${productId} ${reason}`)

test('goods come back from the latest earlier purchase first, each piece once', () => {
  const plan = planReturns(
    [
      bought('1', 0, ['10001', 5]),
      bought('2', 10, ['10002', 1], ['10001', 3]),
      bought('3', 30, ['10001', 9]),
    ],
    [back('C1', 20, ['10001', 4]), back('C2', 25, ['10001', 4], ['10002', 1])],
  )
  expect(inShort(plan)).toStrictEqual([
    'C1 of 2: line 2 × 3',
    'C1 of 1: line 1 × 1',
    'C2 of 1: line 1 × 4',
    'C2 of 2: line 1 × 1',
  ])
  expect(plan.unmatched).toStrictEqual([])
})

test('rows of one cancellation that send back the same line come back together', () => {
  const plan = planReturns([bought('1', 0, ['10001', 12])], [back('C1', 1, ['10001', 2], ['10001', 3])])
  expect(inShort(plan)).toStrictEqual(['C1 of 1: line 1 × 5'])
  expect(plan.returns[0]?.lines[0]?.productId).toBe('10001')
})

test('what matches nothing is said with the reason', () => {
  const plan = planReturns(
    [bought('1', 0, ['10001', 2], ['10004', 1]), bought('2', 30, ['10003', 1])],
    [
      back('C1', 20, ['10001', 5], ['10002', 1], ['10003', 1], ['D', 1], ['10004', 0]),
      { ...back('C2', 21, ['10004', 1]), customerId: '' },
      { ...back('C3', 22, ['10004', 1]), customerId: 'bob' },
    ],
  )
  expect(inShort(plan)).toStrictEqual(['C1 of 1: line 1 × 2'])
  expect(reasons(plan)).toStrictEqual([
    '3 × 10001 more_than_bought',
    '1 × 10002 not_bought',
    // Bought, but later.
    '1 × 10003 not_bought',
    '1 × D not_a_product',
    '0 × 10004 no_pieces',
    '1 × 10004 no_customer',
    '1 × 10004 not_bought',
  ])
})

test('goods of an earlier log come back, but for those that it sent back itself', () => {
  const logOf = (invoices: Invoice[], cancellations: Cancellation[]): OrderLog => ({
    invoices,
    cancellations,
    refused: [],
    baskets: [],
    rows: { in: 0, lines: 0, returnLines: 0, skipped: {}, bad: {}, repeated: 0 },
    habits: [],
    problems: [],
  })
  const yesterday = logOf([bought('1', 0, ['10001', 6])], [back('C1', 5, ['10001', 2])])
  const today = logOf([bought('2', 30, ['10001', 1])], [back('C2', 40, ['10001', 6])])
  expect(planOf(today, [yesterday])).toStrictEqual({
    planned: [
      {
        invoice: 'C2',
        order: { invoice: '2', customerId: 'ada' },
        lines: [{ lineNumber: 1, productId: '10001', quantity: 1 }],
      },
      {
        invoice: 'C2',
        order: { invoice: '1', customerId: 'ada' },
        lines: [{ lineNumber: 1, productId: '10001', quantity: 4 }],
      },
    ],
    unmatched: [{ invoice: 'C2', productId: '10001', quantity: 1, reason: 'more_than_bought' }],
  })
})

// Worked out from the file by other means.
test('of the seed day one of 26 cancelled lines was bought that day', async () => {
  const { invoices, cancellations } = await readOrderLog('data/online-retail-2010-12-01.csv')
  const plan = planReturns(invoices, cancellations)
  expect(plan.returns).toStrictEqual([
    {
      invoice: 'C536506',
      order: { invoice: '536488', customerId: '17897' },
      lines: [{ lineNumber: plan.returns[0]?.lines[0]?.lineNumber, productId: '22960', quantity: 6 }],
    },
  ])
  const lines = invoices.find(({ invoice }) => invoice === '536488')?.lines
  expect(lines?.[(plan.returns[0]?.lines[0]?.lineNumber ?? 0) - 1]?.productId).toBe('22960')
  expect(plan.unmatched.length).toBe(25)
  expect(plan.unmatched.filter(({ reason }) => reason === 'not_a_product').length).toBe(1)
})
