import { findBucketOfId } from '#platform/ids.ts'
import { type Cache, type CacheOptions, createCache, dropAfter } from '#platform/redis/cache.ts'
import { parseExactly, writeExactly } from '#platform/values/int8.ts'
import type { OrderDetails } from './data/order-queries.ts'
import type { OrderStore } from './store.ts'

/** The names of all dates in it, at whatever depth. */
type DateField<T> = T extends readonly (infer Item)[]
  ? DateField<Item>
  : T extends object
    ? { [Field in keyof T & string]: Date extends T[Field] ? Field : DateField<T[Field]> }[keyof T & string]
    : never

const dates: Record<DateField<OrderDetails>, true> = {
  placedAt: true,
  updatedAt: true,
  endedAt: true,
  since: true,
  movedAt: true,
  at: true,
  requestedAt: true,
}

type Options = Pick<CacheOptions<OrderDetails>, 'redis' | 'lifetime' | 'logger'>

export const createOrderCache = (options: Options): Cache<OrderDetails> =>
  createCache({
    ...options,
    // With a number, for what was kept of an order before it had more fields cannot be read as one.
    name: 'order.2',
    encode: writeExactly,
    decode: (text) =>
      parseExactly(text, (field, value) =>
        Object.hasOwn(dates, field) && typeof value === 'string' ? new Date(value) : value,
      ) as OrderDetails,
  })

/** Finds orders in the cache first. */
export const cachedOrders = (store: OrderStore, cache: Cache<OrderDetails>): OrderStore => ({
  ...store,
  recordOrder: (request, judgement, at) =>
    dropAfter(cache, [request.orderId], () => store.recordOrder(request, judgement, at)),
  recordChanges: (request) => dropAfter(cache, [request.orderId], () => store.recordChanges(request)),
  openReturn: (request, at) => dropAfter(cache, [request.orderId], () => store.openReturn(request, at)),
  findOrder: async (orderId) =>
    // What is no order's id is not worth a question.
    findBucketOfId(orderId) === undefined ? undefined : cache.read(orderId, () => store.findOrder(orderId)),
})
