import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, reasonOf } from '../process/logger.ts'
import { within } from '../process/within.ts'
import type { Redis } from './redis.ts'

type CacheGuardOptions = {
  redis: Redis
  name: string
  /** In ms; nothing that should have been dropped outlives it. */
  longestLife: number
  logger: Logger
}

/** Whether what Redis holds may be believed: not while it is away, nor before it is rid of what has changed meanwhile. */
export type CacheGuard = {
  /** The full name of a key; undefined while nothing may be believed. */
  nameOf(key: string): string | undefined
  /** Asks Redis. Undefined when it does not answer in time; then nothing is believed until it has been asked again. */
  ask<T>(question: () => Promise<T>): Promise<{ answer: T } | undefined>
  /** False: not yet, but before anything is believed again. */
  drop(keys: readonly string[]): Promise<boolean>
}

const REDIS_MAY_TAKE = 500
const LOOK_AGAIN_AFTER = 200
const DROPPED_AT_ONCE = 1_000

export function createCacheGuard({
  redis: { client },
  name,
  longestLife,
  logger,
}: CacheGuardOptions): CacheGuard {
  // A server that was killed may come back with what it held a moment earlier, so names are of one run of it.
  let run: string | undefined
  let losses = 0
  let recovering = false
  let missed = false
  const closing = new AbortController()
  const owed = new Map<string, number>()
  const named = (run: string) => (key: string) => `cache:${run}:${name}:${key}`

  function lose(why: unknown): void {
    if (run !== undefined) {
      logger.warn(`the cache of ${name} is bypassed: ${reasonOf(why)}`)
      missed = true
    }
    run = undefined
    losses++
    if (!recovering) void recover()
  }

  async function recover(): Promise<void> {
    recovering = true
    while (!closing.signal.aborted && run === undefined) {
      const before = losses
      const found = await settle().catch(() => undefined)
      if (found !== undefined && owed.size === 0 && losses === before) run = found
      else await sleep(LOOK_AGAIN_AFTER, undefined, { ref: false })
    }
    recovering = false
    if (run !== undefined && missed) logger.info(`the cache of ${name} is in use again`)
  }

  /** Drops what is owed; answers with the run of the server that is rid of it. */
  async function settle(): Promise<string> {
    const info = await within(REDIS_MAY_TAKE, client.info('server'))
    const found = /^run_id:(\w+)/m.exec(info)?.[1] ?? 'unknown'
    while (owed.size > 0) {
      // Taken out first: what is owed anew meanwhile stays.
      const keys = [...owed.keys()].slice(0, DROPPED_AT_ONCE)
      for (const key of keys) owed.delete(key)
      await unlink(found, keys)
    }
    return found
  }

  async function unlink(run: string, keys: readonly string[]): Promise<void> {
    try {
      await within(REDIS_MAY_TAKE, client.unlink(keys.map(named(run))))
    } catch (error) {
      owe(keys)
      throw error
    }
  }

  function owe(keys: readonly string[]): void {
    const now = Date.now()
    for (const key of keys) {
      owed.delete(key)
      owed.set(key, now)
    }
    for (const [key, since] of owed) {
      if (now - since < longestLife) break
      owed.delete(key)
    }
  }

  client.on('error', lose)
  client.on('end', () => closing.abort())
  void recover()

  return {
    nameOf: (key) => run && named(run)(key),
    ask: async (question) => {
      try {
        return { answer: await within(REDIS_MAY_TAKE, question()) }
      } catch (error) {
        lose(error)
        return undefined
      }
    },
    drop: async (keys) => {
      if (run === undefined) {
        owe(keys)
        return false
      }
      try {
        await unlink(run, keys)
        return true
      } catch (error) {
        lose(error)
        return false
      }
    },
  }
}
