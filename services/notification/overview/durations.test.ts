import { expect, it } from '@jest/globals'
import { durationsOf, middleOf } from './durations.ts'

it('Percentiles are those of all durations, in whatever order their buckets come', () => {
  const counts = new Map([
    [30, 1],
    [10, 50],
    [20, 49],
  ])
  expect(durationsOf(counts)).toStrictEqual({ count: 100, p50: middleOf(10), p99: middleOf(20) })
  counts.set(20, 48)
  expect(durationsOf(counts)).toStrictEqual({ count: 99, p50: middleOf(10), p99: middleOf(30) })
})

it('There are none of no durations', () => {
  expect(durationsOf(new Map())).toStrictEqual({ count: 0, p50: null, p99: null })
})
