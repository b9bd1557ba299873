import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Customer } from '#contracts/customer.ts'
import { CustomerChangedSchema } from '#generated/proto/customer/v1/events_pb.ts'
import { decode } from '#platform/messaging/messages.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { schemaDrift } from '#platform/postgres/migrate.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { evenShards } from '#platform/shards/shards.ts'
import { randomName } from '#platform/testing/fixtures.ts'
import { aCustomer, anAddress, schemaFolder, startCustomerService } from './fixtures.ts'
import { createCustomerStore } from './store.ts'

let service: Awaited<ReturnType<typeof startCustomerService>>
before(async () => {
  service = await startCustomerService()
})
after(() => service.drop())

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
  assert.equal(await schemaDrift({ url: service.urls[0] ?? '', schemaFolder }), '')
})

test('adds 500 customers in one go, counts what changed, and finds each as given', async () => {
  const crowd = Array.from({ length: 500 }, (_, i) => aCustomer(`crowd-${i}`))
  assert.deepEqual(await put(crowd), { added: 500, changed: 0 })
  assert.deepEqual(await put(crowd), { added: 0, changed: 0 })
  const moved = {
    ...aCustomer('crowd-7'),
    addresses: [{ ...anAddress('casa'), city: 'Madrid', latitude: 40.4168, longitude: -3.7038 }, anAddress()],
  }
  assert.deepEqual(await put([...crowd.slice(0, 7), moved, aCustomer('new')]), { added: 1, changed: 1 })
  assert.deepEqual(await service.store.find('crowd-7'), moved)
  assert.deepEqual(await service.store.find('crowd-8'), crowd[8])
  assert.equal(await service.store.find('nobody'), undefined)
  assert.deepEqual(await Promise.all(['crowd-7', 'crowd-8', 'new'].map(countEvents)), [2, 1, 1])
})

test('adds those of 500 that are new, and leaves the others where they moved to', async () => {
  const crowd = Array.from({ length: 500 }, (_, i) => aCustomer(`settler-${i}`))
  const moved = { ...aCustomer('settler-7'), name: 'Moved', addresses: [{ ...anAddress(), city: 'Leeds' }] }
  await put([moved])
  assert.equal(await service.store.add(crowd, traceparent), 499)
  assert.equal(await service.store.add(crowd, traceparent), 0)
  assert.deepEqual(await service.store.find('settler-7'), moved)
  assert.deepEqual(await service.store.find('settler-8'), crowd[8])
  assert.deepEqual(await Promise.all(['settler-7', 'settler-8'].map(countEvents)), [1, 1])
})

test('takes the order of the addresses for a change, and what is equal for none', async () => {
  const customer = { ...aCustomer('two-homes'), addresses: [anAddress('a'), anAddress('b')] }
  await put([customer])
  assert.deepEqual(await put([{ ...customer, addresses: customer.addresses.toReversed() }]), {
    added: 0,
    changed: 1,
  })
  assert.deepEqual(
    (await service.store.find('two-homes'))?.addresses.map(({ addressId }) => addressId),
    ['b', 'a'],
  )
})

test('tells of each change in the customer’s own shard, without a word of what it is', async () => {
  const customerId = randomName('told')
  await put([aCustomer(customerId)])
  const all = await eventsOf(customerId)
  const home = service.shards.all().findIndex(({ database }) => database === service.shards.ofKey(customerId))
  assert.deepEqual(
    all.map(({ length }) => length),
    home === 0 ? [1, 0] : [0, 1],
  )
  const [event] = all[home] ?? []
  assert.ok(event)
  const { topic, type, headers } = event
  assert.deepEqual([topic, type, headers], ['customer.events', 'CustomerChanged', { traceparent }])
  assert.equal(decode(CustomerChangedSchema, event.payload).customerId, customerId)
  assert.doesNotMatch(event.payload.toString('latin1'), /Customer told|@example|Street/)
})

test('creates a customer once: the same again is the same, another one is refused', async () => {
  const customer = aCustomer('created')
  assert.equal(await service.store.create(customer, traceparent), true)
  assert.equal(await service.store.create(customer, traceparent), true)
  assert.equal(await service.store.create({ ...customer, name: 'Another' }, traceparent), false)
  assert.deepEqual(await service.store.find('created'), customer)
  assert.equal(await countEvents('created'), 1)
})

test('changes what is given, and writes nothing when nothing changes', async () => {
  const customer = aCustomer('updated')
  await put([customer])
  const update = (changes: Partial<Customer>) => service.store.update('updated', changes, traceparent)
  assert.deepEqual(await update({ phone: '' }), { ...customer, phone: '' })
  assert.deepEqual(await update({ phone: '', addresses: [anAddress()] }), { ...customer, phone: '' })
  const addresses = [anAddress('work'), anAddress()]
  assert.deepEqual(await update({ addresses }), { ...customer, phone: '', addresses })
  assert.deepEqual(await service.store.find('updated'), { ...customer, phone: '', addresses })
  assert.equal(await countEvents('updated'), 3)
  assert.equal(await service.store.update('nobody', { phone: '' }, traceparent), undefined)
})

test('the same customers put at once, in any order, do not stand in each other’s way', async () => {
  const crowd = Array.from({ length: 200 }, (_, i) => aCustomer(`race-${i}`))
  const counts = await Promise.all([crowd, crowd.toReversed(), crowd, crowd.toReversed()].map(put))
  assert.equal(
    counts.reduce((sum, { added }) => sum + added, 0),
    200,
  )
  assert.equal(await countEvents('race-7'), 1)
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
  assert.deepEqual(seen, ids.toSorted())
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
  assert.deepEqual(await found('100% mü'), [one])
  assert.deepEqual(await found('ZOE_M@'), [one])
  assert.deepEqual(await found('zoe%m'), [])
  assert.deepEqual(await found(one), [one, other].sort())
})

test('lists what is in the shards that answer, and says which does not', async () => {
  const [first] = service.shards.all()
  assert.ok(first)
  const away = openDatabase('postgres://nobody@127.0.0.1:1/nowhere')
  const shards = evenShards([first, { name: 'customers_2', database: away }])
  const half = createCustomerStore({ shards, clock: () => new Date() })
  const { customers, missing } = await half.list({ search: '', after: '', limit: 200 })
  assert.ok(customers.length > 0)
  assert.deepEqual(missing, [{ shard: 'customers_2', why: 'connect ECONNREFUSED 127.0.0.1:1' }])
  await away.close()
})
