import { type Database, openDatabase } from './database.ts'
import { BUCKETS, bucketOf, evenRange } from './ids.ts'
import { type ProcessContext, waitUntilUp } from './lifecycle.ts'
import { differenceOf, problemOf, type ShardMap } from './sharded/map.ts'
import { openMovingShard } from './sharded/moving.ts'
import { firstMap, followMaps, type WatchShards } from './sharded/watching.ts'

export type { ShardAddress, ShardMap } from './sharded/map.ts'
export type { WatchShards } from './sharded/watching.ts'

export type Shard = { name: string; database: Database }

/** A service's databases; each holds the rows of its buckets. Their number stays, their addresses may move. */
export type Shards = {
  /** The database that has the rows of this bucket. */
  ofBucket(bucket: number): Database
  /** The database that has the rows under this key, such as a customer's id. */
  ofKey(key: string): Database
  /** In one order, always. */
  all(): readonly Shard[]
  close(): Promise<void>
}

type Options = ProcessContext & {
  /** The one database of all buckets; with `watch`, its user, password and parameters are those of every shard. */
  url: string
  applicationName: string
  /** Such as migrations: done once with each database before it is used. */
  prepare: (url: string) => Promise<unknown>
  /** Tells where the shards are; without it there is one, at `url`. */
  watch?: WatchShards | undefined
}

/** Waits, saying so, until every shard answers and is prepared. Throws when `signal` aborts. */
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

async function openOneShard({ url, applicationName, prepare, logger, signal }: Options): Promise<Shards> {
  const database = openDatabase(url, { applicationName })
  try {
    const { host, pathname } = new URL(url)
    await waitUntilUp(`${pathname.slice(1)} at ${host}`, () => database.query('select 1'), { logger, signal })
    await prepare(url)
    return oneShard(database)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openMovingShards(watch: WatchShards, options: Options): Promise<Shards> {
  const { prepare, logger, signal } = options
  const closing = new AbortController()
  const subscription = await firstMap(watch, options, closing.signal)
  const first = subscription.first.shards
  const held = first.map((address) => ({ ...address, ...openMovingShard(address, options) }))

  const take = ({ version, shards }: ShardMap) => {
    const problem = problemOf(shards) ?? differenceOf(first, shards)
    if (problem) return logger.error({ version }, `refused a map of the shards: ${problem}`)
    for (const { name, goTo } of held) {
      const address = shards.find((shard) => shard.name === name)
      if (address) goTo(address)
    }
  }
  const following = followMaps({ watch, subscription, take, logger, signal: closing.signal })
  const close = async () => {
    closing.abort()
    await following
    await Promise.all(held.map((shard) => shard.close()))
  }
  try {
    for (const { name, database, atItsUrl } of held) {
      await waitUntilUp(name, () => database.query('select 1'), { logger, signal })
      await atItsUrl(prepare)
    }
  } catch (error) {
    await close()
    throw error
  }
  return shardsOf(held, close)
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
