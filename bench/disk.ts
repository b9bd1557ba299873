// What a happy order writes to the order service's database: tables, and the journal apart, with and without compression of it.
// npm run bench -- disk [--orders 1000]
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { OrderChange, PlaceOrder } from '#contracts/order.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { oneShard } from '#platform/shards/shards.ts'
import { orderClient } from '#services/order/database.ts'
import { contact, newOrder, numbered, reservedFrom } from '#services/order/fixtures.ts'
import { createOrderStore, type OrderStore } from '#services/order/store.ts'
import { freePorts } from '#stack/servers/ports.ts'
import { startPostgres } from '#stack/servers/postgres.ts'

const { values } = parseArgs({ options: { orders: { type: 'string', default: '1000' } } })
const orders = Number(values.orders)

const folder = await mkdtemp(join(tmpdir(), 'order-saga-disk-'))
await chmod(folder, 0o711)
const postgres = await startPostgres({
  dataFolder: folder,
  logFolder: join(folder, 'logs'),
  durable: true,
  ports: await freePorts(),
})
try {
  const server = openDatabase(postgres.url, { max: 1 })
  await server.query('alter system set autovacuum = off')
  await server.query('alter system set checkpoint_timeout = 3600')
  await server.query('select pg_reload_conf()')
  await server.close()
  for (const compression of ['off', 'on']) await measure(compression)
} finally {
  await postgres.stop()
  await rm(folder, { recursive: true })
}
process.exit(0)

async function measure(compression: string): Promise<void> {
  const name = `order_${compression}`
  const server = openDatabase(postgres.url, { max: 1 })
  await server.query(`create database ${name}`)
  await server.query(`alter database ${name} set wal_compression = ${compression}`)
  const url = Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href
  await migrateDatabase({ url, schemaFolder: 'prisma/order' })
  const database = openDatabase(url, { client: orderClient })
  const store = createOrderStore({ shards: oneShard(database) })
  // A page that was full before a checkpoint goes to the journal in full after it: so there are pages first.
  await inParallel(store, database, orders)
  await server.query('checkpoint')
  const before = await journal(server)
  await inParallel(store, database, orders)
  const written = (await journal(server)) - before
  const kB = (bytes: number) => `${(bytes / 1_024).toFixed(1)} kB`
  console.log(`wal_compression ${compression}: journal ${kB(written / orders)} an order`)
  for (const { table, bytes } of await sizes(database)) console.log(`  ${table}: ${kB(bytes / orders / 2)}`)
  await database.close()
  await server.close()
}

async function inParallel(store: OrderStore, database: Database, count: number): Promise<void> {
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let n = lane; n < count; n += 8) await happyOrder(store, newOrder(), database)
  })
  await Promise.all(lanes)
}

/** As the workflow writes it, and the relay. */
async function happyOrder(store: OrderStore, order: PlaceOrder, database: Database): Promise<void> {
  const { orderId, traceparent } = order
  const change = (first: number, ...changes: OrderChange[]) =>
    store.recordChanges({ orderId, traceparent, changes: numbered(changes, first) })
  const moved = (status: 'created' | 'sent_to_customer' | 'delivered'): OrderChange => ({
    type: 'shipment_moved',
    shipmentId: `${orderId}-1`,
    status,
  })
  await store.recordOrder(order, { kind: 'recorded', contact }, new Date())
  await change(1, reservedFrom(order, ['london']))
  await change(2, { type: 'handed_off', transferId: orderId })
  await change(3, moved('created'))
  await change(4, moved('sent_to_customer'))
  await change(5, moved('delivered'), { type: 'completed' })
  await database.query(
    `update outbox set processed_at = now(), payload = '', headers = '{}' where processed_at is null and key like $1`,
    [`${orderId}%`],
  )
}

async function journal(server: Database): Promise<number> {
  const [row] = await server.query<{ at: number }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8 as at`,
  )
  return row?.at ?? 0
}

function sizes(database: Database): Promise<{ table: string; bytes: number }[]> {
  return database.query(
    `select relname as table, pg_total_relation_size(relid) as bytes from pg_stat_user_tables
     where pg_total_relation_size(relid) > 100000 order by 2 desc`,
  )
}
