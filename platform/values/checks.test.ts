import { expect, test } from '@jest/globals'
import { isWhole, repeats } from './checks.ts'

test('a whole number lies within its limits and is exact', () => {
  expect([0, 3].every((value) => isWhole(value, 0, 3))).toBeTruthy()
  expect([-1, 4, 1.5, NaN].some((value) => isWhole(value, 0, 3))).toBeFalsy()
  expect(isWhole(2 ** 53, 0, Infinity)).toBeFalsy()
})

test('tells where a text stands again', () => {
  expect(repeats(['a', 'b', 'a', 'A', 'a'])).toStrictEqual(new Set([2, 4]))
})
