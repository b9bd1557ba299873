import type { Customer } from '#contracts/customer.ts'
import { type Cache, type CacheOptions, createCache, dropAfter } from '#platform/redis/cache.ts'
import type { CustomerStore } from './store.ts'

type Options = Pick<CacheOptions<Customer>, 'redis' | 'lifetime' | 'logger'>

export const createCustomerCache = (options: Options): Cache<Customer> =>
  createCache({ ...options, name: 'customer' })

/** Finds customers in the cache first. */
export const cachedCustomers = (store: CustomerStore, cache: Cache<Customer>): CustomerStore => ({
  ...store,
  find: (customerId) => cache.read(customerId, () => store.find(customerId)),
  create: (customer, traceparent) =>
    dropAfter(cache, [customer.customerId], () => store.create(customer, traceparent)),
  update: (customerId, changes, traceparent) =>
    dropAfter(cache, [customerId], () => store.update(customerId, changes, traceparent)),
  add: (customers, traceparent) =>
    dropAfter(
      cache,
      customers.map(({ customerId }) => customerId),
      () => store.add(customers, traceparent),
    ),
  put: (customers, traceparent) =>
    dropAfter(
      cache,
      customers.map(({ customerId }) => customerId),
      () => store.put(customers, traceparent),
    ),
})
