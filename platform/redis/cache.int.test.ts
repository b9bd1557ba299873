import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import type { Child } from '#stack/processes/children.ts'
import { freePorts } from '#stack/servers/ports.ts'
import { startValkey } from '#stack/servers/valkey.ts'
import { randomName, silent, testServer, until } from '../testing/fixtures.ts'
import { type Cache, createCache, droppingByKey } from './cache.ts'
import { connectRedis, type Redis } from './redis.ts'

const cleanUp = cleanUpAfterEach()

const minute = 60_000
let redis: Redis
let otherRedis: Redis
beforeAll(async () => {
  redis = connectRedis(testServer('TEST_REDIS_URL'), silent)
  otherRedis = connectRedis(testServer('TEST_REDIS_URL'), silent)
  await until('both are connected', () => redis.isUp() && otherRedis.isUp())
})
afterAll(() => Promise.all([redis.close(), otherRedis.close()]))

type Options = Partial<Parameters<typeof createCache<number>>[0]>

/** A cache that is already in use. */
async function inUse(options: Options = {}): Promise<Cache<number>> {
  const name = options.name ?? randomName('test')
  const cache = createCache<number>({ redis, lifetime: minute, logger: silent, ...options, name })
  await keeps(cache)
  return cache
}

/** Until it gives what it has instead of loading it. */
const keeps = (cache: Cache<number>) =>
  until('it keeps what it loads', async () => {
    const key = randomName('probe')
    await cache.read(key, async () => 1)
    return (await cache.read(key, async () => 2)) === 1
  })

/** Numbers that only grow, in a store of its own pace. */
function slowStore() {
  const numbers = new Map<string, number>()
  let loads = 0
  const pause = (most: number) => sleep(Math.random() * most)
  return {
    loads: () => loads,
    load: (key: string) => async () => {
      loads++
      await pause(2)
      const seen = numbers.get(key) ?? 0
      await pause(4)
      return seen
    },
    /** The number that it is from then on. */
    raise: async (key: string) => {
      await pause(2)
      const next = (numbers.get(key) ?? 0) + 1
      numbers.set(key, next)
      await pause(1)
      return next
    },
  }
}

/**
 * Reads and writes at once, from now on until `stop`. Every read must give at least what was answered to a writer before
 * it began; those that do not are `stale`.
 */
function race(...caches: Cache<number>[]) {
  const store = slowStore()
  const answered = new Map<string, number>()
  const keys = Array.from({ length: 4 }, () => randomName('key'))
  const count = { reads: 0, writes: 0, stale: 0 }
  const over = new AbortController()
  const pick = <T>(from: readonly T[]) => from[Math.floor(Math.random() * from.length)] as T
  const writer = async () => {
    while (!over.signal.aborted) {
      const key = pick(keys)
      const now = await store.raise(key)
      await pick(caches).drop(key)
      answered.set(key, Math.max(now, answered.get(key) ?? 0))
      count.writes++
      await sleep(Math.random() * 10)
    }
  }
  const reader = async () => {
    while (!over.signal.aborted) {
      const key = pick(keys)
      const least = answered.get(key) ?? 0
      const seen = await pick(caches).read(key, store.load(key))
      count.reads++
      if ((seen ?? 0) < least) count.stale++
    }
  }
  const racing = Promise.all([writer(), writer(), ...Array.from({ length: 12 }, reader)])
  const moreWrites = (more: number) => {
    const wanted = count.writes + more
    return until(`${more} more writes`, () => count.writes >= wanted)
  }
  const stop = async () => {
    over.abort()
    await racing
    return { ...count, loads: store.loads() }
  }
  return { moreWrites, stop }
}

test('loads once, keeps what it loaded for its lifetime, a tenth more or less, and forgets what is dropped', async () => {
  const name = randomName('test')
  const cache = await inUse({ name })
  const loaded: string[] = []
  const read = (key: string) => cache.read(key, async () => loaded.push(key))
  expect([await read('a'), await read('a'), await read('b')]).toStrictEqual([1, 1, 2])
  const lives = await Promise.all(
    (await redis.client.keys(`cache:*:${name}:?`)).map((key) => redis.client.pTTL(key)),
  )
  expect(lives.length).toBe(2)
  expect(lives.every((life) => life > 0.89 * minute && life <= 1.1 * minute)).toBeTruthy()
  expect(await cache.drop('a', 'b')).toBe(true)
  expect([await read('a'), await read('b')]).toStrictEqual([3, 4])
  expect(await cache.drop()).toBe(true)
})

test('asks again for what was not there, and tells of a fault of the store', async () => {
  const cache = await inUse()
  expect(await cache.read('a', async () => undefined)).toBeUndefined()
  expect(await cache.read('a', async () => 1)).toBe(1)
  await expect(
    cache.read('b', async () => {
      throw new Error('the database is away')
    }),
  ).rejects.toThrow(/the database is away/)
})

test('gives back what JSON cannot hold, in the words of whoever uses it', async () => {
  const cache = createCache<Date>({
    redis,
    name: randomName('test'),
    lifetime: minute,
    logger: silent,
    encode: (date) => date.toISOString(),
    decode: (text) => new Date(text),
  })
  const date = new Date('2010-12-01T08:26:00.000Z')
  await until('it is kept', async () => {
    await cache.read('a', async () => date)
    return (await cache.read('a', async () => undefined)) !== undefined
  })
  expect(await cache.read('a', async () => undefined)).toStrictEqual(date)
})

test('does not keep what was loaded before a change', async () => {
  const cache = await inUse()
  const gate = Promise.withResolvers<number>()
  const slow = cache.read('a', () => gate.promise)
  await cache.drop('a')
  gate.resolve(1)
  expect(await slow).toBe(1)
  expect(await cache.read('a', async () => 2)).toBe(2)
})

test('never gives a reader less than a writer was told before, though two processes read and write at once', async () => {
  const name = randomName('test')
  const caches = [await inUse({ name }), await inUse({ name, redis: otherRedis })]
  const racing = race(...caches)
  await racing.moreWrites(200)
  const { reads, stale, loads } = await racing.stop()
  expect(stale).toBe(0)
  expect(loads).toBeLessThan(reads)
})

test('an event drops by its key, whatever is in it, and comes again while Redis is away', async () => {
  const cache = await inUse()
  await cache.read('a', async () => 1)
  await droppingByKey(cache).onMessage({ key: 'a' })
  expect(await cache.read('a', async () => 2)).toBe(2)
  const away = connectRedis('redis://127.0.0.1:1', silent)
  const without = createCache<number>({ redis: away, name: 'test', lifetime: minute, logger: silent })
  await expect(droppingByKey(without).onMessage({ key: 'a' })).rejects.toThrow(/unavailable/)
  expect(await without.read('a', async () => 3)).toBe(3)
  await away.close()
})

test('goes on without a Redis that is killed or hangs in the midst of reads and writes, and gives nothing stale after its return', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'order-saga-cache-'))
  cleanUp(() => rm(folder, { recursive: true }))
  const options = { dataFolder: folder, logFolder: folder, durable: true, ports: await freePorts() }
  let server: Child & { url: string } = await startValkey(options)
  cleanUp(() => server.stop())
  const own = connectRedis(server.url, silent)
  cleanUp(() => own.close())
  const cache = await inUse({ redis: own })

  await cache.read('a', async () => 1)

  const racing = race(cache)
  cleanUp(racing.stop)
  await racing.moreWrites(30)
  await server.stop({ signal: 'SIGKILL' })
  await racing.moreWrites(30)
  server = await startValkey(options)
  await keeps(cache)
  // It may have died between the answer and the disk.
  expect(await cache.read('a', async () => 2)).toBe(2)
  await racing.moreWrites(30)
  process.kill(server.pid, 'SIGSTOP')
  await until('it is missed', async () => !(await cache.drop('any')))
  await racing.moreWrites(30)
  process.kill(server.pid, 'SIGCONT')
  await keeps(cache)
  await racing.moreWrites(30)
  const { stale } = await racing.stop()
  expect(stale).toBe(0)
})
