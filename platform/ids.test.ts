import { expect, test } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import {
  BUCKETS,
  bucketOf,
  bucketOfId,
  derivedId,
  derivedIdInBucket,
  evenRange,
  newId,
  newIdInBucket,
} from './ids.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const now = new Date('2026-11-21T05:00:00.123Z')

test('hashes keys as MurmurHash3 does, text beyond ASCII included', () => {
  // Reference values of MurmurHash3_x86_32 with seed 0: 'abc' is 0xb3dd93fa, '' is 0.
  expect(bucketOf('abc')).toBe(0xb3dd93fa % BUCKETS)
  expect(bucketOf('')).toBe(0)
  // 'é' as UTF-8 is c3 a9.
  expect(bucketOf('é')).toBe(bucketOf(Buffer.from([0xc3, 0xa9]).toString('utf8')))
})

test('spreads keys evenly over the buckets', () => {
  const quarters = [0, 0, 0, 0]
  for (let n = 0; n < 8_000; n++) {
    const quarter = Math.floor(bucketOf(`key-${n}`) / (BUCKETS / 4))
    quarters[quarter] = (quarters[quarter] ?? 0) + 1
  }
  for (const count of quarters) ensure(count > 1_800 && count < 2_200, quarters.join())
})

test('puts the bucket and the time into a UUIDv7 and reads the bucket back', () => {
  for (const bucket of [0, 1, 2_748, BUCKETS - 1]) {
    const id = newIdInBucket(bucket, now)
    expect(id).toMatch(UUID_V7)
    expect(bucketOfId(id)).toBe(bucket)
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now.getTime())
  }
})

test('takes the randomness of an id from outside', () => {
  const id = newIdInBucket(0xabc, now, (bytes) => new Uint8Array(bytes).fill(0xff))
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7abc-bfff-ffffffffffff$/)
})

test('derives the same UUIDv8 from the same name, in the bucket asked for', () => {
  const id = derivedIdInBucket(77, 'web:1')
  expect(id).toMatch(UUID_V8)
  expect(bucketOfId(id)).toBe(77)
  expect(id).toBe(derivedIdInBucket(77, 'web:1'))
  expect(id).not.toBe(derivedIdInBucket(77, 'web:2'))
})

test('makes ids without a bucket of the same two kinds', () => {
  expect(newId(now)).toMatch(UUID_V7)
  expect(newId(now)).not.toBe(newId(now))
  expect(derivedId('x')).toMatch(UUID_V8)
  expect(derivedId('x')).toBe(derivedId('x'))
})

test('sorts ids by their time', () => {
  ensure(newId(now) < newId(new Date(now.getTime() + 1)))
})

test('refuses buckets that do not exist and texts that are no such id', () => {
  expect(() => newIdInBucket(BUCKETS, now)).toThrow(/no bucket 4096/)
  expect(() => bucketOfId('f47ac10b-58cc-4372-a567-0e02b2c3d479')).toThrow(/no id with a bucket/)
})

test('splits the buckets evenly: each is in one shard, and no shard has two more than another', () => {
  for (const count of [1, 2, 3, 7, 100]) {
    const shards = Array.from({ length: count }, (_, nth) => evenRange(nth, count))
    const all = shards.flatMap(({ firstBucket, lastBucket }) =>
      Array.from({ length: lastBucket - firstBucket + 1 }, (_, i) => firstBucket + i),
    )
    expect(all).toStrictEqual(Array.from({ length: BUCKETS }, (_, bucket) => bucket))
    const sizes = shards.map(({ firstBucket, lastBucket }) => lastBucket - firstBucket)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
  }
})
