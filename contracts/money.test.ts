import { expect, test } from '@jest/globals'
import { formatAmount, inMinor } from './money.ts'

test('pounds become pence without a rounded float', () => {
  // 4.35 * 100 is 434.99999999999994, and 8.2 * 100 is 819.9999999999999.
  expect(['4.35', '8.2', '1.1', '0.07', '7', '0.0', '2.5500'].map(inMinor)).toStrictEqual([
    435, 820, 110, 7, 700, 0, 255,
  ])
})

test('every price with pence is read exactly', () => {
  for (let pence = 0; pence < 20_000; pence++) expect(inMinor(formatAmount(pence))).toBe(pence)
})

test('an adjustment below zero is read, a fraction of a penny or a word is not', () => {
  expect(inMinor('-11062.06')).toBe(-1_106_206)
  for (const text of ['0.001', 'free', '', '1e3', '1,5', '--1', '.5']) expect(inMinor(text)).toBeUndefined()
})

test('amounts, also below zero, are shown with two digits of pence', () => {
  expect([4_728_353, 5, 0, -5, -250].map(formatAmount)).toStrictEqual([
    '47283.53',
    '0.05',
    '0.00',
    '-0.05',
    '-2.50',
  ])
})
