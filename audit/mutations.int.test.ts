import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bucketOf, derivedIdInBucket, newId } from '#platform/ids.ts'
import { ensure } from '#platform/testing/expect.ts'
import { createTestSources, type Tables, type TestSources, tablesOf } from './fixtures.ts'
import type { Databases } from './sources.ts'
import {
  accusations,
  copyRows,
  otherAccount,
  stranger,
  unbalanced,
  unguarded,
  unrefund,
} from './testing/breaking.ts'
import { customer, ids, otherCustomer, type RecordedOrder } from './testing/orders.ts'
import { appendMessage, move, shardFor, transfer } from './testing/writing.ts'

let sources: TestSources
beforeAll(async () => {
  sources = await createTestSources()
})
afterAll(() => sources.drop())

/** Breaks the books in one way; answers who the offender is when that is not known before. */
type Break = (tables: Tables, databases: Databases) => Promise<unknown>
type Breaks = [rule: string, how: string, offender: string, Break][]

const shelves: Breaks = [
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
      await inventory.query(`update stock set on_hand = 4, received = 4 where product_id = 'D1'`)
    },
  ],
]

const stock: Breaks = [
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
    'stock.returned',
    'a recalled parcel’s stock is still reserved',
    ids.recalled,
    async ({ inventory }) => {
      await inventory.query(`update reserved_lines set state = 'reserved' where order_id = $1`, [
        ids.recalled,
      ])
      await inventory.query(`update reservations set status = 'open' where order_id = $1`, [ids.recalled])
      await inventory.query(`update stock set reserved = 3 where product_id = 'G1'`)
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
    'stock.shipments',
    'a lost piece can be sold again',
    ids.partlyLost,
    async ({ inventory }) => {
      await inventory.query(`update reserved_lines set state = 'released' where shipment_id = $1`, [
        `${ids.partlyLost}-2`,
      ])
      await inventory.query(`update stock set on_hand = 100 where product_id = 'B2'`)
    },
  ],
  [
    'stock.held',
    'the stock of a parcel on its way can be sold again',
    ids.shipping,
    async ({ inventory }) => {
      await inventory.query(`update reserved_lines set state = 'released' where order_id = $1`, [
        ids.shipping,
      ])
      await inventory.query(`update reservations set status = 'released' where order_id = $1`, [ids.shipping])
      await inventory.query(`update stock set reserved = 0 where product_id = 'D1'`)
    },
  ],
  [
    'stock.idle',
    'an order that waits for a decision holds stock',
    ids.waiting,
    async ({ inventory }) => {
      await inventory.query(
        `insert into reservations values ('${ids.waiting}', 1, 'open', 0, 'GBP', now(), now());
         insert into reserved_lines values ('${ids.waiting}', 'london', 1, 'x', 'A1', 1, 1, 'reserved');
         update stock set reserved = 1 where product_id = 'A1'`,
      )
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
]

const ledger: Breaks = [
  [
    'money.transfers',
    'a transfer gives more than it takes',
    'the transfer',
    (tables) => unbalanced(tables, `charge/${ids.delivered}`),
  ],
  [
    'money.accounts',
    'money went to an account that does not exist',
    'the transfer',
    async ({ payment }) => {
      await unguarded(payment, 'entries.entries_account_id_fkey')
      const [row] = await payment.query<{ id: string }>(
        `update entries set account_id = 'nowhere' where account_id = 'sales' and transfer_id =
           (select transfer_id from transfers where key = $1) returning transfer_id as id`,
        [`charge/${ids.delivered}`],
      )
      return row?.id
    },
  ],
  [
    'money.accounts',
    'a transfer is in another currency than its accounts',
    'the transfer',
    async ({ payment }) => {
      const [row] = await payment.query<{ id: string }>(
        `update transfers set currency = 'EUR' where key = $1 returning transfer_id as id`,
        [`charge/${ids.delivered}`],
      )
      return row?.id
    },
  ],
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
    'money.overdrawn',
    'a balance is below zero',
    'customer:17850',
    async ({ payment }) => {
      await unguarded(payment, 'accounts.accounts_never_below_zero')
      await transfer(payment, { key: 'spree', kind: 'charge', gain: -1_000_000 })
    },
  ],
  [
    'money.once',
    'an order is charged in two goes',
    ids.delivered,
    async ({ payment }) => {
      await transfer(payment, { key: 'again', kind: 'charge', orderId: ids.delivered, gain: -100 })
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
]

const pay = ({ payment }: Tables, orderId: string, amount: number) =>
  Promise.all([
    transfer(payment, { key: `charge/${orderId}`, kind: 'charge', orderId, gain: -amount }),
    payment.query(
      `insert into order_payments (order_id, customer_id, status, amount, updated_at) values ($1, $2, 'charged', $3, now())`,
      [orderId, customer, amount],
    ),
  ])

const refund = ({ order, payment }: Tables, orderId: string, part: string, amount: number) =>
  Promise.all([
    transfer(payment, { key: `refund/${orderId}/${part}`, kind: 'refund', orderId, gain: amount }),
    payment.query('update order_payments set refunded = refunded + $2 where order_id = $1', [
      orderId,
      amount,
    ]),
    order.query('update orders set refunded = refunded + $2 where order_id = $1', [orderId, amount]),
    order.query(
      `insert into order_history (order_id, sequence, key, type, status, by, note, at)
       select order_id, sequence + 10, $2, 'refunded', status, 'system', '', now() from orders where order_id = $1`,
      [orderId, `refunded/${part}`],
    ),
  ])

const money: Breaks = [
  [
    'money.charges',
    'a cancelled order was not refunded in full',
    ids.cancelled,
    (tables) => unrefund(tables, ids.cancelled, 'all'),
  ],
  [
    'money.charges',
    'an order is charged, and neither ships nor is refunded',
    ids.waiting,
    (tables) => pay(tables, ids.waiting, 500),
  ],
  [
    'money.charges',
    'somebody is charged for an order that nobody knows',
    'the order',
    async (tables) => {
      const orderId = newId()
      await pay(tables, orderId, 7)
      return orderId
    },
  ],
  [
    'money.shipped',
    'an order was delivered and never charged',
    ids.delivered,
    async ({ payment }) => {
      await payment.query(
        'delete from entries where transfer_id = (select transfer_id from transfers where key = $1)',
        [`charge/${ids.delivered}`],
      )
      await payment.query('delete from transfers where key = $1', [`charge/${ids.delivered}`])
      await payment.query(`update accounts set balance = balance + 600 where kind = 'customer'`)
      await payment.query('delete from order_payments where order_id = $1', [ids.delivered])
    },
  ],
  [
    'money.shipped',
    'an order ships for more than it was charged',
    ids.shipping,
    ({ order }) => order.query('update orders set total = total + 1 where order_id = $1', [ids.shipping]),
  ],
  [
    'money.payer',
    'another customer is on record as the payer',
    ids.delivered,
    ({ payment }) =>
      payment.query('update order_payments set customer_id = $2 where order_id = $1', [
        ids.delivered,
        otherCustomer,
      ]),
  ],
  [
    'money.payer',
    'another customer’s account paid for an order',
    ids.delivered,
    async ({ payment }) => {
      await otherAccount(payment)
      await payment.query(
        `update entries set account_id = 'customer:' || $2::text where account_id <> 'sales' and transfer_id =
           (select transfer_id from transfers where key = $1)`,
        [`charge/${ids.delivered}`, otherCustomer],
      )
    },
  ],
  [
    'money.parcels',
    'a lost parcel was never refunded',
    ids.partlyLost,
    (tables) => unrefund(tables, ids.partlyLost, `${ids.partlyLost}-2`),
  ],
  [
    'money.parcels',
    'a lost parcel was not refunded while another one is on its way',
    ids.halfway,
    (tables) => unrefund(tables, ids.halfway, `${ids.halfway}-1`),
  ],
  [
    'money.parcels',
    'the money of a recalled parcel was kept',
    ids.recalled,
    (tables) => unrefund(tables, ids.recalled, `${ids.recalled}-1`),
  ],
  [
    'money.parcels',
    'a delivered parcel was refunded, and neither staff nor a return did it',
    ids.delivered,
    (tables) => refund(tables, ids.delivered, `${ids.delivered}-1`, 600),
  ],
  [
    'money.parcels',
    'a lost parcel got less than it cost',
    ids.partlyLost,
    async ({ order }) => {
      await order.query(`update shipments set amount = 301 where shipment_id = $1`, [`${ids.partlyLost}-2`])
    },
  ],
  [
    'money.parts',
    'a return was paid twice, the second time under another name',
    ids.returned,
    (tables) => refund(tables, ids.returned, 'return/1/again', 100),
  ],
  [
    'money.parts',
    'everything went back for an order that is completed',
    ids.delivered,
    async ({ payment }) => {
      const orderId = ids.delivered
      await transfer(payment, { key: `refund/${orderId}`, kind: 'refund', orderId, gain: 600 })
      await payment.query('update order_payments set refunded = 600 where order_id = $1', [orderId])
    },
  ],
  [
    'money.refunded',
    'a refund is on record that nobody got',
    ids.delivered,
    ({ order }) => order.query('update orders set refunded = 1 where order_id = $1', [ids.delivered]),
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
    'money went back of which the history says nothing',
    ids.partlyLost,
    ({ payment }) =>
      payment.query(
        `update transfers set key = key || '/other' where kind = 'refund' and order_id = '${ids.partlyLost}'`,
      ),
  ],
]

const orders: Breaks = [
  [
    'orders.ended',
    'an order has ended and a parcel is on its way',
    ids.recalled,
    ({ order }) => order.query(`update shipments set status = 'created' where order_id = $1`, [ids.recalled]),
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
    'orders.ended',
    'an order is completed, and nothing was delivered',
    ids.delivered,
    ({ order }) => order.query(`update shipments set status = 'lost' where order_id = $1`, [ids.delivered]),
  ],
  [
    'orders.lines',
    'the lines of an order do not come to its total',
    ids.delivered,
    ({ order }) =>
      order.query('update order_lines set unit_price = unit_price + 1 where order_id = $1', [ids.delivered]),
  ],
  [
    'orders.lines',
    'another price was taken than the one that was agreed',
    ids.delivered,
    ({ order }) =>
      order.query('update order_lines set agreed_price = 99 where order_id = $1', [ids.delivered]),
  ],
  [
    'orders.customers',
    'an order was taken on for nobody',
    ids.shipping,
    ({ order }) =>
      order.query('update orders set customer_id = $2 where order_id = $1', [ids.shipping, stranger()]),
  ],
  [
    'orders.references',
    'an order has the reference of another',
    ids.delivered,
    ({ order }) =>
      order.query(`update orders set source = 'mobile', reference = 'M-2' where order_id = $1`, [
        ids.delivered,
      ]),
  ],
  [
    'orders.references',
    'another customer has a second order under the same reference, in another database',
    ids.partlyLost,
    async (_tables, { order }) => {
      const twin = derivedIdInBucket(bucketOf(otherCustomer), 'mobile/M-1')
      await shardFor(order, bucketOf(otherCustomer)).query(
        `insert into orders (order_id, customer_id, source, reference, status, currency, placed_at, recorded_at,
           fingerprint, traceparent, contact, problems)
         values ($1, $2, 'mobile', 'M-1', 'pending', 'GBP', now(), now(), 'f', 't', '{}', '{}')`,
        [twin, otherCustomer],
      )
    },
  ],
  [
    'orders.announced',
    'a change is on record and nobody was told',
    ids.delivered,
    ({ order }) =>
      order.query(
        `delete from outbox where key = $1 and position = (select max(position) from outbox where key = $1)`,
        [ids.delivered],
      ),
  ],
  [
    'orders.announced',
    'an order was handed off and the courier was not told',
    ids.shipping,
    ({ order }) => order.query('delete from outbox where key = $1', [`${ids.shipping}-1`]),
  ],
  [
    'orders.decided',
    'a customer should have decided long ago',
    ids.waiting,
    ({ order }) =>
      order.query(
        `update orders set asked = '{"missing": [], "decideBefore": "2020-01-01T00:00:00.000Z"}' where order_id = $1`,
        [ids.waiting],
      ),
  ],
  [
    'history.newest',
    'the last change is not in the history',
    ids.shipping,
    ({ order }) =>
      order.query(`update order_history set status = 'paid' where order_id = $1 and status = 'shipping'`, [
        ids.shipping,
      ]),
  ],
  [
    'history.sequence',
    'an entry in the middle is gone',
    ids.delivered,
    ({ order }) =>
      order.query(`delete from order_history where order_id = $1 and key = 'reserved'`, [ids.delivered]),
  ],
  [
    'history.sequence',
    'the last entry is gone',
    ids.shipping,
    ({ order }) =>
      order.query(`delete from order_history where order_id = $1 and type = 'shipment_moved'`, [
        ids.shipping,
      ]),
  ],
  [
    'history.path',
    'an order was cancelling, and then completed, and then cancelling again',
    ids.delivered,
    ({ order }) =>
      order.query(
        `insert into order_history (order_id, sequence, key, type, status, by, note, at)
         select order_id, sequence + 10, 'cancelling', 'cancelling', 'cancelling', 'system', '', now()
         from orders where order_id = $1`,
        [ids.delivered],
      ),
  ],
  [
    'history.parcels',
    'a parcel is delivered on record, and lost by its history',
    ids.delivered,
    ({ order }) =>
      order.query(`update order_history set key = $2 where order_id = $1 and type = 'shipment_moved'`, [
        ids.delivered,
        `shipment_moved/${ids.delivered}-1/lost`,
      ]),
  ],
  [
    'history.parcels',
    'a parcel moved before it was handed off',
    ids.shipping,
    ({ order }) =>
      order.query(`update order_history set sequence = 5 where order_id = $1 and type = 'shipment_moved'`, [
        ids.shipping,
      ]),
  ],
]

const parcels: Breaks = [
  [
    'parcels.amounts',
    'a parcel costs another amount than its lines',
    ids.delivered,
    ({ order }) =>
      order.query('update shipments set amount = amount - 1 where order_id = $1', [ids.delivered]),
  ],
  [
    'parcels.amounts',
    'the parcels of an order cost less than its total',
    ids.partlyLost,
    ({ order }) => order.query('delete from shipments where shipment_id = $1', [`${ids.partlyLost}-1`]),
  ],
  [
    'parcels.lines',
    'a piece was ordered that is in no parcel',
    ids.shipping,
    ({ order }) =>
      order.query('update order_lines set quantity = quantity + 1 where order_id = $1', [ids.shipping]),
  ],
  [
    'parcels.reserved',
    'a parcel left from another warehouse than its stock',
    ids.shipping,
    ({ order }) =>
      order.query(`update shipments set warehouse_id = 'berlin' where order_id = $1`, [ids.shipping]),
  ],
  [
    'parcels.reserved',
    'a parcel holds other pieces than were reserved',
    ids.shipping,
    ({ inventory }) =>
      inventory.query(`update reserved_lines set product_id = 'A1' where order_id = $1`, [ids.shipping]),
  ],
  [
    'parcels.told',
    'a parcel is created on record, and sent to the customer by its workflow',
    ids.shipping,
    ({ order }) => order.query(`update shipments set status = 'created' where order_id = $1`, [ids.shipping]),
  ],
  [
    'parcels.silent',
    'nothing was heard of a parcel for weeks, and it does not show as stuck',
    ids.shipping,
    ({ order }) =>
      order.query(`update shipments set moved_at = moved_at - interval '30 days' where order_id = $1`, [
        ids.shipping,
      ]),
  ],
  [
    'workflows.stuck',
    'an order shows as stuck, and its workflow does not',
    ids.shipping,
    ({ order }) =>
      order.query(
        `insert into stuck_steps select order_id, 'track', $2, 'no news', now() from orders where order_id = $1`,
        [ids.shipping, `${ids.shipping}-1`],
      ),
  ],
]

const workflows: Breaks = [
  [
    'workflows.recorded',
    'a workflow ran and its order is not on record',
    ids.refused,
    ({ order }) =>
      order.query(
        `with history as (delete from order_history where order_id = '${ids.refused}')
         delete from orders where order_id = '${ids.refused}'`,
      ),
  ],
  [
    'workflows.exist',
    'an order is on record that no workflow drives',
    ids.longAgo,
    ({ order }) => order.query('update orders set ended_at = now() where order_id = $1', [ids.longAgo]),
  ],
  [
    'workflows.agree',
    'the row is behind its workflow',
    ids.shipping,
    async ({ order }) => {
      await order.query(`update orders set status = 'paid' where order_id = $1`, [ids.shipping])
      await order.query(`update order_history set status = 'paid' where order_id = $1`, [ids.shipping])
    },
  ],
  [
    'workflows.results',
    'an order was cancelled for another reason than its workflow says',
    ids.cancelled,
    ({ order }) => order.query(`update orders set reason = 'staff' where order_id = $1`, [ids.cancelled]),
  ],
]

const returns: Breaks = [
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
    ({ inventory }) =>
      move(inventory, {
        key: 'more',
        product: 'E1',
        warehouse: 'london',
        kind: 'written_off',
        quantity: 3,
        orderId: ids.returned,
        number: 1,
      }),
  ],
  [
    'returns.worth',
    'a return is worth another price than the order’s',
    ids.returned,
    ({ order }) =>
      order.query('update return_lines set unit_price = 110 where order_id = $1 and number = 2', [
        ids.returned,
      ]),
  ],
  [
    'returns.worth',
    'a return is worth less than its lines',
    ids.returned,
    ({ order }) =>
      order.query('update returns set amount = 90 where order_id = $1 and number = 2', [ids.returned]),
  ],
  [
    'returns.refunds',
    'a return was received, closed and never paid back',
    ids.returned,
    (tables) => unrefund(tables, ids.returned, 'return/1'),
  ],
  [
    'returns.refunds',
    'a return got less than its goods were worth, though money was left, and beyond what staff had given',
    ids.returned,
    ({ order }) =>
      order.query('update returns set amount = 360 where order_id = $1 and number = 1', [ids.returned]),
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
    ({ order }) =>
      order.query(
        `with line as (delete from return_lines where order_id = '${ids.emptied}')
         delete from returns where order_id = '${ids.emptied}'`,
      ),
  ],
]

const shards: Breaks = [
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
]

const messages: Breaks = [
  [
    'outboxes.drain',
    'a message waits in an outbox for an hour',
    'the message',
    async (_tables, { payment: [shard] }) =>
      shard && `payment/${await appendMessage(shard.sql, { waits: true })}`,
  ],
  [
    'outboxes.caused',
    'a message tells of a change that is not on record',
    'the message',
    async (_tables, { order }) => {
      const id = newId()
      await shardFor(order, bucketOf(customer)).query(
        `insert into outbox (id, topic, key, type, payload, headers, occurred_at, processed_at)
         values ($1, 'order.events', $2, 'OrderStatusChanged', '', '{}', now(), now())`,
        [id, ids.delivered],
      )
      const name = order.find(({ sql }) => sql === shardFor(order, bucketOf(customer)))?.name
      return `${name}/${id}`
    },
  ],
  [
    'outboxes.caused',
    'a message tells of a payment that is in no ledger',
    'the message',
    async ({ payment }) => {
      const id = newId()
      await payment.query(
        `insert into outbox (id, topic, key, type, payload, headers, occurred_at, processed_at)
         values ($1, 'payment.events', $2, 'PaymentRefunded', '', '{}', now(), now())`,
        [id, ids.delivered],
      )
      return `payment/${id}`
    },
  ],
  [
    'messages.registered',
    'a reference was registered, and its order is not on record',
    'of nobody',
    (_tables, { order: [shard] }) =>
      shard?.sql.query(`insert into pre_orders values ('mobile', 'M-7', 'of nobody', 'f')`) ??
      Promise.resolve(),
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

describe('the audit tells that', () => {
  const all = [shelves, stock, ledger, money, orders, parcels, workflows, returns, shards, messages].flat()
  for (const [rule, how, offender, breakIt] of all) {
    it(`${how} (${rule})`, () =>
      sources.breaking(async (copy) => {
        const made = await breakIt(tablesOf(copy), copy)
        const wanted = `${rule} ${typeof made === 'string' ? made : offender}`
        const found = await accusations(copy, sources.temporal)
        ensure(found.includes(wanted), `${wanted} is not among ${found.join('; ')}`)
      }))
  }
})

/** Where workflows differ from the books, and not the other way round. */
const others: [rule: string, how: string, offender: string, change: Partial<RecordedOrder>][] = [
  [
    'workflows.unbroken',
    'the workflow of an order on its way was terminated',
    ids.shipping,
    { workflow: 'terminated' },
  ],
  ['workflows.exist', 'the workflow of an order on its way is gone', ids.shipping, { workflow: 'forgotten' }],
  ['workflows.agree', 'an order has ended and its workflow waits', ids.delivered, { workflow: 'idle' }],
  ['workflows.agree', 'a workflow has ended and its order has not', ids.shipping, { workflow: 'closed' }],
  ['returns.driven', 'a return waits for ever', ids.returned, { returns: [] }],
  ['workflows.work', 'the task of a workflow fails again and again', ids.shipping, { workflow: 'failing' }],
]

describe('with other workflows the audit tells that', () => {
  for (const [rule, how, offender, change] of others) {
    it(`${how} (${rule})`, () =>
      sources.breaking(async (copy) => {
        const temporal = await sources.inTemporal((order) =>
          order.orderId === offender ? { ...order, ...change } : order,
        )
        expect(await accusations(copy, temporal)).toContain(`${rule} ${offender}`)
      }))
  }

  it('no order is wrong whose workflow was ended by force when it had ended anyway', () =>
    sources.breaking(async (copy) => {
      const temporal = await sources.inTemporal((order) =>
        order.orderId === ids.delivered ? { ...order, workflow: 'terminated' } : order,
      )
      expect(await accusations(copy, temporal)).toStrictEqual([])
    }))
})
