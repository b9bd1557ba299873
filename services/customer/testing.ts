// What the tests of the customer service share.
import { join } from 'node:path'
import { migrateDatabase } from '#platform/migrate.ts'
import { createTestDatabase } from '#platform/testing.ts'
import type { Customer } from './rules.ts'

export const schemaFolder = join(import.meta.dirname, '../../prisma/customer')

/** A database of the service, as a process start leaves it. */
export async function startCustomerDatabase() {
  const server = await createTestDatabase('customer')
  await migrateDatabase({ url: server.url, schemaFolder })
  return server
}

export const aCustomer = (customerId: string): Customer => ({
  customerId,
  name: `Customer ${customerId}`,
  email: `${customerId}@example.com`,
  phone: '+44 20 7946 0000',
  address: { line: '1 Street', city: 'London', postcode: 'N1 1AA', country: 'United Kingdom' },
  place: { latitude: 51.5074, longitude: -0.1278 },
})
