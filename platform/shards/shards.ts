import { BUCKETS, bucketOf, evenRange } from '../ids.ts'
import { type Database, isOutOfReach, type MakeClient, type Sql } from '../postgres/database.ts'
import { WrongDatabase } from '../postgres/identity.ts'
import type { ProcessContext } from '../process/lifecycle.ts'
import type { Shard } from './asking.ts'
import { differenceOf, problemOf, type ShardMap, urlOf } from './map.ts'
import { type MovingShard, openMovingShard, type Range } from './moving.ts'
import { firstMap, followMaps, type WatchShards } from './watching.ts'

export { type Answers, askEach, type Missing, type Shard } from './asking.ts'
export { ShardUnavailable } from './gate.ts'
export type { ShardAddress, ShardMap } from './map.ts'
export type { WatchShards } from './watching.ts'

/** A service's databases; each holds the rows of its buckets. Their number stays, their addresses may move. */
export type Shards<Client = unknown> = {
  /** The database that has the rows of this bucket. */
  ofBucket(bucket: number): Database<Client>
  /** The database that has the rows under this key, such as a customer's id. */
  ofKey(key: string): Database<Client>
  /** In one order, always, whether they can be asked or not. */
  all(): readonly Shard<Client>[]
  close(): Promise<void>
}

type Options<Client> = ProcessContext & {
  /** The one database of all buckets; with `watch`, its user, password and parameters are those of every shard. */
  url: string
  applicationName: string
  /** How many connections to each shard. */
  max?: number
  /** The service's own, for each shard. */
  client?: MakeClient<Client>
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
export const openShards = <Client>({ watch, ...options }: Options<Client>): Promise<Shards<Client>> =>
  watch ? openMovingShards(watch, options) : openOneShard(options)

/** All buckets in one database. */
export const oneShard = <Client>(database: Database<Client>, name = 'all'): Shards<Client> =>
  evenShards([{ name, database }])

/** The buckets split evenly among databases that stay where they are. */
export function evenShards<Client>(shards: readonly Shard<Client>[]): Shards<Client> {
  const held = shards.map((shard, nth) => ({ ...shard, ...evenRange(nth, shards.length) }))
  return shardsOf(held, async () => {
    await Promise.all(shards.map(({ database }) => database.close()))
  })
}

async function openOneShard<Client>(options: Options<Client>): Promise<Shards<Client>> {
  const { url } = options
  const range = { name: nameIn(url), firstBucket: 0, lastBucket: BUCKETS - 1 }
  const held = [{ ...range, ...openMovingShard(range, url, options) }]
  return opened(held, options, () => closeAll(held))
}

const nameIn = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1))

async function openMovingShards<Client>(
  watch: WatchShards,
  options: Options<Client>,
): Promise<Shards<Client>> {
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

type Opening<Client> = Held<Client> & MovingShard<Client>

/** When each has been tried; what was opened is closed again when they cannot be used. */
async function opened<Client>(
  held: readonly Opening<Client>[],
  { signal }: ProcessContext,
  close: () => Promise<void>,
): Promise<Shards<Client>> {
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

const closeAll = async (held: readonly MovingShard[]) => {
  await Promise.all(held.map((shard) => shard.close()))
}

type Held<Client> = Shard<Client> & { firstBucket: number; lastBucket: number }

function shardsOf<Client>(held: readonly Held<Client>[], close: () => Promise<void>): Shards<Client> {
  const byBucket = Array.from<Database<Client> | undefined>({ length: BUCKETS })
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
