import { isFinalShipment, type ShipmentStatus } from '#contracts/logistics.ts'
import type { CancelReason, OrderStatus } from '#contracts/order.ts'
import type { Sql } from '#platform/database.ts'
import { newId } from '#platform/shards.ts'
import type { Databases } from '../books.ts'

type Parcel = { warehouse: string; product: string; quantity: number; price: number; status: ShipmentStatus }

/** An order as the books of all services tell of it. */
export type OrderInBooks = {
  orderId: string
  status: OrderStatus
  reason?: CancelReason
  /** Days since it was placed, and since it ended if it has. */
  age: number
  parcels: Parcel[]
  charged: boolean
  refunded: number
  workflow: 'open' | 'closed' | 'terminated' | 'forgotten'
}

export const customer = '17850'

export const ids = {
  delivered: newId(),
  partlyLost: newId(),
  cancelled: newId(),
  shipping: newId(),
  refused: newId(),
  longAgo: newId(),
}

const parcel = (product: string, quantity: number, status: ShipmentStatus): Parcel => ({
  warehouse: 'london',
  product,
  quantity,
  price: 100,
  status,
})

/** One order of each kind; each has products of its own. */
export const orders: OrderInBooks[] = [
  {
    orderId: ids.delivered,
    status: 'completed',
    age: 0,
    parcels: [parcel('A1', 6, 'delivered')],
    charged: true,
    refunded: 0,
    workflow: 'closed',
  },
  {
    orderId: ids.partlyLost,
    status: 'completed',
    age: 0,
    parcels: [parcel('B1', 2, 'delivered'), parcel('B2', 3, 'lost')],
    charged: true,
    refunded: 300,
    workflow: 'closed',
  },
  {
    orderId: ids.cancelled,
    status: 'cancelled',
    reason: 'customer',
    age: 0,
    parcels: [parcel('C1', 4, 'cancelled')],
    charged: true,
    refunded: 400,
    workflow: 'closed',
  },
  {
    orderId: ids.shipping,
    status: 'shipping',
    age: 0,
    parcels: [parcel('D1', 5, 'sent_to_customer')],
    charged: true,
    refunded: 0,
    workflow: 'open',
  },
  {
    orderId: ids.refused,
    status: 'cancelled',
    reason: 'invalid',
    age: 0,
    parcels: [],
    charged: false,
    refunded: 0,
    workflow: 'closed',
  },
  {
    orderId: ids.longAgo,
    status: 'cancelled',
    reason: 'out_of_stock',
    age: 30,
    parcels: [],
    charged: false,
    refunded: 0,
    workflow: 'forgotten',
  },
]

/** What a customer put on the account, in minor units. */
const topUp = 100_000

export async function writeBooks(databases: Databases): Promise<void> {
  await databases.customer.query(
    `insert into customers values ($1, 'Ada', 'ada@example.com', '+44', '1 Street', 'London', 'N1', 'United Kingdom',
       51.5, -0.1, now())`,
    [customer],
  )
  await transfer(databases.payment, { key: 'top_up/1', kind: 'top_up', gain: topUp })
  for (const order of orders) {
    await writeOrder(databases.order, order)
    await writeStock(databases.inventory, order)
    await writeMoney(databases.payment, order)
  }
  for (const name of ['order', 'inventory', 'payment'] as const) {
    await databases[name].query(`insert into inbox (consumer, message_id) values ('c', '1'), ('c', '2')`)
    await appendMessage(databases[name], { waits: false })
  }
}

const totalOf = ({ parcels }: OrderInBooks) =>
  parcels.reduce((sum, { quantity, price }) => sum + quantity * price, 0)

const shipmentId = ({ orderId }: OrderInBooks, index: number) => `${orderId}-${index + 1}`

async function writeOrder(sql: Sql, order: OrderInBooks): Promise<void> {
  const { orderId, status, reason = null, age, parcels, refunded } = order
  const refused = reason === 'invalid'
  await sql.query(
    `insert into orders (order_id, customer_id, source, status, reason, currency, total, refunded, placed_at, recorded_at,
       ended_at, fingerprint, traceparent, contact, problems)
     select $1, $2, 'web', $3, $4, 'GBP', $5, $6, at, at, case when $3 in ('completed', 'cancelled') then at end, 'f', 't',
       case when $8 then null else '{}'::jsonb end, case when $8 then '{bad}'::text[] else '{}' end
     from (select now() - $7 * interval '1 day' as at) as placed`,
    [orderId, refused ? 'nobody' : customer, status, reason, totalOf(order), refunded, age, refused],
  )
  await sql.query(
    `insert into order_history (order_id, sequence, key, type, status, by, note, at)
     values ($1, 0, 'placed', 'placed', 'pending', 'system', '', now()), ($1, 10, 'other', 'other', $2, 'system', '', now())`,
    [orderId, status],
  )
  for (const [index, { product, quantity, price, warehouse, status }] of parcels.entries()) {
    await sql.query(
      `with line as (insert into order_lines (order_id, line_number, product_id, quantity, unit_price)
         values ($1, $2, $3, $4, $5))
       insert into shipments (shipment_id, order_id, warehouse_id, origin, status, amount, lines, moved_at)
       values ($6, $1, $7, '{}', $8, $9, '[]', now())`,
      [
        orderId,
        index + 1,
        product,
        quantity,
        price,
        shipmentId(order, index),
        warehouse,
        status,
        quantity * price,
      ],
    )
  }
}

const stateOf = (status: ShipmentStatus) =>
  status === 'delivered'
    ? 'sold'
    : status === 'lost'
      ? 'lost'
      : status === 'cancelled'
        ? 'released'
        : 'reserved'

async function writeStock(sql: Sql, order: OrderInBooks): Promise<void> {
  const { orderId, parcels } = order
  if (parcels.length === 0) return
  const open = parcels.some(({ status }) => !isFinalShipment(status))
  const left = parcels.some(({ status }) => stateOf(status) === 'sold')
  await sql.query(
    `insert into reservations (order_id, revision, status, total, currency, created_at, updated_at)
     values ($1, 1, $2, $3, 'GBP', now(), now())`,
    [orderId, open ? 'open' : left ? 'settled' : 'released', totalOf(order)],
  )
  for (const [index, { product, warehouse, quantity, price, status }] of parcels.entries()) {
    const state = stateOf(status)
    const gone = state === 'sold' || state === 'lost' ? quantity : 0
    await sql.query(`insert into products values ($1, 'A thing', $2, 'GBP')`, [product, price])
    await sql.query(`insert into stock values ($1, $2, 100, $3, $4)`, [
      product,
      warehouse,
      100 - gone,
      state === 'reserved' ? quantity : 0,
    ])
    await sql.query(`insert into reserved_lines values ($1, $2, $3, $4, $5, $6, $7, $8)`, [
      orderId,
      warehouse,
      index + 1,
      shipmentId(order, index),
      product,
      quantity,
      price,
      state,
    ])
  }
}

async function writeMoney(sql: Sql, order: OrderInBooks): Promise<void> {
  const { orderId, charged, refunded } = order
  if (!charged) return
  await transfer(sql, { key: `charge/${orderId}`, kind: 'charge', orderId, gain: -totalOf(order) })
  if (refunded > 0) await transfer(sql, { key: `refund/${orderId}`, kind: 'refund', orderId, gain: refunded })
  await sql.query(
    `insert into order_payments (order_id, customer_id, status, amount, refunded, updated_at)
     values ($1, $2, 'charged', $3, $4, now())`,
    [orderId, customer, totalOf(order), refunded],
  )
}

type Transfer = { key: string; kind: 'top_up' | 'charge' | 'refund'; orderId?: string; gain: number }

/** A transfer with its two entries, and the balance moved. Opens the customer's account when there is none. */
export async function transfer(sql: Sql, { key, kind, orderId, gain }: Transfer): Promise<string> {
  const id = newId()
  await sql.query(
    `insert into accounts (account_id, customer_id, kind, currency, balance)
     values ('customer:' || $1::text, $1, 'customer', 'GBP', 0) on conflict do nothing`,
    [customer],
  )
  await sql.query(
    `with moved as (update accounts set balance = balance + $5 where customer_id = $6),
       transfer as (
         insert into transfers (transfer_id, key, kind, order_id, amount, currency, reason, created_at)
         values ($1, $2, $3, $4, abs($5::bigint), 'GBP', '', now()))
     insert into entries (transfer_id, account_id, amount)
     values ($1, 'customer:' || $6::text, $5), ($1, case when $3 = 'top_up' then 'cash' else 'sales' end, -$5::bigint)`,
    [id, key, kind, orderId ?? null, gain, customer],
  )
  return id
}

/** A message in the outbox: sent, or waiting for an hour. */
export async function appendMessage(sql: Sql, { waits }: { waits: boolean }): Promise<string> {
  const id = newId()
  await sql.query(
    `insert into outbox (id, topic, key, type, payload, headers, occurred_at, processed_at)
     values ($1, 'order.events', 'k', 'OrderCreated', '', '{}', now() - interval '1 hour', case when $2 then null else now() end)`,
    [id, waits],
  )
  return id
}
