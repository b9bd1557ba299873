// What the tests of the customer service share.
import { join } from 'node:path'
import type { Customer, CustomerAddress } from '#contracts/customer.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { evenShards } from '#platform/shards/shards.ts'
import { createTestDatabase } from '#platform/testing/fixtures.ts'
import { customerClient } from './database.ts'
import { createCustomerStore } from './store.ts'

export const schemaFolder = join(import.meta.dirname, '../../prisma/customer')

/** The service on two databases of its own, half of the buckets each. */
export async function startCustomerService() {
  const servers = [await createTestDatabase('customers_1'), await createTestDatabase('customers_2')]
  for (const { url } of servers) await migrateDatabase({ url, schemaFolder })
  const databases = servers.map(({ url }) => openDatabase(url, { client: customerClient }))
  const shards = evenShards(databases.map((database, i) => ({ name: `customers_${i + 1}`, database })))
  return {
    shards,
    urls: servers.map(({ url }) => url),
    store: createCustomerStore({ shards, clock: () => new Date() }),
    drop: async () => {
      await shards.close()
      for (const server of servers) await server.drop()
    },
  }
}

export const anAddress = (addressId = 'home'): CustomerAddress => ({
  addressId,
  line: '1 Street',
  city: 'London',
  postcode: 'N1 1AA',
  country: 'United Kingdom',
  latitude: 51.5074,
  longitude: -0.1278,
})

export const aCustomer = (customerId: string): Customer => ({
  customerId,
  name: `Customer ${customerId}`,
  email: `${customerId}@example.com`,
  phone: '+44 20 7946 0000',
  addresses: [anAddress()],
})
