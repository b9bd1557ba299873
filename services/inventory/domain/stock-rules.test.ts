import { expect, test } from '@jest/globals'
import {
  type AdjustStock,
  adjustmentProblems,
  beyondSold,
  judgeAdjustment,
  movementsOf,
} from './stock-rules.ts'

const shelf = { warehouseId: 'london', onHand: 5, reserved: 3 }

test('takes pieces out down to what is reserved, and no further', () => {
  expect(judgeAdjustment(shelf, -2)).toBeUndefined()
  expect(judgeAdjustment(shelf, -3)).toStrictEqual({ kind: 'too_few', stock: shelf })
})

test('puts pieces in up to what a shelf may hold', () => {
  expect(judgeAdjustment(shelf, 999_999_995)).toBeUndefined()
  expect(judgeAdjustment(shelf, 999_999_996)).toStrictEqual({ kind: 'too_many', stock: shelf })
})

test('names each wrong field of an adjustment', () => {
  const right: AdjustStock = {
    productId: '85123A',
    warehouseId: 'london',
    change: -3,
    reason: 'fell off a shelf',
    by: 'staff:ann',
    key: 'a',
  }
  expect(adjustmentProblems(right)).toStrictEqual([])
  const wrong = { productId: '', warehouseId: 'a b', change: 0, reason: 'a\nb', by: '', key: 'é' }
  expect(adjustmentProblems(wrong).map((problem) => problem.split(':')[0])).toStrictEqual([
    'product_id',
    'warehouse_id',
    'change',
    'reason',
    'by',
    'key',
  ])
})

const line = (lineNumber: number, restocked: number, writtenOff: number) => ({
  lineNumber,
  productId: 'A',
  warehouseId: 'london',
  restocked,
  writtenOff,
})

test('what is restocked comes to the shelf, what is written off is only noted', () => {
  const request = { orderId: 'o', number: 2, by: 'staff:ann', traceparent: '' }
  const movements = movementsOf({ ...request, lines: [line(1, 3, 1), line(2, 0, 2)] })
  expect(movements.map(({ key, kind, quantity, change }) => [key, kind, quantity, change])).toStrictEqual([
    ['return/o/2/1/restocked', 'restocked', 3, 3],
    ['return/o/2/1/written_off', 'written_off', 1, 0],
    ['return/o/2/2/written_off', 'written_off', 2, 0],
  ])
})

test('no more comes back of a line than was sold, earlier returns counted', () => {
  const sold = [{ lineNumber: 1, productId: 'A', sold: 5, back: 2 }]
  expect(beyondSold([line(1, 2, 1)], sold)).toBeUndefined()
  expect(beyondSold([line(1, 2, 2)], sold)).toBe('line 1: 5 sold, 2 back, 4 more')
  expect(beyondSold([line(2, 1, 0)], sold)).toBe('line 2: 0 sold, 0 back, 1 more')
  expect(beyondSold([{ ...line(1, 1, 0), productId: 'B' }], sold) ?? '').toMatch(/^line 1: 0 sold/)
})
