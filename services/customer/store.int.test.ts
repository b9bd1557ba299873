import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { schemaDrift } from '#platform/migrate.ts'
import type { TestDatabase } from '#platform/testing.ts'
import { createCustomerStore } from './store.ts'
import { aCustomer, schemaFolder, startCustomerDatabase } from './testing.ts'

let server: TestDatabase

before(async () => {
  server = await startCustomerDatabase()
})
after(() => server.drop())

const clock = () => new Date()

test('the migrated database is what schema.prisma says', async () => {
  assert.equal(await schemaDrift({ url: server.url, schemaFolder }), '')
})

test('adds 500 customers in one go, counts what changed, and finds each as given', async () => {
  const store = createCustomerStore({ databaseOf: () => server.database, clock })
  const crowd = Array.from({ length: 500 }, (_, i) => aCustomer(`crowd-${i}`))
  assert.deepEqual(await store.put(crowd), { added: 500, changed: 0 })
  assert.deepEqual(await store.put(crowd), { added: 0, changed: 0 })
  const moved = { ...aCustomer('crowd-7'), place: { latitude: 40.4168, longitude: -3.7038 } }
  assert.deepEqual(await store.put([...crowd.slice(0, 7), moved, aCustomer('new')]), { added: 1, changed: 1 })
  assert.deepEqual(await store.find('crowd-7'), moved)
  assert.deepEqual(await store.find('crowd-8'), crowd[8])
  assert.equal(await store.find('nobody'), undefined)
})

test('the same customers put at once, in any order, do not stand in each other’s way', async () => {
  const store = createCustomerStore({ databaseOf: () => server.database, clock })
  const crowd = Array.from({ length: 200 }, (_, i) => aCustomer(`race-${i}`))
  const puts = [crowd, crowd.toReversed(), crowd, crowd.toReversed()].map((customers) => store.put(customers))
  const counts = await Promise.all(puts)
  assert.equal(
    counts.reduce((sum, { added }) => sum + added, 0),
    200,
  )
})

test('keeps each customer in the database that its id names', async () => {
  const other = await startCustomerDatabase()
  try {
    const databaseOf = (customerId: string) =>
      customerId.startsWith('far') ? other.database : server.database
    const store = createCustomerStore({ databaseOf, clock })
    assert.deepEqual(await store.put([aCustomer('far-1'), aCustomer('near-1')]), { added: 2, changed: 0 })
    assert.deepEqual(await other.database.query('select customer_id from customers'), [
      { customer_id: 'far-1' },
    ])
    assert.equal((await store.find('near-1'))?.customerId, 'near-1')
  } finally {
    await other.drop()
  }
})
