import { BUCKETS, bucketOf, evenRange } from '../ids.ts'
import { type Database, isOutOfReach, type Sql } from '../postgres/database.ts'
import { WrongDatabase } from '../postgres/identity.ts'
import type { ProcessContext } from '../process/lifecycle.ts'
import type { Shard } from './asking.ts'
import { differenceOf, problemOf, type ShardMap, urlOf } from './map.ts'
import { type MovingShard, openMovingShard, type Range } from './moving.ts'
import { firstMap, followMaps, type WatchShards } from './watching.ts'

export { type Answers, askEach, type Missing, type Shard } from './asking.ts'
export { ShardAway } from './gate.ts'
export type { ShardAddress, ShardMap } from './map.ts'
export type { WatchShards } from './watching.ts'

/** A service's databases; each holds the rows of its buckets. Their number stays, their addresses may move. */
export type Shards = {
  /** The database that has the rows of this bucket. */
  ofBucket(bucket: number): Database
  /** The database that has the rows under this key, such as a customer's id. */
  ofKey(key: string): Database
  /** In one order, always, whether they can be asked or not. */
  all(): readonly Shard[]
  close(): Promise<void>
}

type Options = ProcessContext & {
  /** The one database of all buckets; with `watch`, its user, password and parameters are those of every shard. */
  url: string
  applicationName: string
  /** How many connections to each shard. */
  max?: number
  /** Such as migrations: done with each database when it first answers, before it is used. */
  prepare: (url: string, shard: Range) => Promise<unknown>
  /** Throws when what answers at a shard's next address is not that shard. */
  prove?: (sql: Sql, shard: Range) => Promise<unknown>
  /** Tells where the shards are; without it there is one, at `url`. */
  watch?: WatchShards | undefined
}

/**
 * Waits for discovery, saying so, and tries each shard once. Whoever asks one that is away hears so at once; it is opened
 * when it comes. Throws when `signal` aborts, when a database is the wrong one, or when none can be prepared.
 */
export const openShards = ({ watch, ...options }: Options): Promise<Shards> =>
  watch ? openMovingShards(watch, options) : openOneShard(options)

/** All buckets in one database. */
export const oneShard = (database: Database, name = 'all'): Shards => evenShards([{ name, database }])

/** The buckets split evenly among databases that stay where they are. */
export function evenShards(shards: readonly Shard[]): Shards {
  const held = shards.map((shard, nth) => ({ ...shard, ...evenRange(nth, shards.length) }))
  return shardsOf(held, async () => {
    await Promise.all(shards.map(({ database }) => database.close()))
  })
}

async function openOneShard(options: Options): Promise<Shards> {
  const { url } = options
  const range = { name: nameIn(url), firstBucket: 0, lastBucket: BUCKETS - 1 }
  const held = [{ ...range, ...openMovingShard(range, url, options) }]
  return opened(held, options, () => closeAll(held))
}

const nameIn = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1))

async function openMovingShards(watch: WatchShards, options: Options): Promise<Shards> {
  const { logger } = options
  const closing = new AbortController()
  const subscription = await firstMap(watch, options, closing.signal)
  const first = subscription.first.shards
  const held = first.map((address) => ({
    ...address,
    ...openMovingShard(address, urlOf(options.url, address), options),
  }))

  const take = ({ version, shards }: ShardMap) => {
    const problem = problemOf(shards) ?? differenceOf(first, shards)
    if (problem) return logger.error({ version }, `refused a map of the shards: ${problem}`)
    for (const { name, goTo } of held) {
      const address = shards.find((shard) => shard.name === name)
      if (address) goTo(address)
    }
  }
  const following = followMaps({ watch, subscription, take, logger, signal: closing.signal })
  return opened(held, options, async () => {
    closing.abort()
    await following
    await closeAll(held)
  })
}

type Opening = Held & MovingShard

/** When each has been tried; what was opened is closed again when they cannot be used. */
async function opened(held: readonly Opening[], { signal }: Options, close: () => Promise<void>) {
  const tried = Promise.allSettled(held.map(({ firstTry }) => firstTry))
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  await Promise.race([tried, stopped])
  const faults = signal.aborted ? [signal.reason] : faultsIn(await tried)
  const wrong = faults.find((fault) => fault instanceof WrongDatabase)
  const useless = faults.length === held.length && faults.find((fault) => !isOutOfReach(fault))
  if (!signal.aborted && !wrong && !useless) return shardsOf(held, close)
  await close()
  throw wrong ?? useless ?? signal.reason
}

const faultsIn = (results: readonly PromiseSettledResult<void>[]): unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))

const closeAll = async (held: readonly Opening[]) => {
  await Promise.all(held.map((shard) => shard.close()))
}

type Held = Shard & { firstBucket: number; lastBucket: number }

function shardsOf(held: readonly Held[], close: () => Promise<void>): Shards {
  const byBucket = Array.from<Database | undefined>({ length: BUCKETS })
  for (const { database, firstBucket, lastBucket } of held)
    byBucket.fill(database, firstBucket, lastBucket + 1)
  const all = held.map(({ name, database }) => ({ name, database }))
  const ofBucket = (bucket: number) => {
    const database = byBucket[bucket]
    if (!database) throw new RangeError(`no bucket ${bucket}`)
    return database
  }
  return { ofBucket, ofKey: (key) => ofBucket(bucketOf(key)), all: () => all, close }
}
