import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWhole, repeats } from './checks.ts'

test('a whole number lies within its limits and is exact', () => {
  assert.ok([0, 3].every((value) => isWhole(value, 0, 3)))
  assert.ok(![-1, 4, 1.5, NaN].some((value) => isWhole(value, 0, 3)))
  assert.ok(!isWhole(2 ** 53, 0, Infinity))
})

test('tells where a text stands again', () => {
  assert.deepEqual(repeats(['a', 'b', 'a', 'A', 'a']), new Set([2, 4]))
})
