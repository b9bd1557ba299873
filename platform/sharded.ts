import type { Database } from './database.ts'
import { BUCKETS, bucketOf } from './shards.ts'

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

/** All buckets in one database. */
export function oneShard(database: Database, name = 'all'): Shards {
  const inRange = (bucket: number) => {
    if (!Number.isInteger(bucket) || bucket < 0 || bucket >= BUCKETS)
      throw new RangeError(`no bucket ${bucket}`)
    return database
  }
  return {
    ofBucket: inRange,
    ofKey: (key) => inRange(bucketOf(key)),
    all: () => [{ name, database }],
    close: () => database.close(),
  }
}
