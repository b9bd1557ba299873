import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Client } from '@temporalio/client'
import { openDatabase, type Sql } from '#platform/database.ts'
import { bucketOf, newId, newIdInBucket } from '#platform/ids.ts'
import { audit, CouldNotLook } from './audit.ts'
import { type Databases, databaseNames, type Shard } from './books.ts'
import { customer, ids, otherCustomer } from './testing/orders.ts'
import { appendMessage, move, shardFor, transfer } from './testing/writing.ts'
import { createTestBooks, type Tables, type TestBooks, tablesOf } from './testing.ts'

let books: TestBooks
before(async () => {
  books = await createTestBooks()
})
after(() => books.drop())

/** Audits and answers who breaks which rule, as "rule id". */
async function accusations(databases: Databases, temporal: Client = books.temporal): Promise<string[]> {
  const report = await audit({ databases, temporal, settle: 50 })
  assert.equal(
    report.clean,
    report.rules.every(({ offending }) => offending === 0),
  )
  return report.rules.flatMap(({ name, offenders }) => offenders.map(({ id }) => `${name} ${id}`)).sort()
}

const withBooks = (work: (databases: Databases) => Promise<void>) => books.breaking(work)

/** Drops whatever in the tables forbids the break. */
const unguarded = (database: Sql, constraints: string) =>
  database.query(
    constraints
      .split(' ')
      .map((name) => name.split('.'))
      .map(([table, constraint]) => `alter table ${table} drop constraint ${constraint}`)
      .join('; '),
  )

describe('right books', () => {
  it('break no rule, and every rule has looked at something', () =>
    withBooks(async (databases) => {
      const report = await audit({ databases, temporal: books.temporal, settle: 50 })
      assert.deepEqual(
        report.rules.filter(({ offending, counted }) => offending > 0 || counted === 0),
        [],
      )
      assert.ok(report.clean)
    }))

  it('count an order apart when Temporal has forgotten its workflow since', () =>
    withBooks(async (databases) => {
      const { rules } = await audit({ databases, temporal: books.temporal })
      const durable = rules.find(({ name }) => name === 'orders.durable')
      assert.equal(durable?.apart?.count, 1)
      assert.equal(durable?.counted, 7)
    }))
})

type Break = (tables: Tables, databases: Databases) => Promise<unknown>

/** Each rule with a way to break it, and what it must say then; no other rule may complain. */
const breaks: [rule: string, how: string, offender: string, Break][] = [
  [
    'stock.received',
    'a piece that nobody bought is gone',
    'london/A1',
    ({ inventory }) => inventory.query(`update stock set on_hand = on_hand - 1 where product_id = 'A1'`),
  ],
  [
    'stock.received',
    'a piece that came back was not put on the shelf',
    'london/E1',
    ({ inventory }) => inventory.query(`update stock set on_hand = on_hand - 1 where product_id = 'E1'`),
  ],
  [
    'stock.moved',
    'a piece came in that nobody put there',
    'london/A1',
    ({ inventory }) =>
      inventory.query(
        `update stock set received = received + 1, on_hand = on_hand + 1 where product_id = 'A1'`,
      ),
  ],
  [
    'stock.reserved',
    'a piece is reserved that no order holds',
    'london/D1',
    ({ inventory }) => inventory.query(`update stock set reserved = reserved + 1 where product_id = 'D1'`),
  ],
  [
    'stock.oversold',
    'a shelf promises more than it has',
    'london/D1',
    async ({ inventory }) => {
      await unguarded(inventory, 'stock.stock_is_never_oversold')
      // Received as much less, so that only the promise is wrong.
      await inventory.query(`update stock set on_hand = 4, received = 4 where product_id = 'D1'`)
      await inventory.query(
        `update stock_movements set change = 4, quantity = 4 where product_id = 'D1' and kind = 'initial'`,
      )
    },
  ],
  [
    'stock.asked',
    'an order was sold a piece more than it asked for',
    ids.delivered,
    ({ order }) =>
      order.query('update order_lines set quantity = quantity - 1 where order_id = $1', [ids.delivered]),
  ],
  [
    'stock.returned',
    'a cancelled order still holds its stock',
    ids.cancelled,
    async ({ inventory }) => {
      await inventory.query(`update reserved_lines set state = 'reserved' where order_id = $1`, [
        ids.cancelled,
      ])
      await inventory.query(`update stock set reserved = 4 where product_id = 'C1'`)
    },
  ],
  [
    'stock.shipments',
    'a parcel was delivered and its stock is still on the shelf',
    ids.delivered,
    async ({ inventory }) => {
      await inventory.query(`update reserved_lines set state = 'released' where order_id = $1`, [
        ids.delivered,
      ])
      await inventory.query(`update stock set on_hand = 100 where product_id = 'A1'`)
    },
  ],
  [
    'stock.known',
    'stock is held for an order that nobody knows',
    'of-nobody',
    async ({ inventory }) => {
      await inventory.query(
        `insert into reservations values ('of-nobody', 1, 'open', 0, 'GBP', now(), now());
         insert into reserved_lines values ('of-nobody', 'london', 1, 'x', 'A1', 1, 1, 'reserved');
         update stock set reserved = 1 where product_id = 'A1'`,
      )
    },
  ],
  ['money.transfers', 'a transfer gives more than it takes', 'the transfer', unbalanced],
  [
    'money.balances',
    'a balance is not what its entries say',
    'customer:17850',
    ({ payment }) => payment.query(`update accounts set balance = balance + 1 where kind = 'customer'`),
  ],
  [
    'money.overdrawn',
    'an account was below zero for a while',
    'customer:17850',
    ({ payment }) =>
      // The top-up comes after the charges.
      payment.query(
        `update entries set position = position + 1000 where transfer_id =
           (select transfer_id from transfers where kind = 'top_up')`,
      ),
  ],
  [
    'money.once',
    'an order is charged in two goes',
    ids.delivered,
    async ({ payment }) => {
      await transfer(payment, { key: 'again', kind: 'charge', orderId: ids.delivered, gain: -100 })
      await payment.query(
        `update entries set amount = amount - 100 * sign(amount)
           where transfer_id = (select transfer_id from transfers where key = $1::text)`,
        [`charge/${ids.delivered}`],
      )
      await payment.query(`update transfers set amount = amount - 100 where key = $1`, [
        `charge/${ids.delivered}`,
      ])
      await payment.query(`update accounts set balance = balance + 100 where kind = 'customer'`)
    },
  ],
  [
    'money.refunds',
    'more goes back than was charged',
    ids.shipping,
    async ({ payment }) => {
      await unguarded(payment, 'order_payments.order_payments_refunded')
      await transfer(payment, { key: 'too much', kind: 'refund', orderId: ids.shipping, gain: 501 })
      await payment.query('update order_payments set refunded = 501 where order_id = $1', [ids.shipping])
    },
  ],
  [
    'money.kept',
    'a refund is kept that no transfer made',
    ids.shipping,
    ({ payment }) =>
      payment.query('update order_payments set refunded = 1 where order_id = $1', [ids.shipping]),
  ],
  [
    'money.charges',
    'a cancelled order was not refunded in full',
    ids.cancelled,
    async ({ payment, order }) => {
      await payment.query(
        'delete from entries where transfer_id in (select transfer_id from transfers where key = $1)',
        [`refund/${ids.cancelled}`],
      )
      await payment.query('delete from transfers where key = $1', [`refund/${ids.cancelled}`])
      await payment.query(`update accounts set balance = balance - 400 where kind = 'customer'`)
      await payment.query('update order_payments set refunded = 0 where order_id = $1', [ids.cancelled])
      await order.query('update orders set refunded = 0 where order_id = $1', [ids.cancelled])
    },
  ],
  [
    'money.totals',
    'an order was completed for more than it was charged',
    ids.delivered,
    ({ order }) => order.query('update orders set total = total + 1 where order_id = $1', [ids.delivered]),
  ],
  [
    'money.refunded',
    'a refund is on record that nobody got',
    ids.delivered,
    ({ order }) => order.query('update orders set refunded = 1 where order_id = $1', [ids.delivered]),
  ],
  [
    'orders.recorded',
    'a workflow ran and its order is not on record',
    ids.refused,
    ({ order }) =>
      order.query(
        `with history as (delete from order_history where order_id = '${ids.refused}')
         delete from orders where order_id = '${ids.refused}'`,
      ),
  ],
  [
    'orders.durable',
    'an order is on record that no workflow drives',
    ids.longAgo,
    ({ order }) => order.query('update orders set ended_at = now() where order_id = $1', [ids.longAgo]),
  ],
  [
    'orders.agree',
    'the row is behind its workflow',
    ids.shipping,
    async ({ order }) => {
      await order.query(`update orders set status = 'paid' where order_id = $1`, [ids.shipping])
      await order.query(`update order_history set status = 'paid' where order_id = $1`, [ids.shipping])
    },
  ],
  [
    'orders.ended',
    'an order has ended and a parcel is on its way',
    ids.cancelled,
    ({ order }) =>
      order.query(`update shipments set status = 'created' where order_id = $1`, [ids.cancelled]),
  ],
  [
    'orders.ended',
    'an order has ended and does not say when',
    ids.refused,
    async ({ order }) => {
      await unguarded(order, 'orders.orders_end')
      await order.query('update orders set ended_at = null where order_id = $1', [ids.refused])
    },
  ],
  [
    'orders.history',
    'the last change is not in the history',
    ids.shipping,
    ({ order }) =>
      order.query('delete from order_history where order_id = $1 and sequence = 10', [ids.shipping]),
  ],
  [
    'orders.customers',
    'an order was taken on for nobody',
    ids.shipping,
    ({ order }) =>
      order.query('update orders set customer_id = $2 where order_id = $1', [ids.shipping, stranger()]),
  ],
  [
    'money.refunded',
    'an order that runs has a refund on record that nobody got',
    ids.shipping,
    ({ order }) => order.query('update orders set refunded = 1 where order_id = $1', [ids.shipping]),
  ],
  [
    'money.history',
    'staff gave money back by the history, and by no transfer',
    ids.returned,
    ({ order }) =>
      order.query(
        `insert into order_history (order_id, sequence, key, type, status, by, note, at)
         select order_id, 1000, 'refunded/staff/b', 'refunded', status, 'staff:ann', '', now() from orders where order_id = $1`,
        [ids.returned],
      ),
  ],
  [
    'money.history',
    'money went back of which the history of an ended order says nothing',
    ids.partlyLost,
    ({ payment }) =>
      payment.query(
        `update transfers set key = key || '/other' where kind = 'refund' and order_id = '${ids.partlyLost}'`,
      ),
  ],
  [
    'returns.stock',
    'a piece is on record as restocked that inventory wrote off',
    ids.returned,
    ({ order }) =>
      order.query(
        `update return_lines set restocked = restocked + 1, written_off = written_off - 1
         where order_id = $1 and number = 1`,
        [ids.returned],
      ),
  ],
  [
    'returns.stock',
    'inventory took a piece back of which no return knows',
    ids.delivered,
    ({ inventory }) =>
      move(inventory, {
        key: 'stray',
        product: 'A1',
        warehouse: 'london',
        kind: 'restocked',
        quantity: 1,
        orderId: ids.delivered,
        number: 1,
      }),
  ],
  [
    'returns.sold',
    'more came back than was delivered',
    ids.returned,
    async ({ order, inventory }) => {
      const place = { product: 'E1', warehouse: 'london', orderId: ids.returned, number: 1 }
      await move(inventory, { ...place, key: 'more', kind: 'written_off', quantity: 3 })
      await order.query(
        'update return_lines set quantity = 9, written_off = written_off + 3 where order_id = $1 and number = 1',
        [ids.returned],
      )
    },
  ],
  [
    'returns.refunds',
    'a return got less than its goods were worth, though money was left',
    ids.returned,
    ({ order }) =>
      order.query('update returns set amount = 310 where order_id = $1 and number = 1', [ids.returned]),
  ],
  [
    'returns.refunds',
    'a return says of itself another amount than went back',
    ids.emptied,
    ({ order }) => order.query('update returns set refunded = 49 where order_id = $1', [ids.emptied]),
  ],
  [
    'returns.refunds',
    'a refused return was paid back',
    ids.emptied,
    ({ order }) =>
      order.query(`update returns set status = 'refused', refunded = 0 where order_id = $1`, [ids.emptied]),
  ],
  [
    'returns.refunds',
    'a return was paid back that is not on record',
    ids.emptied,
    ({ order, inventory }) =>
      Promise.all([
        order.query(
          `with line as (delete from return_lines where order_id = '${ids.emptied}')
           delete from returns where order_id = '${ids.emptied}'`,
        ),
        inventory.query(
          `with gone as (delete from stock_movements where order_id = '${ids.emptied}')
           update stock set on_hand = on_hand - 2, received = received - 2 where product_id = 'F1'`,
        ),
      ]),
  ],
  [
    'shards.orders',
    'an order is in two databases',
    'order_1+order_2',
    async (_tables, { order }) => {
      const [wrong, right] = [shardFor(order, 0), shardFor(order, bucketOf(customer))]
      for (const table of ['orders', 'order_history', 'order_lines', 'shipments'])
        await copyRows(right, wrong, table, `order_id = '${ids.delivered}'`)
    },
  ],
  [
    'shards.orders',
    'an order is in the database of other buckets',
    'order_1+order_2',
    async (_tables, { order }) => {
      const [wrong, right] = [shardFor(order, bucketOf(customer)), shardFor(order, bucketOf('nobody'))]
      for (const table of ['orders', 'order_history'])
        await copyRows(right, wrong, table, `order_id = '${ids.refused}'`)
      for (const table of ['order_history', 'orders'])
        await right.query(`delete from ${table} where order_id = '${ids.refused}'`)
    },
  ],
  [
    'shards.customers',
    'a customer is in two databases',
    'customer_1+customer_2',
    (_tables, { customer: shards }) =>
      copyRows(
        shardFor(shards, bucketOf(customer)),
        shardFor(shards, 0),
        'customers',
        `customer_id = '${customer}'`,
      ),
  ],
  [
    'shards.users',
    'a user is in two databases',
    'customer_1+customer_2',
    (_tables, { customer: shards }) =>
      copyRows(
        shardFor(shards, bucketOf(customer)),
        shardFor(shards, 0),
        'users',
        `user_name = '${customer}'`,
      ),
  ],
  [
    'shards.ids',
    'an order’s id is of another bucket than its customer',
    ids.shipping,
    ({ order }) =>
      order.query('update orders set customer_id = $2 where order_id = $1', [ids.shipping, otherCustomer]),
  ],
  [
    'inboxes.distinct',
    'a message had its effect twice',
    'inventory/c/1',
    async ({ inventory }) => {
      await unguarded(inventory, 'inbox.inbox_pkey')
      await inventory.query(`insert into inbox (consumer, message_id) values ('c', '1')`)
    },
  ],
]

/** Nobody, with the bucket of a customer. */
function stranger(): string {
  for (let i = 0; ; i++) if (bucketOf(`stranger-${i}`) === bucketOf(customer)) return `stranger-${i}`
}

async function copyRows(from: Sql, to: Sql, table: string, where: string): Promise<void> {
  const rows = await from.query<{ row: unknown }>(
    `select to_jsonb(${table}) as row from ${table} where ${where}`,
  )
  for (const { row } of rows)
    await to.query(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [row])
}

/** Its trigger would forbid it at the commit, and its id is made anew each time. */
async function unbalanced({ payment }: Tables): Promise<string> {
  const [row] = await payment.query<{ id: string }>(
    `update entries set amount = amount + 1 where account_id = 'sales' and transfer_id =
       (select transfer_id from transfers where key = $1::text) returning transfer_id as id`,
    [`charge/${ids.delivered}`],
  )
  return row?.id ?? ''
}

describe('broken books', () => {
  for (const [rule, how, offender, breakIt] of breaks) {
    it(`${rule} and no other rule tells that ${how}`, () =>
      withBooks(async (copy) => {
        const made = await breakIt(tablesOf(copy), copy)
        assert.deepEqual(await accusations(copy), [`${rule} ${typeof made === 'string' ? made : offender}`])
      }))
  }

  it('outboxes.drain names the message that waits, in each database', () =>
    withBooks(async (copy) => {
      const waiting: string[] = []
      for (const { name, sql } of databaseNames.flatMap((service) => copy[service])) {
        waiting.push(`outboxes.drain ${name}/${await appendMessage(sql, { waits: true })}`)
      }
      assert.equal(waiting.length, 6)
      assert.deepEqual(await accusations(copy), waiting.sort())
    }))

  it('money.charges tells of a charge for an order that nobody knows', () =>
    withBooks(async (copy) => {
      const orderId = newId()
      const { payment } = tablesOf(copy)
      await transfer(payment, { key: 'of nobody', kind: 'charge', orderId, gain: -7 })
      await payment.query(
        `insert into order_payments (order_id, customer_id, status, amount, updated_at) values ($1, '1', 'charged', 7, now())`,
        [orderId],
      )
      assert.deepEqual(await accusations(copy), [`money.charges ${orderId}`])
    }))

  it('money.overdrawn tells of a balance below zero', () =>
    withBooks(async (copy) => {
      const { payment } = tablesOf(copy)
      await unguarded(payment, 'accounts.accounts_never_below_zero')
      await transfer(payment, { key: 'spree', kind: 'charge', gain: -1_000_000 })
      assert.deepEqual(await accusations(copy), ['money.overdrawn customer:17850'])
    }))

  it('orders.failed tells of a workflow that was terminated', () =>
    withBooks(async (copy) => {
      const temporal = await books.inTemporal((order) =>
        order.orderId === ids.shipping ? { ...order, workflow: 'terminated' } : order,
      )
      assert.deepEqual(await accusations(copy, temporal), [`orders.failed ${ids.shipping}`])
    }))

  it('returns.driven tells of a return that waits for ever', () =>
    withBooks(async (copy) => {
      const temporal = await books.inTemporal((order) =>
        order.orderId === ids.returned ? { ...order, returns: [] } : order,
      )
      assert.deepEqual(await accusations(copy, temporal), [`returns.driven ${ids.returned}`])
    }))

  it('orders.agree tells of an order that has ended while its workflow runs, and the other way round', () =>
    withBooks(async (copy) => {
      const temporal = await books.inTemporal((order) => {
        if (order.orderId === ids.delivered) return { ...order, workflow: 'open' }
        return order.orderId === ids.shipping ? { ...order, workflow: 'closed' } : order
      })
      assert.deepEqual(
        await accusations(copy, temporal),
        [`orders.agree ${ids.delivered}`, `orders.agree ${ids.shipping}`].sort(),
      )
    }))
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
  it('forgives a difference that is gone at the second look', () =>
    withBooks(async (copy) => {
      const { order } = tablesOf(copy)
      await order.query('update orders set refunded = 1 where order_id = $1', [ids.delivered])
      // Arrives between the looks: its customer is asked for when the order has been read.
      const arrive = () =>
        void order.query('update orders set refunded = 0 where order_id = $1', [ids.delivered])
      const listening = ({ name, sql }: Shard): Shard => ({
        name,
        sql: {
          query: (text, values) => {
            if (text.includes('any($1)') && values?.flat().includes(customer)) arrive()
            return sql.query(text, values)
          },
        },
      })
      const databases = { ...copy, customer: copy.customer.map(listening) }
      const report = await audit({ databases, temporal: books.temporal, settle: 5_000 })
      assert.ok(report.clean)
      assert.ok(report.seconds >= 1, 'it took a second look')
    }))

  it('reads with a role that may not write', async () => {
    await using opened = new AsyncDisposableStack()
    const asAuditor = databaseNames.map((service) => {
      const shards = books.urls[service].split(',').map((url, i) => {
        const address = new URL(url)
        address.searchParams.set('options', '-c role=auditor')
        const sql = opened.adopt(openDatabase(address.href), (database) => database.close())
        return { name: `${service}_${i + 1}`, sql }
      })
      return [service, shards]
    })
    const databases = Object.fromEntries(asAuditor) as Databases
    await assert.rejects(tablesOf(databases).order.query('delete from inbox'), /permission denied/)
    assert.ok((await audit({ databases, temporal: books.temporal })).clean)
  })

  it('names at most twenty offenders and counts them all', () =>
    withBooks(async (copy) => {
      const [shard] = copy.order
      assert.ok(shard)
      for (let i = 0; i < 25; i++) await appendMessage(shard.sql, { waits: true })
      const { rules } = await audit({ databases: copy, temporal: books.temporal, settle: 0 })
      const drain = rules.find(({ name }) => name === 'outboxes.drain')
      assert.equal(drain?.offending, 25)
      assert.equal(drain?.offenders.length, 20)
    }))

  it('goes through more orders than fit on a page', () =>
    withBooks(async (copy) => {
      for (const id of [customer, otherCustomer]) await placeMany(shardFor(copy.order, bucketOf(id)), id, 550)
      const { rules } = await audit({ databases: copy, temporal: books.temporal, settle: 0 })
      const durable = rules.find(({ name }) => name === 'orders.durable')
      assert.equal(durable?.counted, 1_107)
      assert.equal(durable?.offending, 1_100)
    }))

  it('counts dead letters, and takes offence only when asked to', () =>
    withBooks(async (databases) => {
      const deadLetters = async () => ({ pre_orders: 2, orders_events: 0 })
      const options = { databases, temporal: books.temporal, deadLetters, settle: 0 }
      const lenient = await audit(options)
      assert.deepEqual([lenient.clean, lenient.deadLetters?.pre_orders], [true, 2])
      const strict = await audit({ ...options, noDeadLetters: true })
      assert.deepEqual(strict.rules.at(-1)?.offenders, [{ id: 'pre_orders', found: '2 messages' }])
      assert.equal(strict.clean, false)
    }))

  it('says which server it could not read', () =>
    withBooks(async (copy) => {
      const away = openDatabase('postgres://nobody:secret@127.0.0.1:1/order')
      const databases = { ...copy, order: [...copy.order.slice(0, 1), { name: 'order_2', sql: away }] }
      await assert.rejects(audit({ databases, temporal: books.temporal }), (error) => {
        assert.ok(error instanceof CouldNotLook)
        assert.match(error.message, /^the order_2 database cannot be read: .*ECONNREFUSED/)
        return true
      })
      await away.close()
    }))
})
