import { findBucketOfId } from '#platform/ids.ts'
import type { OrderDatabase, OrderShards } from '../database.ts'

/** A change of an order, as it was asked for under an Idempotency-Key: `name` says whose key it is and of what. */
export type KeyedChangeRequest = { orderId: string; name: string; fingerprint: string }

/** Which change each key of an order was first used for; kept with the order. */
export type IdempotencyKeys = {
  /** `another`: the key is of another request. Of an order that is not on record nothing is kept. */
  claim(request: KeyedChangeRequest): Promise<'ours' | 'another'>
  /** The change was refused and its key is free again. */
  release(request: KeyedChangeRequest): Promise<void>
}

export function createIdempotencyKeys({ shards }: { shards: OrderShards }): IdempotencyKeys {
  const shardOf = (orderId: string): OrderDatabase | undefined => {
    const bucket = findBucketOfId(orderId)
    return bucket === undefined ? undefined : shards.ofBucket(bucket)
  }
  return {
    claim: async (request) => {
      const database = shardOf(request.orderId)
      return database ? claim(database, request) : 'ours'
    },
    release: async ({ orderId, name, fingerprint }) => {
      await shardOf(orderId)?.prisma.orderKey.deleteMany({ where: { orderId, name, fingerprint } })
    },
  }
}

async function claim({ prisma }: OrderDatabase, { orderId, name, fingerprint }: KeyedChangeRequest) {
  await prisma.$executeRaw`
    insert into order_keys (order_id, name, fingerprint)
    select order_id, ${name}, ${fingerprint} from orders where order_id = ${orderId} on conflict do nothing`
  const known = await prisma.orderKey.findUnique({ where: { orderId_name: { orderId, name } } })
  return known && known.fingerprint !== fingerprint ? ('another' as const) : ('ours' as const)
}
