import { isFinalReturn } from '#contracts/return.ts'
import { topics } from '#contracts/topics.ts'
import { BUCKETS, bucketOf, bucketOfId, derivedId, newId } from '#platform/ids.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Databases, Shard } from '../sources.ts'
import {
  customer,
  type Entry,
  hasOpenParcels,
  historyOf,
  leftHouse,
  orders,
  otherCustomer,
  type RecordedOrder,
  refundedOf,
  shipmentId,
  stateOf,
  totalOf,
} from './orders.ts'

/** What a customer put on the account, in minor units. */
const topUp = 100_000

export async function writeRecords(databases: Databases): Promise<void> {
  const { order, inventory, payment } = databases
  for (const id of [customer, otherCustomer]) {
    const shard = shardFor(databases.customer, bucketOf(id))
    await writeCustomer(shard, id)
    await writeUser(shard, id)
  }
  await transfer(all(payment), { key: 'top_up/1', kind: 'top_up', gain: topUp })
  for (const one of orders) {
    await writeOrder(shardFor(order, bucketOfId(one.orderId)), one)
    await writeStock(all(inventory), one)
    await writeMoney(all(payment), one)
  }
  for (const { sql } of [...order, ...inventory, ...payment]) {
    await sql.query(`insert into inbox (consumer, message_id) values ('c', '1'), ('c', '2')`)
    await appendMessage(sql, { waits: false })
  }
}

/** Several databases as if they were one: what is said to it is said to each. */
export const all = (shards: readonly Shard[]): Sql => ({
  query: async <Row>(text: string, values?: readonly unknown[]) =>
    (await Promise.all(shards.map(({ sql }) => sql.query<Row>(text, values)))).flat(),
})

/** Buckets are split evenly. */
export function shardFor(shards: readonly Shard[], bucket: number): Sql {
  const shard = shards[Math.floor((bucket * shards.length) / BUCKETS)]
  if (!shard) throw new RangeError(`no bucket ${bucket}`)
  return shard.sql
}

const writeCustomer = (sql: Sql, id: string) =>
  sql.query(
    `insert into customers (customer_id, name, email, phone, updated_at)
     values ($1, 'Ada', 'ada@example.com', '+44', now())`,
    [id],
  )

const writeUser = (sql: Sql, name: string) =>
  sql.query(
    `insert into users (user_name, role, id, password_hash, updated_at) values ($1, 'customer', $1, '', now())`,
    [name],
  )

async function writeOrder(sql: Sql, order: RecordedOrder): Promise<void> {
  const { orderId, status, reason = null, age, returns, source, reference } = order
  const refused = reason === 'invalid'
  const entries = numbered(historyOf(order))
  const total = order.parcels.length > 0 ? totalOf(order) : null
  await sql.query(
    `insert into orders (order_id, customer_id, source, status, reason, currency, total, refunded, placed_at, recorded_at,
       ended_at, fingerprint, traceparent, contact, problems, reference, sequence, asked)
     select $1, $2, $9, $3, $4, 'GBP', $5, $6, at, at, case when $3 in ('completed', 'cancelled') then at end, 'f', 't',
       case when $8 then null else '{}'::jsonb end, case when $8 then '{bad}'::text[] else '{}' end, $10, $11, $12
     from (select now() - $7 * interval '1 day' as at) as placed`,
    [
      orderId,
      order.customer,
      status,
      reason,
      total,
      refundedOf(order),
      age,
      refused,
      source,
      reference,
      Math.floor((entries.at(-1)?.sequence ?? 0) / 10) * 10,
      status === 'awaiting_customer' ? { missing: [], decideBefore: '2999-01-01T00:00:00.000Z' } : null,
    ],
  )
  await writeHistory(sql, order, entries)
  await writeParcels(sql, order)
  for (const one of returns) await writeReturn(sql, order, one)
}

type Numbered = Entry & { sequence: number }

/** In tens; the hand-off is the second entry of its change. */
function numbered(entries: readonly Entry[]): Numbered[] {
  let tens = -10
  return entries.map((entry) => {
    if (entry.key === 'handed_off') return { ...entry, sequence: tens + 1 }
    tens += 10
    return { ...entry, sequence: tens }
  })
}

async function writeHistory(sql: Sql, order: RecordedOrder, entries: readonly Numbered[]): Promise<void> {
  const { orderId, age } = order
  await sql.query(
    `insert into order_history (order_id, sequence, key, type, status, by, note, at)
     select $1, sequence, key, type, status, 'system', '', now() - $6 * interval '1 day'
     from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as entry (sequence, key, type, status)`,
    [
      orderId,
      entries.map(({ sequence }) => sequence),
      entries.map(({ key }) => key),
      entries.map(({ type }) => type),
      entries.map(({ status }) => status),
      age,
    ],
  )
  // What was sent long ago is cleaned away.
  if (age > 0) return
  for (const { type, sequence, ...entry } of messagesOf(entries))
    await sent(sql, {
      id: derivedId(`${orderId}/${sequence}/${type}`),
      topic: topics.orderEvents,
      key: orderId,
      type,
      ...entry,
    })
  for (const [index] of leftHouse(order) ? order.parcels.entries() : []) {
    const key = shipmentId(order, index)
    await sent(sql, { id: derivedId(`new/${key}`), topic: topics.newOrders, key, type: 'NewShipment' })
  }
}

function messagesOf(entries: readonly Numbered[]) {
  return entries.flatMap(({ sequence, type, status }, i) => {
    if (type === 'placed') return [{ sequence, type: 'OrderCreated' }]
    if (type.startsWith('return_')) return [{ sequence, type: 'ReturnChanged' }]
    if (status === entries[i - 1]?.status) return []
    return [{ sequence, type: status === 'cancelled' ? 'OrderCancelled' : 'OrderStatusChanged' }]
  })
}

async function writeParcels(sql: Sql, order: RecordedOrder): Promise<void> {
  for (const [index, { product, quantity, price, warehouse, status }] of order.parcels.entries()) {
    const line = { lineNumber: index + 1, productId: product, quantity, unitPrice: price }
    await sql.query(
      `with line as (insert into order_lines (order_id, line_number, product_id, quantity, unit_price)
         values ($1, $2, $3, $4, $5))
       insert into shipments (shipment_id, order_id, warehouse_id, origin, status, amount, lines, moved_at)
       values ($6, $1, $7, '{}', $8, $9, $10, now())`,
      [
        order.orderId,
        index + 1,
        product,
        quantity,
        price,
        shipmentId(order, index),
        warehouse,
        status,
        quantity * price,
        JSON.stringify([line]),
      ],
    )
  }
}

async function writeReturn(
  sql: Sql,
  { orderId, parcels }: RecordedOrder,
  { number, status, quantity, restocked, writtenOff, refunded }: RecordedOrder['returns'][number],
): Promise<void> {
  const [line] = parcels
  if (!line) throw new Error(`order ${orderId} has nothing that could come back`)
  const { product, price, warehouse } = line
  await sql.query(
    `insert into returns (order_id, number, status, fingerprint, reason, amount, refunded, requested_at, ended_at)
     values ($1, $2, $3, '', 'broken', $4, $5, now(), case when $6 then now() end)`,
    [orderId, number, status, quantity * price, refunded, isFinalReturn(status)],
  )
  await sql.query(
    `insert into return_lines (order_id, number, line_number, product_id, quantity, unit_price, warehouse_id, restocked,
       written_off)
     values ($1, $2, 1, $3, $4, $5, $6, $7, $8)`,
    [orderId, number, product, quantity, price, warehouse, restocked, writtenOff],
  )
}

async function writeStock(sql: Sql, order: RecordedOrder): Promise<void> {
  const { orderId, parcels } = order
  if (parcels.length === 0) return
  const left = parcels.some((one) => ['sold', 'lost'].includes(stateOf(order, one)))
  await sql.query(
    `insert into reservations (order_id, revision, status, total, currency, created_at, updated_at)
     values ($1, 1, $2, $3, 'GBP', now(), now())`,
    [orderId, hasOpenParcels(order) ? 'open' : left ? 'settled' : 'released', totalOf(order)],
  )
  for (const [index, parcel] of parcels.entries()) {
    const { product, warehouse, quantity, price } = parcel
    const state = stateOf(order, parcel)
    await sql.query(`insert into products values ($1, 'A thing', $2, 'GBP')`, [product, price])
    await sql.query('insert into stock (product_id, warehouse_id, received, on_hand) values ($1, $2, 0, 0)', [
      product,
      warehouse,
    ])
    const key = `initial/${warehouse}/${product}`
    await move(sql, { key, product, warehouse, kind: 'initial', quantity: 100 })
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
    await sql.query('update stock set on_hand = on_hand - $2, reserved = $3 where product_id = $1', [
      product,
      state === 'sold' || state === 'lost' ? quantity : 0,
      state === 'reserved' ? quantity : 0,
    ])
  }
  await writeCameBack(sql, order)
}

async function writeCameBack(sql: Sql, { orderId, parcels, returns }: RecordedOrder): Promise<void> {
  for (const { product, warehouse } of parcels.slice(0, 1)) {
    for (const { number, restocked, writtenOff } of returns) {
      const of = { product, warehouse, orderId, number }
      const key = `return/${orderId}/${number}/1`
      if (restocked > 0)
        await move(sql, { ...of, key: `${key}/restocked`, kind: 'restocked', quantity: restocked })
      if (writtenOff > 0)
        await move(sql, { ...of, key: `${key}/written_off`, kind: 'written_off', quantity: writtenOff })
    }
  }
}

type Move = {
  key: string
  product: string
  warehouse: string
  kind: 'initial' | 'restocked' | 'written_off'
  quantity: number
  orderId?: string
  number?: number
}

/** Pieces that come to a shelf, and the shelf with them. */
export async function move(sql: Sql, moved: Move): Promise<void> {
  const { key, product, warehouse, kind, quantity, orderId, number } = moved
  const change = kind === 'written_off' ? 0 : quantity
  await sql.query(
    `with shelf as (
       update stock set on_hand = on_hand + $6, received = received + $6 where product_id = $3 and warehouse_id = $4
     )
     insert into stock_movements (movement_id, key, product_id, warehouse_id, kind, change, quantity, reason, by, order_id,
       return_number, line_number, at)
     values ($1, $2, $3, $4, $5, $6, $7, '', 'system', $8, $9, case when $9::int is null then null else 1 end, now())`,
    [newId(), key, product, warehouse, kind, change, quantity, orderId ?? null, number ?? null],
  )
}

async function writeMoney(sql: Sql, order: RecordedOrder): Promise<void> {
  const { orderId, charged, refunds } = order
  if (!charged) return
  await paid(sql, { key: `charge/${orderId}`, kind: 'charge', orderId, gain: -totalOf(order) })
  for (const [part, amount] of Object.entries(refunds)) {
    const key = part === 'all' ? `refund/${orderId}` : `refund/${orderId}/${part}`
    await paid(sql, { key, kind: 'refund', orderId, gain: amount })
  }
  await sql.query(
    `insert into order_payments (order_id, customer_id, status, amount, refunded, updated_at)
     values ($1, $2, $5, $3, $4, now())`,
    [orderId, customer, totalOf(order), refundedOf(order), 'all' in refunds ? 'voided' : 'charged'],
  )
}

async function paid(sql: Sql, moved: Transfer & { orderId: string }): Promise<void> {
  const { key, kind, orderId } = moved
  await transfer(sql, moved)
  const type = kind === 'charge' ? 'PaymentSucceeded' : 'PaymentRefunded'
  await sent(sql, { id: derivedId(`${key}/event`), topic: topics.paymentEvents, key: orderId, type })
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

/** A message in the outbox of no topic of ours: sent an hour ago, or waiting since. */
export async function appendMessage(sql: Sql, { waits }: { waits: boolean }): Promise<string> {
  const id = newId()
  await sql.query(
    `insert into outbox (id, topic, key, type, payload, headers, occurred_at, processed_at)
     select $1, 'other', 'k', 'Other', '', '{}', at, case when $2 then null else at end
     from (select now() - interval '1 hour' as at) as old`,
    [id, waits],
  )
  return id
}

type Message = { id: string; topic: string; key: string; type: string }

export const sent = (sql: Sql, { id, topic, key, type }: Message) =>
  sql.query(
    `insert into outbox (id, topic, key, type, payload, headers, occurred_at, processed_at)
     values ($1, $2, $3, $4, '', '{}', now(), now())`,
    [id, topic, key, type],
  )
