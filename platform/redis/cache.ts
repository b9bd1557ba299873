import { randomUUID } from 'node:crypto'
import type { ConsumeOptions } from '../kafka/kafka.ts'
import type { Logger } from '../process/logger.ts'
import { createCacheGuard } from './cache-guard.ts'
import type { Redis } from './redis.ts'

/**
 * Keeps in Redis what is read often. It never throws because of Redis: while that is away everything is loaded.
 * Whoever changes a thing drops it before telling anybody; a read that begins later never sees it as it was before.
 */
export type Cache<T> = {
  /** What is kept, or else what `load` gives, which is kept from then on; undefined is not. */
  read(key: string, load: () => Promise<T | undefined>): Promise<T | undefined>
  /** False while Redis is unavailable: then it is remembered, and this process believes nothing before it is made good. */
  drop(...keys: string[]): Promise<boolean>
}

export type CacheOptions<T> = {
  redis: Redis
  /** A new name whenever the form of what is kept changes. */
  name: string
  /** For how long it is kept, in ms, a tenth more or less: the safety net. */
  lifetime: number
  logger: Logger
  /** JSON unless said otherwise, in which a Date becomes a text. */
  encode?: (value: T) => string
  decode?: (text: string) => T
}

/** In ms; what takes longer to load is not kept. */
const LOADING_MAY_TAKE = 5_000
const VALUE = '='
const LEASE = '?'

export function createCache<T>(options: CacheOptions<T>): Cache<T> {
  const { redis, name, lifetime, logger, encode = JSON.stringify, decode = JSON.parse } = options
  const { client } = redis
  const longestLife = lifetime * 1.1 + LOADING_MAY_TAKE
  const guard = createCacheGuard({ redis, name, longestLife, logger })

  return {
    async read(key, load) {
      const at = guard.nameOf(key)
      if (at === undefined) return load()
      const lease = LEASE + randomUUID()
      const found = await guard.ask(() => findOrLease(at, lease))
      if (found?.answer?.startsWith(VALUE)) return decode(found.answer.slice(VALUE.length))
      const value = await load()
      // Without an answer, or with somebody else's lease, it is not ours to keep.
      if (found?.answer === null && value !== undefined) await guard.ask(() => keep(at, lease, value))
      return value
    },
    drop: async (...keys) => keys.length === 0 || guard.drop(keys),
  }

  /** What is there; null: nothing was, and now our lease is. */
  function findOrLease(at: string, lease: string) {
    const expiration = { type: 'PX', value: LOADING_MAY_TAKE } as const
    return client.set(at, lease, { condition: 'NX', GET: true, expiration })
  }

  /** In the place of our own lease alone: whoever has changed the thing meanwhile has dropped that. */
  function keep(at: string, lease: string, value: T) {
    const life = Math.round(lifetime * (0.9 + Math.random() / 5))
    return client.eval(REPLACE, { keys: [at], arguments: [lease, VALUE + encode(value), String(life)] })
  }
}

const REPLACE = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
`

/** Carries a change out, and drops what it may have changed before it answers; after a fault, too: it may be done. */
export async function dropAfter<R>(
  cache: Pick<Cache<unknown>, 'drop'>,
  keys: readonly string[],
  change: () => Promise<R>,
): Promise<R> {
  try {
    return await change()
  } finally {
    await cache.drop(...keys)
  }
}

/**
 * How a group of its own drops what events tell of: by their key, which is the cached thing's, and unread, so that none
 * is unreadable. While Redis is away they come again. What came before the first start was dropped by who changed it.
 */
export const droppingByKey = (cache: Pick<Cache<unknown>, 'drop'>) =>
  ({
    onMessage: async ({ key }: { key: string }) => {
      if (!(await cache.drop(key))) throw new Error('the cache is unavailable')
    },
    atOnce: 16,
    deadLetter: false,
    fromBeginning: false,
  }) satisfies Partial<ConsumeOptions>
