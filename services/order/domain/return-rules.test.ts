import { expect, test } from '@jest/globals'
import { judgeReturn, returnableLines } from './return-rules.ts'

const line = (lineNumber: number, quantity: number) => ({
  lineNumber,
  productId: `8512${lineNumber}A`,
  quantity,
  unitPrice: 100 * lineNumber,
})
const shipments = [
  { status: 'delivered' as const, warehouseId: 'london', lines: [line(1, 4), line(2, 3)] },
  { status: 'lost' as const, warehouseId: 'berlin', lines: [line(3, 5)] },
  { status: 'delivered' as const, warehouseId: 'madrid', lines: [line(2, 2)] },
]
const returnable = returnableLines(shipments, new Map([[1, 3]]))
const judge = (lines: { lineNumber: number; quantity: number }[], status = 'completed') =>
  judgeReturn({ lines, reason: 'too big' }, status, returnable)
const problemsOf = (...given: Parameters<typeof judge>) => {
  const judged = judge(...given)
  return judged.kind === 'refused' ? judged.problems : []
}

test('what was delivered and has not come back can come back, at the price that was paid', () => {
  expect(
    judge([
      { lineNumber: 1, quantity: 1 },
      { lineNumber: 2, quantity: 5 },
    ]),
  ).toStrictEqual({
    kind: 'opened',
    lines: [
      { lineNumber: 1, productId: '85121A', unitPrice: 100, warehouseId: 'london', quantity: 1 },
      { lineNumber: 2, productId: '85122A', unitPrice: 200, warehouseId: 'london', quantity: 5 },
    ],
    amount: 1_100,
  })
})

test('names the field of each line that cannot', () => {
  const asked = [
    { lineNumber: 1, quantity: 2 },
    { lineNumber: 3, quantity: 1 },
    { lineNumber: 2, quantity: 0 },
    { lineNumber: 2, quantity: 1 },
  ]
  expect(problemsOf(asked)).toStrictEqual([
    'lines[0].quantity: 1 of line 1 can come back, not 2',
    'lines[1].lineNumber: nothing of line 3 was delivered',
    'lines[2].quantity: must be a whole number from 1',
    'lines[3].lineNumber: 2 is duplicated',
  ])
  expect(problemsOf([])).toStrictEqual(['lines: must be 1 to 1,000'])
})

test('nothing comes back of an order that is on its way', () => {
  expect(problemsOf([{ lineNumber: 1, quantity: 1 }], 'shipping')).toStrictEqual([
    'orderId: goods can come back once the order is completed; it is shipping',
  ])
})
