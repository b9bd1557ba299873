import { expect, test } from '@jest/globals'
import type { OrderLine } from '#contracts/lines.ts'
import { about } from '#platform/testing/expect.ts'
import { orderProblems } from './rules.ts'

const line: OrderLine = { lineNumber: 1, productId: '85123A', quantity: 6 }
const problemsOf = (
  lines: OrderLine[],
  given: { customerId?: string; currency?: string; addressId?: string } = {},
) =>
  orderProblems({ customerId: '17850', currency: 'GBP', lines, ...given } as Parameters<
    typeof orderProblems
  >[0])
const lines = (count: number) => Array.from({ length: count }, (_, i) => ({ ...line, lineNumber: i + 1 }))

test('has nothing against 1 to 1,000 lines, with or without agreed prices', () => {
  expect(problemsOf([line])).toStrictEqual([])
  expect(problemsOf(lines(1_000))).toStrictEqual([])
  expect(problemsOf([{ ...line, quantity: 1_000_000, agreedPrice: 1 }])).toStrictEqual([])
})

test('names the field of each thing that is wrong', () => {
  expect(problemsOf([], { customerId: '', currency: 'EUR' })).toStrictEqual([
    'customerId: must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
    'currency: must be GBP',
    'lines: must be 1 to 1,000',
  ])
  expect(
    problemsOf([line, { lineNumber: 0, productId: 'a\tb', quantity: 1.5, agreedPrice: 0 }]),
  ).toStrictEqual([
    'lines[1].lineNumber: must be a whole number from 1 to 2,147,483,647',
    'lines[1].productId: must be 1 to 64 printable ASCII characters, no space at the ends, not dots alone',
    'lines[1].quantity: must be a whole number from 1 to 1,000,000',
    'lines[1].agreedPrice: must be a whole number from 1 to 1,000,000,000,000',
  ])
})

test('an order may name an address, by an id of the usual form', () => {
  expect(problemsOf([line], { addressId: 'summer-house' })).toStrictEqual([])
  expect(problemsOf([line], { addressId: 'the summer house' })).toStrictEqual([
    'addressId: must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
  ])
})

test('refuses a quantity that is no positive whole number, or beyond a million', () => {
  for (const quantity of [0, -1, 1_000_001, Number.NaN, Number.POSITIVE_INFINITY]) {
    about(String(quantity), () => expect(problemsOf([{ ...line, quantity }]).length).toBe(1))
  }
})

test('refuses more than 1,000 lines without a word about each', () => {
  const wrong = lines(1_001).map((one) => ({ ...one, quantity: 0 }))
  expect(problemsOf(wrong)).toStrictEqual(['lines: must be 1 to 1,000'])
})

test('refuses a line number that is duplicated, and agreed prices beyond what money can be', () => {
  expect(problemsOf([line, line])).toStrictEqual(['lines[1].lineNumber: 1 is duplicated'])
  const dear = lines(2).map((one) => ({ ...one, quantity: 1_000_000, agreedPrice: 600_000 }))
  expect(problemsOf(dear)).toStrictEqual([
    'lines: their agreed prices come to more than 10,000,000,000.00 together',
  ])
})

test('says the first twenty of many problems, and how many more there are', () => {
  const problems = problemsOf(lines(300).map((one) => ({ ...one, quantity: -1 })))
  expect(problems.length).toBe(21)
  expect(problems.at(-1)).toBe('and 280 more')
})

test('takes every product id that the catalogue takes', () => {
  for (const productId of ['BAG/RED M', '50%-off', 'a?b#c', 'x'.repeat(64)])
    about(productId, () => expect(problemsOf([{ ...line, productId }])).toStrictEqual([]))
  for (const productId of ['', ' a', 'a ', '..', 'é', 'x'.repeat(65), 'a\u200bb'])
    about(productId, () => expect(problemsOf([{ ...line, productId }]).length).toBe(1))
})
