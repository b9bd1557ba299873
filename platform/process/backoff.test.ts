import { expect, test } from '@jest/globals'
import { backoff, spreadBackoff } from './backoff.ts'

test('each wait is twice as long as the one before, up to the longest', () => {
  const waits = [1, 2, 3, 4, 5, 60].map((failures) => backoff(failures, { first: 100, longest: 1_000 }))
  expect(waits).toStrictEqual([100, 200, 400, 800, 1_000, 1_000])
})

test('a spread wait is between half of it and all', () => {
  const waits = Array.from({ length: 200 }, () => spreadBackoff(3, { first: 100, longest: 1_000 }))
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(200)
  expect(Math.max(...waits)).toBeLessThanOrEqual(400)
  expect(new Set(waits).size).toBeGreaterThan(100)
})
