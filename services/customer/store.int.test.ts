import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Customer } from '#contracts/customer.ts'
import { CustomerChangedSchema } from '#generated/proto/customer/v1/events_pb.ts'
import { decode } from '#platform/messaging/messages.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { schemaDrift } from '#platform/postgres/migrate.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { evenShards } from '#platform/shards/shards.ts'
import { ensure } from '#platform/testing/expect.ts'
import { randomName } from '#platform/testing/fixtures.ts'
import { customerClient } from './database.ts'
import { aCustomer, anAddress, schemaFolder, startCustomerService } from './fixtures.ts'
import { createCustomerStore } from './store.ts'

let service: Awaited<ReturnType<typeof startCustomerService>>
beforeAll(async () => {
  service = await startCustomerService()
})
afterAll(() => service.drop())

const traceparent = newTraceparent()
const put = (customers: Customer[]) => service.store.put(customers, traceparent)

/** What was told of a customer, and where: the shard's place among all. */
const eventsOf = (customerId: string) =>
  Promise.all(
    service.shards
      .all()
      .map(({ database }) =>
        database.query<{ topic: string; type: string; payload: Buffer; headers: object }>(
          'select topic, type, payload, headers from outbox where key = $1 order by position',
          [customerId],
        ),
      ),
  )
const countEvents = async (customerId: string) => (await eventsOf(customerId)).flat().length

test('the migrated database is what schema.prisma says', async () => {
  expect(await schemaDrift({ url: service.urls[0] ?? '', schemaFolder })).toBe('')
})

test('adds 500 customers in one go, counts what changed, and finds each as given', async () => {
  const crowd = Array.from({ length: 500 }, (_, i) => aCustomer(`crowd-${i}`))
  expect(await put(crowd)).toStrictEqual({ added: 500, changed: 0 })
  expect(await put(crowd)).toStrictEqual({ added: 0, changed: 0 })
  const moved = {
    ...aCustomer('crowd-7'),
    addresses: [{ ...anAddress('casa'), city: 'Madrid', latitude: 40.4168, longitude: -3.7038 }, anAddress()],
  }
  expect(await put([...crowd.slice(0, 7), moved, aCustomer('new')])).toStrictEqual({ added: 1, changed: 1 })
  expect(await service.store.find('crowd-7')).toStrictEqual(moved)
  expect(await service.store.find('crowd-8')).toStrictEqual(crowd[8])
  expect(await service.store.find('nobody')).toBeUndefined()
  expect(await Promise.all(['crowd-7', 'crowd-8', 'new'].map(countEvents))).toStrictEqual([2, 1, 1])
})

test('adds those of 500 that are new, and leaves the others where they moved to', async () => {
  const crowd = Array.from({ length: 500 }, (_, i) => aCustomer(`settler-${i}`))
  const moved = { ...aCustomer('settler-7'), name: 'Moved', addresses: [{ ...anAddress(), city: 'Leeds' }] }
  await put([moved])
  expect(await service.store.add(crowd, traceparent)).toBe(499)
  expect(await service.store.add(crowd, traceparent)).toBe(0)
  expect(await service.store.find('settler-7')).toStrictEqual(moved)
  expect(await service.store.find('settler-8')).toStrictEqual(crowd[8])
  expect(await Promise.all(['settler-7', 'settler-8'].map(countEvents))).toStrictEqual([1, 1])
})

test('takes the order of the addresses for a change, and what is equal for none', async () => {
  const customer = { ...aCustomer('two-homes'), addresses: [anAddress('a'), anAddress('b')] }
  await put([customer])
  expect(await put([{ ...customer, addresses: customer.addresses.toReversed() }])).toStrictEqual({
    added: 0,
    changed: 1,
  })
  expect((await service.store.find('two-homes'))?.addresses.map(({ addressId }) => addressId)).toStrictEqual([
    'b',
    'a',
  ])
})

test('tells of each change in the customer’s own shard, without a word of what it is', async () => {
  const customerId = randomName('told')
  await put([aCustomer(customerId)])
  const all = await eventsOf(customerId)
  const home = service.shards.all().findIndex(({ database }) => database === service.shards.ofKey(customerId))
  expect(all.map(({ length }) => length)).toStrictEqual(home === 0 ? [1, 0] : [0, 1])
  const [event] = all[home] ?? []
  ensure(event)
  const { topic, type, headers } = event
  expect([topic, type, headers]).toStrictEqual(['customer.events', 'CustomerChanged', { traceparent }])
  expect(decode(CustomerChangedSchema, event.payload).customerId).toBe(customerId)
  expect(event.payload.toString('latin1')).not.toMatch(/Customer told|@example|Street/)
})

test('creates a customer once: the same again is the same, another one is refused', async () => {
  const customer = aCustomer('created')
  expect(await service.store.create(customer, traceparent)).toBe(true)
  expect(await service.store.create(customer, traceparent)).toBe(true)
  expect(await service.store.create({ ...customer, name: 'Another' }, traceparent)).toBe(false)
  expect(await service.store.find('created')).toStrictEqual(customer)
  expect(await countEvents('created')).toBe(1)
})

test('changes what is given, and writes nothing when nothing changes', async () => {
  const customer = aCustomer('updated')
  await put([customer])
  const update = (changes: Partial<Customer>) => service.store.update('updated', changes, traceparent)
  expect(await update({ phone: '' })).toStrictEqual({ ...customer, phone: '' })
  expect(await update({ phone: '', addresses: [anAddress()] })).toStrictEqual({ ...customer, phone: '' })
  const addresses = [anAddress('work'), anAddress()]
  expect(await update({ addresses })).toStrictEqual({ ...customer, phone: '', addresses })
  expect(await service.store.find('updated')).toStrictEqual({ ...customer, phone: '', addresses })
  expect(await countEvents('updated')).toBe(3)
  expect(await service.store.update('nobody', { phone: '' }, traceparent)).toBeUndefined()
})

test('the same customers put at once, in any order, do not stand in each other’s way', async () => {
  const crowd = Array.from({ length: 200 }, (_, i) => aCustomer(`race-${i}`))
  const counts = await Promise.all([crowd, crowd.toReversed(), crowd, crowd.toReversed()].map(put))
  expect(counts.reduce((sum, { added }) => sum + added, 0)).toBe(200)
  expect(await countEvents('race-7')).toBe(1)
})

test('lists all shards by id, page by page, without gaps or repeats while customers come', async () => {
  const prefix = randomName('l')
  const ids = ['A', 'Z', '_', 'a', 'z', '-', '.', '9', 'aa', 'B'].map((end) => `${prefix}${end}`)
  await put(ids.map(aCustomer))
  const seen: string[] = []
  for (let after = ''; ; ) {
    const { customers: page } = await service.store.list({ search: prefix.toUpperCase(), after, limit: 3 })
    seen.push(...page.map(({ customerId }) => customerId))
    after = page.at(-1)?.customerId ?? ''
    if (page.length < 3) break
    // Before the place where the list is.
    await put([aCustomer(`${prefix}-${seen.length}`)])
  }
  expect(seen).toStrictEqual(ids.toSorted())
})

test('searches ids, names and e-mail addresses, and takes every letter as it is', async () => {
  const [one, other] = [randomName('s'), randomName('s')]
  await put([
    { ...aCustomer(one), name: 'Zoë 100% Müller', email: 'zoe_m@example.com' },
    { ...aCustomer(other), email: `${one}@example.org` },
  ])
  const found = async (search: string) =>
    (await service.store.list({ search, after: '', limit: 10 })).customers
      .map(({ customerId }) => customerId)
      .sort()
  expect(await found('100% mü')).toStrictEqual([one])
  expect(await found('ZOE_M@')).toStrictEqual([one])
  expect(await found('zoe%m')).toStrictEqual([])
  expect(await found(one)).toStrictEqual([one, other].sort())
})

test('lists what is in the shards that answer, and says which does not', async () => {
  const [first] = service.shards.all()
  ensure(first)
  const away = openDatabase('postgres://nobody@127.0.0.1:1/nowhere', { client: customerClient })
  const shards = evenShards([first, { name: 'customers_2', database: away }])
  const half = createCustomerStore({ shards, clock: () => new Date() })
  const { customers, missing } = await half.list({ search: '', after: '', limit: 200 })
  expect(customers.length).toBeGreaterThan(0)
  expect(missing).toStrictEqual([{ shard: 'customers_2', why: 'connect ECONNREFUSED 127.0.0.1:1' }])
  await away.close()
})
