import { expect, test } from '@jest/globals'
import { differenceOf, problemOf, type ShardAddress, urlOf } from './map.ts'

const shard = (
  name: string,
  firstBucket: number,
  lastBucket: number,
  at: Partial<ShardAddress> = {},
): ShardAddress => ({ name, host: '127.0.0.1', port: 5432, firstBucket, lastBucket, ...at })

const halves = [shard('a', 0, 2047), shard('b', 2048, 4095)]

test('a map is right when each bucket is in exactly one shard, in whatever order they are told', () => {
  expect(problemOf(halves)).toBeUndefined()
  expect(problemOf(halves.toReversed())).toBeUndefined()
  expect(problemOf([shard('all', 0, 4095, { host: '::1' })])).toBeUndefined()
  expect(problemOf([shard('a', 0, 0, { host: 'db-1.example' }), shard('b', 1, 4095)])).toBeUndefined()
})

test('a map that is wrong is told where', () => {
  const wrong: [ShardAddress[], string][] = [
    [[], 'buckets 0 to 4095 are in no shard'],
    [[shard('a', 0, 4094)], 'bucket 4095 is in no shard'],
    [[shard('a', 1, 4095)], 'bucket 0 is in no shard'],
    [[shard('a', 0, 99), shard('b', 200, 4095)], 'buckets 100 to 199 are in no shard'],
    [[shard('a', 0, 2048), shard('b', 2048, 4095)], 'bucket 2048 is in a and in b'],
    [[shard('a', 0, 4095), shard('b', 10, 20)], 'bucket 10 is in a and in b'],
    [[shard('a', -1, 4095)], 'there are no such buckets: a (-1 to 4095)'],
    [[shard('a', 0, 4096)], 'there are no such buckets: a (0 to 4096)'],
    [[shard('a', 0, 2047), shard('b', 4095, 2048)], 'there are no such buckets: b (4095 to 2048)'],
    [[shard('a', 0, 2047), shard('a', 2048, 4095)], 'a is in it twice'],
    [[shard('a', 0, 4095, { host: '' })], 'a has no address'],
    [[shard('a', 0, 4095, { host: 'no host' })], 'a has no address'],
    [[shard('a', 0, 4095, { port: 0 })], 'a has no address'],
    [[shard('', 0, 4095)], 'a shard without a name has no address'],
  ]
  for (const [shards, problem] of wrong) expect(problemOf(shards)).toBe(problem)
})

test('two maps differ by their shards and buckets, not by their addresses', () => {
  const moved = halves.map((one) => ({ ...one, host: '127.0.0.2', port: 1 })).toReversed()
  expect(differenceOf(halves, moved)).toBeUndefined()
  const shifted = [shard('a', 0, 99), shard('b', 100, 4095)]
  expect(differenceOf(halves, shifted)).toBe(
    'the shards were a (0 to 2047), b (2048 to 4095) and would be a (0 to 99), b (100 to 4095)',
  )
  expect(differenceOf(halves, [shard('a', 0, 4095)])).toBeTruthy()
  expect(differenceOf(halves, [shard('a', 0, 2047), shard('c', 2048, 4095)])).toBeTruthy()
})

test('a shard’s URL has its own place and name, and the base’s user, password and parameters', () => {
  const base = 'postgresql://order:p%40ss@db.example:5432/order?sslmode=disable'
  const at = (host: string) => urlOf(base, shard('order_1', 0, 1, { host, port: 6000 }))
  expect(at('127.0.0.2')).toBe('postgresql://order:p%40ss@127.0.0.2:6000/order_1?sslmode=disable')
  expect(at('::1')).toBe('postgresql://order:p%40ss@[::1]:6000/order_1?sslmode=disable')
})
