import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Client } from '@temporalio/client'
import { type Database, openDatabase, type Sql } from '#platform/database.ts'
import { newId } from '#platform/shards.ts'
import { audit, CouldNotLook } from './audit.ts'
import { type Databases, databaseNames } from './books.ts'
import { appendMessage, ids, transfer } from './testing/orders.ts'
import { createTestBooks, type TestBooks } from './testing.ts'

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
      assert.equal(durable?.counted, 5)
    }))
})

type Break = (databases: Databases) => Promise<unknown>

/** Each rule with a way to break it, and what it must say then; no other rule may complain. */
const breaks: [rule: string, how: string, offender: string, Break][] = [
  [
    'stock.received',
    'a piece that nobody bought is gone',
    'london/A1',
    ({ inventory }) => inventory.query(`update stock set on_hand = on_hand - 1 where product_id = 'A1'`),
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
    ({ order }) => order.query(`update orders set customer_id = '0' where order_id = $1`, [ids.shipping]),
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

/** Its trigger would forbid it at the commit, and its id is made anew each time. */
async function unbalanced({ payment }: Databases): Promise<string> {
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
        const made = await breakIt(copy)
        assert.deepEqual(await accusations(copy), [`${rule} ${typeof made === 'string' ? made : offender}`])
      }))
  }

  it('outboxes.drain names the message that waits, in each database', () =>
    withBooks(async (copy) => {
      const waiting: string[] = []
      for (const name of databaseNames) {
        waiting.push(`outboxes.drain ${name}/${await appendMessage(copy[name], { waits: true })}`)
      }
      assert.deepEqual(await accusations(copy), waiting.sort())
    }))

  it('money.charges tells of a charge for an order that nobody knows', () =>
    withBooks(async (copy) => {
      const orderId = newId()
      await transfer(copy.payment, { key: 'of nobody', kind: 'charge', orderId, gain: -7 })
      await copy.payment.query(
        `insert into order_payments (order_id, customer_id, status, amount, updated_at) values ($1, '1', 'charged', 7, now())`,
        [orderId],
      )
      assert.deepEqual(await accusations(copy), [`money.charges ${orderId}`])
    }))

  it('money.overdrawn tells of a balance below zero', () =>
    withBooks(async (copy) => {
      await unguarded(copy.payment, 'accounts.accounts_never_below_zero')
      await transfer(copy.payment, { key: 'spree', kind: 'charge', gain: -1_000_000 })
      assert.deepEqual(await accusations(copy), ['money.overdrawn customer:17850'])
    }))

  it('orders.failed tells of a workflow that was terminated', () =>
    withBooks(async (copy) => {
      const temporal = await books.inTemporal((order) =>
        order.orderId === ids.shipping ? { ...order, workflow: 'terminated' } : order,
      )
      assert.deepEqual(await accusations(copy, temporal), [`orders.failed ${ids.shipping}`])
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

describe('the audit', () => {
  it('forgives a difference that is gone at the second look', () =>
    withBooks(async (copy) => {
      await copy.order.query('update orders set refunded = 1 where order_id = $1', [ids.delivered])
      // Arrives between the looks: the customers are asked for when the orders have been read.
      const customer = {
        query: <Row>(text: string, values?: readonly unknown[]) => {
          if (text.includes('from customers')) arrive()
          return copy.customer.query<Row>(text, values)
        },
      }
      const arrive = () =>
        void copy.order.query('update orders set refunded = 0 where order_id = $1', [ids.delivered])
      const databases = { ...copy, customer }
      const report = await audit({ databases, temporal: books.temporal, settle: 5_000 })
      assert.ok(report.clean)
      assert.ok(report.seconds >= 1, 'it took a second look')
    }))

  it('reads with a role that may not write', async () => {
    const asAuditor = databaseNames.map((name) => {
      const url = new URL(books.urls[name])
      url.searchParams.set('options', '-c role=auditor')
      return [name, openDatabase(url.href)] as const
    })
    const databases = Object.fromEntries(asAuditor) as Record<(typeof databaseNames)[number], Database>
    try {
      await assert.rejects(databases.order.query('delete from inbox'), /permission denied/)
      assert.ok((await audit({ databases, temporal: books.temporal })).clean)
    } finally {
      for (const database of Object.values(databases)) await database.close()
    }
  })

  it('names at most twenty offenders and counts them all', () =>
    withBooks(async (copy) => {
      for (let i = 0; i < 25; i++) await appendMessage(copy.order, { waits: true })
      const { rules } = await audit({ databases: copy, temporal: books.temporal, settle: 0 })
      const drain = rules.find(({ name }) => name === 'outboxes.drain')
      assert.equal(drain?.offending, 25)
      assert.equal(drain?.offenders.length, 20)
    }))

  it('goes through more orders than fit on a page', () =>
    withBooks(async (copy) => {
      const many = Array.from({ length: 1_100 }, () => newId())
      await copy.order.query(
        `with written as (
           insert into orders (order_id, customer_id, source, status, currency, placed_at, recorded_at, fingerprint,
             traceparent, contact, problems)
           select id, '17850', 'web', 'pending', 'GBP', now(), now(), 'f', 't', '{}', '{}' from unnest($1::text[]) as id
           returning order_id)
         insert into order_history (order_id, sequence, key, type, status, by, note, at)
           select id, 0, 'placed', 'placed', 'pending', 'system', '', now() from unnest($1::text[]) as id`,
        [many],
      )
      const { rules } = await audit({ databases: copy, temporal: books.temporal, settle: 0 })
      const durable = rules.find(({ name }) => name === 'orders.durable')
      assert.equal(durable?.counted, 1_105)
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
      const payment = openDatabase('postgres://nobody:secret@127.0.0.1:1/payment')
      const databases = { ...copy, payment }
      await assert.rejects(audit({ databases, temporal: books.temporal }), (error) => {
        assert.ok(error instanceof CouldNotLook)
        assert.match(error.message, /^the payment database cannot be read: .*ECONNREFUSED/)
        return true
      })
      await payment.close()
    }))
})
