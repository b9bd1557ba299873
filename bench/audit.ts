// How long an audit of many orders takes, and what memory it needs: of everything, and of what has changed since.
// npm run bench -- audit [--orders 1000000] [--changed 10000]
import { parseArgs } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import { type AuditReport, audit, type Databases } from '#audit/report.ts'
import { byOwner, type DatabaseOwner, databaseOwners, databasesOf } from '#contracts/services.ts'
import { bucketOf } from '#platform/ids.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { fail } from '#platform/testing/expect.ts'
import { testServer } from '#platform/testing/fixtures.ts'
import { cloneDatabase } from '#tests/support/servers.ts'
import { ownNamespace } from '#tests/support/temporal.ts'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000000' },
    changed: { type: 'string', default: '10000' },
  },
})
const orders = Number(values.orders)
const changed = Number(values.changed)

type Open = { name: string; sql: Database; drop(): Promise<void> }
const open = async (service: DatabaseOwner, name: string): Promise<Open> => {
  const { url, drop } = await cloneDatabase(service)
  return { name, sql: openDatabase(url, { max: 3, statementTimeout: 1_800_000 }), drop }
}
const all = await Promise.all(
  databaseOwners.flatMap((owner) => databasesOf(owner).map((name) => open(owner, name))),
)
const databases: Databases = byOwner((owner) => all.filter(({ name }) => databasesOf(owner).includes(name)))
const called = (database: string): Open => all.find(({ name }) => name === database) ?? fail(`no ${database}`)
const [order1, order2, customer1, customer2] = [
  called('order_1'),
  called('order_2'),
  called('customer_1'),
  called('customer_2'),
]
const [inventory, payment] = [called('inventory'), called('payment')]

/** A thousand customers of each half of the buckets. */
const customersOf = (half: 0 | 1): string[] =>
  Array.from({ length: 4_000 }, (_, i) => `${10_000 + i}`)
    .filter((id) => Math.floor(bucketOf(id) / 2_048) === half)
    .slice(0, 1_000)

/**
 * Orders `first` to `last`, one after the other, as rows of `one`: two lines, one parcel, ended long ago; the last ones
 * not so long. `$1` and `$2` are the customers and their buckets in hex, `$3` to `$5` the numbers.
 */
const one = `select n, customer, customer || '' as customer_id, now() - case when n > $5::int then 30 else 60 end * interval '1 day' as at,
    lpad(to_hex(n), 8, '0') || '-0000-7' || bucket || '-8000-' || lpad(to_hex(n), 12, '0') as id
  from generate_series($3::int, $4::int) as n
    join unnest($1::text[], $2::text[]) with ordinality as known (customer, bucket, nth) on nth = n % cardinality($1::text[]) + 1`

type Slice = [customers: string[], buckets: string[], first: number, last: number, recent: number]

const ofOrders = [
  `insert into orders (order_id, customer_id, source, status, currency, total, placed_at, recorded_at, ended_at, sequence,
     fingerprint, traceparent, contact, problems)
   select id, customer, 'web', 'completed', 'GBP', 300, at, at, at, 60, 'f', 't', '{"name": "Ada"}', '{}' from (${one}) as one`,
  `insert into order_lines (order_id, line_number, product_id, quantity, unit_price)
   select id, line, 'P' || (n + line) % 500, line, 100 + 100 * (line % 2) - 50 * (line - 1) from (${one}) as one, generate_series(1, 2) as line`,
  `insert into shipments (shipment_id, order_id, warehouse_id, origin, status, amount, lines, moved_at)
   select id || '-1', id, 'london', '{}', 'delivered', 300, jsonb_build_array(
     jsonb_build_object('lineNumber', 1, 'productId', 'P' || (n + 1) % 500, 'quantity', 1, 'unitPrice', 200),
     jsonb_build_object('lineNumber', 2, 'productId', 'P' || (n + 2) % 500, 'quantity', 2, 'unitPrice', 50)), at from (${one}) as one`,
  `insert into order_history (order_id, sequence, key, type, status, by, note, at)
   select id, sequence, replace(key, '$', id || '-1'), type, status, 'system', '', at from (${one}) as one,
     (values (0, 'placed', 'placed', 'pending'), (10, 'reserved', 'reserved', 'reserved'), (20, 'paid', 'paid', 'paid'),
       (21, 'handed_off', 'handed_off', 'shipping'), (30, 'shipment_moved/$/created', 'shipment_moved', 'shipping'),
       (40, 'shipment_moved/$/sent_to_customer', 'shipment_moved', 'shipping'),
       (50, 'shipment_moved/$/delivered', 'shipment_moved', 'shipping'), (60, 'completed', 'completed', 'completed'))
       as entry (sequence, key, type, status)`,
]
const ofInventory = [
  `insert into reservations (order_id, revision, status, total, currency, created_at, updated_at)
   select id, 0, 'settled', 300, 'GBP', at, at from (${one}) as one`,
  `insert into reserved_lines (order_id, warehouse_id, line_number, shipment_id, product_id, quantity, unit_price, state)
   select id, 'london', line, id || '-1', 'P' || (n + line) % 500, line, case line when 1 then 200 else 50 end, 'sold'
   from (${one}) as one, generate_series(1, 2) as line`,
]
const ofPayment = [
  `insert into transfers (transfer_id, key, kind, order_id, amount, currency, reason, created_at)
   select id::uuid, 'charge/' || id, 'charge', id::uuid, 300, 'GBP', 'order', at from (${one}) as one`,
  `insert into entries (transfer_id, account_id, amount)
   select id::uuid, account, gain from (${one}) as one,
     lateral (values ('customer:' || customer, -300), ('sales', 300)) as side (account, gain)`,
  `insert into order_payments (order_id, customer_id, status, amount, updated_at)
   select id::uuid, customer, 'charged', 300, at from (${one}) as one`,
]

async function fill(): Promise<void> {
  for (const half of [0, 1] as const) {
    const customers = customersOf(half)
    const buckets = customers.map((id) => bucketOf(id).toString(16).padStart(3, '0'))
    const [shard, people] = half === 0 ? [order1, customer1] : [order2, customer2]
    await people.sql.query(
      `insert into customers (customer_id, name, email, phone, updated_at) select id, 'Ada', 'a', 'b', now() from unnest($1::text[]) as id`,
      [customers],
    )
    await payment.sql.query(
      `with account as (insert into accounts (account_id, customer_id, kind, currency, balance)
         select 'customer:' || id, id, 'customer', 'GBP', 0 from unnest($1::text[]) as id)
       select 1`,
      [customers],
    )
    await topUp(customers)
    const [first, last] = [1 + (half * orders) / 2, ((half + 1) * orders) / 2]
    for (let from = first; from <= last; from += 50_000) {
      const slice: Slice = [customers, buckets, from, Math.min(from + 49_999, last), last - changed / 2]
      await Promise.all([
        said(shard, ofOrders, slice),
        said(inventory, ofInventory, slice),
        said(payment, ofPayment, slice),
      ])
      process.stderr.write(`\r${from + 49_999} orders written`)
    }
  }
}

const topUp = (customers: string[]) =>
  payment.sql.query(
    `with moved as (
       insert into transfers (transfer_id, key, kind, amount, currency, reason, created_at)
       select gen_random_uuid(), 'top_up/' || id, 'top_up', 1000000000, 'GBP', '', now() - interval '90 days'
       from unnest($1::text[]) as id returning transfer_id, substr(key, 8) as id)
     insert into entries (transfer_id, account_id, amount)
     select transfer_id, account, gain from moved,
       lateral (values ('customer:' || id, 1000000000), ('cash', -1000000000)) as side (account, gain)`,
    [customers],
  )

async function said({ sql }: Open, texts: readonly string[], slice: Slice): Promise<void> {
  for (const text of texts) await sql.query(text, slice)
}

/** What the parts come to: balances and shelves. */
async function close(): Promise<void> {
  await payment.sql.query(
    `update accounts set balance = sums.sum from (select account_id, sum(amount) from entries group by account_id) as sums
     where sums.account_id = accounts.account_id and kind = 'customer'`,
  )
  await inventory.sql.query(
    `insert into products select 'P' || n, 'A thing', 100, 'GBP' from generate_series(0, 499) as n`,
  )
  await inventory.sql.query(
    `insert into stock (product_id, warehouse_id, received, on_hand)
     select product_id, 'london', sum(quantity) + 100, 100 from reserved_lines group by product_id`,
  )
  await inventory.sql.query(
    `insert into stock_movements (movement_id, key, product_id, warehouse_id, kind, change, quantity, reason, by, at)
     select gen_random_uuid(), 'initial/' || product_id, product_id, warehouse_id, 'initial', received, received, '', 'system',
       now() - interval '90 days' from stock`,
  )
  for (const { sql } of all) await sql.query('vacuum analyze')
}

let cpu = process.cpuUsage()

function tell(what: string, { clean, orders, seconds, rules }: AuditReport): void {
  const peak = Math.round(process.resourceUsage().maxRSS / 1024)
  const now = Math.round(process.memoryUsage().rss / 1_048_576)
  const { user, system } = process.cpuUsage(cpu)
  cpu = process.cpuUsage()
  console.log(
    `${what}: ${orders} orders in ${seconds.toFixed(1)} s, ${clean ? 'clean' : 'WRONG'}; own CPU ${((user + system) / 1e6).toFixed(1)} s, memory ${now} MB, at most ${peak} MB`,
  )
  for (const { name, offending, offenders } of rules.filter((rule) => rule.offending > 0))
    console.log(`  ${name}: ${offending}, such as ${offenders[0]?.id} ${offenders[0]?.found}`)
}

const address = testServer('TEST_TEMPORAL_ADDRESS')
const connection = await Connection.connect({ address })
try {
  const began = Date.now()
  // Foreign keys are checked row by row: the shelves come last here.
  await inventory.sql.query(
    'alter table reserved_lines drop constraint reserved_lines_product_id_warehouse_id_fkey',
  )
  await fill()
  await close()
  console.log(`\n${orders} orders written in ${Math.round((Date.now() - began) / 1_000)} s`)
  const temporal = new Client({ connection, namespace: await ownNamespace(address) })
  cpu = process.cpuUsage()
  const since = new Date(Date.now() - 40 * 86_400_000)
  tell(`since a time, ${changed} changed`, await audit({ databases, temporal, since }))
  tell('everything', await audit({ databases, temporal }))
  tell(`since a time, once more`, await audit({ databases, temporal, since }))
} finally {
  await connection.close()
  for (const { sql } of all) await sql.close()
  await Promise.all(all.map(({ drop }) => drop()))
}
