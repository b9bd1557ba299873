import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connectRedis, type Redis } from '#platform/redis/redis.ts'
import { randomName, silent, testServer, until } from '#platform/testing/fixtures.ts'
import { cachedCustomers, createCustomerCache } from './cached-store.ts'
import { aCustomer, startCustomerService } from './fixtures.ts'
import type { CustomerStore } from './store.ts'

let service: Awaited<ReturnType<typeof startCustomerService>>
let redis: Redis
let store: CustomerStore
let finds = 0
beforeAll(async () => {
  service = await startCustomerService()
  redis = connectRedis(testServer('TEST_REDIS_URL'), silent)
  const counting = {
    ...service.store,
    find: (customerId: string) => {
      finds++
      return service.store.find(customerId)
    },
  }
  store = cachedCustomers(counting, createCustomerCache({ redis, lifetime: 60_000, logger: silent }))
  const probe = aCustomer(randomName('probe'))
  await store.create(probe, '')
  await until('the cache is used', async () => (await findsOf(probe.customerId)) === 0)
})
afterAll(async () => {
  await redis.close()
  await service.drop()
})

/** How often the database is asked for the customer by one reader. */
async function findsOf(customerId: string): Promise<number> {
  const before = finds
  await store.find(customerId)
  return finds - before
}

test('asks the database once for a customer, and again after each change', async () => {
  const customer = aCustomer(randomName('c'))
  const { customerId } = customer
  const changes: [() => Promise<unknown>, name: string][] = [
    [() => store.create(customer, ''), customer.name],
    [() => store.update(customerId, { name: 'Second' }, ''), 'Second'],
    [() => store.put([aCustomer(randomName('c')), { ...customer, name: 'Third' }], ''), 'Third'],
  ]
  expect(await store.find(customerId)).toBeUndefined()
  for (const [change, name] of changes) {
    await change()
    expect(await store.find(customerId)).toStrictEqual({ ...customer, name })
    expect(await findsOf(customerId)).toBe(0)
  }
})
