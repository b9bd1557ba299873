import type { Actor } from '#contracts/actor.ts'
import { bucketOf, derivedId, derivedIdInBucket, newId, newIdInBucket } from '#platform/ids.ts'

/** Makes an order's id. With the caller's idempotency key the id follows from it: a repeat is the same order. */
export type NewOrderId = (customerId: string, by: Actor, idempotencyKey: string | undefined) => string

export function createOrderIds(clock: () => Date): NewOrderId {
  return (customerId, by, idempotencyKey) => {
    const bucket = bucketOf(customerId)
    return idempotencyKey === undefined
      ? newIdInBucket(bucket, clock())
      : derivedIdInBucket(bucket, `rest/${customerId}/${by}/${idempotencyKey}`)
  }
}

/** Names what is asked of one workflow by what it asks for: the same again is the same request, and gets its answer. */
export const requestId = (asked: readonly unknown[]): string => derivedId(JSON.stringify(asked))

/**
 * Names what happens once, such as a top-up: the same for every repeat under one caller's idempotency key, and a new name
 * without a key. `what` says of which thing, such as `top-up/17850`.
 */
export const effectKey = (what: string, by: Actor, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined ? newId() : derivedId(`${what}/${by}/${idempotencyKey}`)
