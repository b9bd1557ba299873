import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { databaseOwners } from '#contracts/services.ts'
import { bucketOf, newIdInBucket } from '#platform/ids.ts'
import { openDatabase, type Sql } from '#platform/postgres/database.ts'
import { about, ensure } from '#platform/testing/expect.ts'
import { createTestSources, type Tables, type TestSources, tablesOf } from './fixtures.ts'
import { audit } from './report.ts'
import { type Databases } from './sources.ts'
import { unguarded } from './testing/breaking.ts'
import { customer, ids } from './testing/orders.ts'
import { appendMessage, shardFor } from './testing/writing.ts'

let sources: TestSources
beforeAll(async () => {
  sources = await createTestSources()
})
afterAll(() => sources.drop())

const withSources = (work: (databases: Databases) => Promise<void>) => sources.breaking(work)

describe('right books', () => {
  it('break no rule, and every rule has looked at something', () =>
    withSources(async (databases) => {
      const report = await audit({ databases, temporal: sources.temporal, settle: 50 })
      // What is in topics is looked at by its own tests.
      const rules = report.rules.filter(({ name }) => !name.startsWith('messages.'))
      expect(rules.filter(({ offending, counted }) => offending > 0 || counted === 0)).toStrictEqual([])
      expect([report.clean, report.complete, report.inFlight]).toStrictEqual([true, true, 0])
    }))

  it('count an order exempt when Temporal has forgotten its workflow since', () =>
    withSources(async (databases) => {
      const { rules } = await audit({ databases, temporal: sources.temporal })
      const durable = rules.find(({ name }) => name === 'workflows.exist')
      expect(durable?.exempt?.count).toBe(1)
      expect(durable?.counted).toBe(10)
    }))
})

const noId = `'); drop table orders; --`

/** One row that nobody foresaw: what it is, the rule that names it, and who it is about. */
const badRows: [what: string, rule: string, offender: string, (tables: Tables) => Promise<unknown>][] = [
  [
    'a total beyond 2^53',
    'orders.lines',
    ids.delivered,
    ({ order }) =>
      order.query('update orders set total = 9223372036854775807 where order_id = $1', [ids.delivered]),
  ],
  [
    'a balance beyond 2^53',
    'money.balances',
    `customer:${customer}`,
    ({ payment }) =>
      payment.query('update accounts set balance = 9223372036854775807 where customer_id is not null'),
  ],
  [
    'a charge beyond 2^53',
    'money.shipped',
    ids.delivered,
    ({ payment }) =>
      payment.query('update order_payments set amount = 9223372036854775807 where order_id = $1', [
        ids.delivered,
      ]),
  ],
  [
    'stock beyond 2^53',
    'stock.received',
    'london/A1',
    async ({ inventory }) => {
      await unguarded(inventory, 'stock.stock_came_in_first')
      await inventory.query(`update stock set on_hand = 9223372036854775000 where product_id = 'A1'`)
    },
  ],
  [
    'a reservation beyond 2^53',
    'parcels.reserved',
    ids.shipping,
    ({ inventory }) =>
      inventory.query('update reserved_lines set unit_price = 9223372036854775807 where order_id = $1', [
        ids.shipping,
      ]),
  ],
  [
    'a status that is none',
    'orders.readable',
    ids.delivered,
    async ({ order }) => {
      await unguarded(order, 'orders.orders_status orders.orders_end orders.orders_cancelled_for_a_reason')
      await order.query(`update orders set status = 'garbage' where order_id = $1`, [ids.delivered])
    },
  ],
  [
    'a parcel whose status is none',
    'orders.readable',
    ids.delivered,
    async ({ order }) => {
      await unguarded(order, 'shipments.shipments_status')
      await order.query(`update shipments set status = '' where order_id = $1`, [ids.delivered])
    },
  ],
  [
    'a parcel whose lines are no list',
    'orders.readable',
    ids.delivered,
    ({ order }) =>
      order.query(`update shipments set lines = '{"a": null}' where order_id = $1`, [ids.delivered]),
  ],
  [
    'a parcel with half a piece',
    'orders.readable',
    ids.delivered,
    ({ order }) =>
      order.query(
        `update shipments set lines = '[{"lineNumber": 1, "productId": "A1", "quantity": 0.5, "unitPrice": 1e400}]'
         where order_id = $1`,
        [ids.delivered],
      ),
  ],
  [
    'nothing where an amount is expected',
    'orders.readable',
    ids.delivered,
    async ({ order }) => {
      await order.query('alter table shipments alter column amount drop not null')
      await order.query('update shipments set amount = null where order_id = $1', [ids.delivered])
    },
  ],
  [
    'a time that no calendar has',
    'orders.readable',
    ids.delivered,
    ({ order }) =>
      order.query(`update orders set ended_at = 'infinity' where order_id = $1`, [ids.delivered]),
  ],
  [
    'a payment whose status is none',
    'orders.readable',
    ids.delivered,
    async ({ payment }) => {
      await unguarded(payment, 'order_payments.order_payments_status')
      await payment.query(`update order_payments set status = 'maybe' where order_id = $1`, [ids.delivered])
    },
  ],
  [
    'a reserved line whose state is none',
    'orders.readable',
    ids.delivered,
    async ({ inventory }) => {
      await unguarded(inventory, 'reserved_lines.reserved_lines_state')
      await inventory.query(`update reserved_lines set state = 'gone' where order_id = $1`, [ids.delivered])
    },
  ],
  [
    'an order whose id is no id',
    'workflows.exist',
    noId,
    ({ order }) =>
      order.query(
        `insert into orders (order_id, customer_id, source, status, currency, placed_at, recorded_at, fingerprint,
           traceparent, contact, problems)
         values ($1, 'x', 'web', 'pending', 'GBP', now(), now(), 'f', 't', '{}', '{}')`,
        [noId],
      ),
  ],
  [
    'a reservation whose order’s id is longer than any id may be',
    'stock.known',
    'x'.repeat(2_000),
    ({ inventory }) =>
      inventory.query(
        `insert into reservations values (repeat('x', 2000), 1, 'open', 0, 'GBP', now(), now())`,
      ),
  ],
  [
    'a history that is empty',
    'history.newest',
    ids.waiting,
    ({ order }) => order.query('delete from order_history where order_id = $1', [ids.waiting]),
  ],
]

describe('one bad row is a finding that names it, and the rest is judged:', () => {
  for (const [what, rule, offender, spoil] of badRows) {
    it(what, () =>
      withSources(async (copy) => {
        const tables = tablesOf(copy)
        await spoil(tables)
        await tables.inventory.query(`update stock set received = received + 1 where product_id = 'B1'`)
        const options = { databases: copy, temporal: sources.temporal, settle: 20, answerWithin: 100 }
        const { rules, unavailable } = await audit(options)
        const found = rules.flatMap(({ name, offenders }) => offenders.map(({ id }) => `${name} ${id}`))
        ensure(found.includes(`${rule} ${offender}`), found.join('; '))
        ensure(found.includes('stock.received london/B1'), 'the rest')
        expect(unavailable).toStrictEqual({})
      }),
    )
  }
})

/** Pending orders, that no workflow drives. */
const placeMany = (sql: Sql, customerId: string, count: number) =>
  sql.query(
    `with written as (
       insert into orders (order_id, customer_id, source, status, currency, placed_at, recorded_at, fingerprint,
         traceparent, contact, problems)
       select id, $2, 'web', 'pending', 'GBP', now(), now(), 'f', 't', '{}', '{}' from unnest($1::text[]) as id
       returning order_id)
     insert into order_history (order_id, sequence, key, type, status, by, note, at)
       select id, 0, 'placed', 'placed', 'pending', 'system', '', now() from unnest($1::text[]) as id`,
    [Array.from({ length: count }, () => newIdInBucket(bucketOf(customerId), new Date())), customerId],
  )

describe('the audit', () => {
  it('reads with a role that may not write', async () => {
    await using opened = new AsyncDisposableStack()
    const asAuditor = databaseOwners.map((service) => {
      const shards = sources.urls[service].split(',').map((url, i) => {
        const address = new URL(url)
        address.searchParams.set('options', '-c role=auditor')
        const sql = opened.adopt(openDatabase(address.href), (database) => database.close())
        return { name: `${service}_${i + 1}`, sql }
      })
      return [service, shards]
    })
    const databases = Object.fromEntries(asAuditor) as Databases
    await expect(tablesOf(databases).order.query('delete from inbox')).rejects.toThrow(/permission denied/)
    ensure((await audit({ databases, temporal: sources.temporal })).clean)
  })

  it('names at most twenty offenders and counts them all', () =>
    withSources(async (copy) => {
      const [shard] = copy.order
      ensure(shard)
      for (let i = 0; i < 25; i++) await appendMessage(shard.sql, { waits: true })
      const { rules } = await audit({ databases: copy, temporal: sources.temporal, settle: 0 })
      const drain = rules.find(({ name }) => name === 'outboxes.drain')
      expect(drain?.offending).toBe(25)
      expect(drain?.offenders.length).toBe(20)
    }))

  it('goes through more orders than fit on a page', () =>
    withSources(async (copy) => {
      await placeMany(shardFor(copy.order, bucketOf(customer)), customer, 510)
      const { rules } = await audit({ databases: copy, temporal: sources.temporal, settle: 0 })
      const durable = rules.find(({ name }) => name === 'workflows.exist')
      expect([durable?.counted, durable?.offending]).toStrictEqual([520, 510])
    }))

  it('says which server it could not read, and judges the rest', () =>
    withSources(async (copy) => {
      const { payment } = tablesOf(copy)
      await payment.query('update accounts set balance = balance + 1 where customer_id is not null')
      const nobody = openDatabase('postgres://nobody:secret@127.0.0.1:1/order')
      const databases = { ...copy, order: [...copy.order.slice(0, 1), { name: 'order_2', sql: nobody }] }
      const report = await audit({ databases, temporal: sources.temporal, settle: 20, answerWithin: 100 })
      await nobody.close()
      expect(Object.keys(report.unavailable)).toStrictEqual(['the order_2 database'])
      expect(report.unavailable['the order_2 database'] ?? '').toMatch(/ECONNREFUSED/)
      const wrong = report.rules.filter(({ offending }) => offending > 0).map(({ name }) => name)
      expect([report.complete, report.clean, wrong]).toStrictEqual([false, false, ['money.balances']])
      const ended = report.rules.find(({ name }) => name === 'orders.ended')
      ensure(ended && ended.counted > 0, 'what is in the other database')
      expect(ended.unseen.join()).toMatch(/the order_2 database cannot be read: .*ECONNREFUSED/)
    }))

  it('judges what it can without Temporal, and accuses nobody of what only Temporal can explain', () =>
    withSources(async (copy) => {
      const { order } = tablesOf(copy)
      await order.query('update orders set refunded = 1 where order_id = $1', [ids.shipping])
      const connection = Connection.lazy({ address: '127.0.0.1:1', connectTimeout: 200, interceptors: [] })
      const report = await audit({ databases: copy, temporal: new Client({ connection }), settle: 20 })
      await connection.close()
      expect([report.clean, Object.keys(report.unavailable)]).toStrictEqual([true, ['Temporal']])
      const refunded = report.rules.find(({ name }) => name === 'money.refunded')
      expect(refunded?.reasons).toStrictEqual({ 'Temporal cannot be read': 1 })
    }))
})

describe('an audit since a time', () => {
  const yesterday: Record<string, [keyof Tables, string]> = {
    orders: ['order', `recorded_at = recorded_at - interval '1 day', ended_at = ended_at - interval '1 day'`],
    order_history: ['order', `at = at - interval '1 day'`],
    reservations: ['inventory', `updated_at = updated_at - interval '1 day'`],
    stock_movements: ['inventory', `at = at - interval '1 day'`],
    order_payments: ['payment', `updated_at = updated_at - interval '1 day'`],
    transfers: ['payment', `created_at = created_at - interval '1 day'`],
  }
  const countedIn = async (copy: Databases, revisit: string[] = []) => {
    const options = {
      databases: copy,
      temporal: await sources.emptyTemporal(),
      settle: 20,
      answerWithin: 100,
    }
    const { orders } = await audit({ ...options, since: new Date(Date.now() - 3_600_000), revisit })
    return orders
  }

  it('looks at what has changed since and at what is open, wherever it changed', () =>
    withSources(async (copy) => {
      const tables = tablesOf(copy)
      for (const [table, [service, change]] of Object.entries(yesterday))
        await tables[service].query(`update ${table} set ${change}`)
      const open = 3
      expect(await countedIn(copy)).toBe(open)
      // And at what was on its way.
      expect(await countedIn(copy, [ids.delivered, ids.shipping])).toBe(open + 1)
      const changes: [keyof Tables, string][] = [
        ['order', `update orders set ended_at = now() where order_id = '${ids.delivered}'`],
        ['order', `update order_history set at = now() where order_id = '${ids.returned}' and sequence > 60`],
        ['inventory', `update reservations set updated_at = now() where order_id = '${ids.recalled}'`],
        ['payment', `update order_payments set updated_at = now() where order_id = '${ids.emptied}'`],
        ['payment', `update transfers set created_at = now() where order_id = '${ids.partlyLost}'`],
      ]
      for (const [i, [service, change]] of changes.entries()) {
        await tables[service].query(change)
        await about(change, async () => expect(await countedIn(copy)).toBe(open + i + 1))
      }
    }))
})
