import { findBucketOfId } from '#platform/ids.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Shards } from '#platform/shards/shards.ts'

/** A change of an order, as it was asked for under an Idempotency-Key: `name` says whose key it is and of what. */
export type KeyedChangeRequest = { orderId: string; name: string; fingerprint: string }

/** Which change each key of an order was first used for; kept with the order. */
export type IdempotencyKeys = {
  /** `another`: the key is of another request. Of an order that is not on record nothing is kept. */
  claim(request: KeyedChangeRequest): Promise<'ours' | 'another'>
  /** The change was refused and its key is free again. */
  release(request: KeyedChangeRequest): Promise<void>
}

export function createIdempotencyKeys({ shards }: { shards: Shards }): IdempotencyKeys {
  const shardOf = (orderId: string): Sql | undefined => {
    const bucket = findBucketOfId(orderId)
    return bucket === undefined ? undefined : shards.ofBucket(bucket)
  }
  return {
    claim: async (request) => {
      const sql = shardOf(request.orderId)
      return sql ? claim(sql, request) : 'ours'
    },
    release: async ({ orderId, name, fingerprint }) => {
      await shardOf(orderId)?.query(
        'delete from order_keys where order_id = $1 and name = $2 and fingerprint = $3',
        [orderId, name, fingerprint],
      )
    },
  }
}

async function claim(sql: Sql, { orderId, name, fingerprint }: KeyedChangeRequest) {
  await sql.query(
    `insert into order_keys (order_id, name, fingerprint)
     select order_id, $2, $3 from orders where order_id = $1 on conflict do nothing`,
    [orderId, name, fingerprint],
  )
  const [known] = await sql.query<{ fingerprint: string }>(
    'select fingerprint from order_keys where order_id = $1 and name = $2',
    [orderId, name],
  )
  return known && known.fingerprint !== fingerprint ? ('another' as const) : ('ours' as const)
}
