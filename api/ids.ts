import { bucketOf, derivedId, derivedIdInBucket, newId, newIdInBucket } from '#platform/shards.ts'

/** Makes an order's id. With the caller's idempotency key the id follows from it: a repeat is the same order. */
export type NewOrderId = (customerId: string, idempotencyKey: string | undefined) => string

export function createOrderIds(clock: () => Date): NewOrderId {
  return (customerId, idempotencyKey) => {
    const bucket = bucketOf(customerId)
    return idempotencyKey === undefined
      ? newIdInBucket(bucket, clock())
      : derivedIdInBucket(bucket, `rest/${customerId}/${idempotencyKey}`)
  }
}

/** What makes a top-up single in the ledger: the same for every repeat under one idempotency key. */
export const topUpKey = (customerId: string, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined ? newId() : derivedId(`top-up/${customerId}/${idempotencyKey}`)
