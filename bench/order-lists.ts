// Every filter and sort of the list of orders, over two shards, each question some times, and how Postgres answers it.
// npm run bench -- order-lists [--orders 200000] [--limit 51]
import { parseArgs } from 'node:util'
import { PrismaClient } from '#generated/prisma/order/client.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { evenShards } from '#platform/shards/shards.ts'
import { createTestDatabase } from '#platform/testing/fixtures.ts'
import { countOpen, listAcross, type OrderList } from '#services/order/data/order-list.ts'
import type { OrderShard } from '#services/order/database.ts'
import { fillWith, plansOf, readingOf, type Statement } from './plans/explain.ts'

const { values } = parseArgs({
  options: { orders: { type: 'string', default: '200000' }, limit: { type: 'string', default: '51' } },
})
const orders = Number(values.orders)
const limit = Number(values.limit)
const rounds = 5
/** In ms, of one list. */
const target = 300

/** A year of orders, one in two in this shard; few are on their way, one in ten was cancelled, one in a thousand is stuck. */
const fill = [
  `insert into orders (order_id, customer_id, source, reference, status, reason, currency, total, refunded, placed_at,
     recorded_at, updated_at, ended_at, fingerprint, traceparent, contact)
   select left(id, 8) || '-' || substr(id, 9, 4) || '-7' || substr(id, 13, 3) || '-8' || substr(id, 16, 3) || '-' || right(id, 12),
     'c' || n % 5000, (array['web', 'mobile', 'partner'])[1 + n % 3], case when n % 3 > 0 then 'ref-' || n end, status,
     case when status = 'cancelled' then (array['customer', 'out_of_stock', 'payment_declined', 'lost'])[1 + n % 4] end,
     'GBP', n * 7919 % 100000, 0, at, at, at + interval '1 h', case when status in ('completed', 'cancelled') then at end, 'f', 't',
     jsonb_build_object('name', 'Ada ' || n % 5000, 'address', jsonb_build_object('country',
       case when n % 1000 = 0 then 'Norway' else 'United Kingdom' end))
   from generate_series($1::int, $2::int, 2) as n,
     lateral (select md5(n::text) as id, timestamptz '2025-12-01' + n * interval '2 min' as at, case
       when n > $2::int - 2000 then (array['pending', 'reserved', 'paid', 'shipping'])[1 + n % 4]
       when n % 5000 < 2 then 'awaiting_customer' when n % 10 = 3 then 'cancelled' else 'completed' end as status) as made`,
  `insert into order_lines (order_id, line_number, product_id, quantity)
   select order_id, line, 'P' || (hashtext(order_id) & 65535) * line % 2000, 1 from orders, generate_series(1, 3) as line`,
  `insert into stuck_steps select order_id, 'charge', '', 'payment does not answer', now()
   from orders where ended_at is null order by order_id limit 100`,
  'analyze',
]

const day = (n: number) => new Date(Date.UTC(2025, 11, 1 + n))
const lastDay = orders / 720
const ofCustomers = { text: 'ada 7', customerIds: Array.from({ length: 100 }, (_, n) => `c${n * 7}`) }
const questions: [string, Partial<OrderList>][] = [
  ['first page', {}],
  ['oldest first', { sort: 'placedAt' }],
  ['from the middle', { after: { at: day(lastDay / 2).toISOString(), orderId: 'o' } }],
  ['last changed first', { sort: '-updatedAt' }],
  ['changed in the last day', { updatedSince: day(lastDay - 1), sort: 'updatedAt' }],
  ['dearest first', { sort: '-total' }],
  ['dearest first, from the middle', { sort: '-total', after: { at: '50000', orderId: 'o' } }],
  ['cheapest of those cancelled', { sort: 'total', statuses: ['cancelled'] }],
  ['of a status', { statuses: ['shipping'] }],
  ['of three statuses', { statuses: ['completed', 'paid', 'cancelled'] }],
  ['of a rare status', { statuses: ['awaiting_customer'] }],
  ['of a source', { sources: ['partner'] }],
  ['of a reason', { reasons: ['lost'] }],
  ['of two reasons, dearest first', { reasons: ['lost', 'out_of_stock'], sort: '-total' }],
  ['of a country with few', { country: 'Norway' }],
  ['of a country with none', { country: 'Atlantis' }],
  ['by reference', { reference: `ref-${orders / 2 + 1}` }],
  ['of a product', { productId: 'P77' }],
  ['of a product, dearest first', { productId: 'P77', sort: '-total' }],
  ['of a week', { placedFrom: day(lastDay / 2), placedBefore: day(lastDay / 2 + 7) }],
  ['of a week, dearest first', { placedFrom: day(30), placedBefore: day(37), sort: '-total' }],
  ['between two totals', { totalMin: 99_990n, totalMax: 99_995n }],
  ['of a customer', { customerId: 'c77' }],
  ['of a customer, dearest first', { customerId: 'c77', sort: '-total' }],
  ['search: the start of a reference', { search: { text: 'ref-7', customerIds: [] } }],
  ['search: the end of an id', { search: { text: '6f75849b', customerIds: [] } }],
  ['search: the start of an id', { search: { text: 'c4ca4238', customerIds: [] } }],
  ['search: names of 100 customers', { search: ofCustomers }],
  ['search: nothing', { search: { text: 'nothing like it', customerIds: [] } }],
  ['stuck', { stuck: true }],
  ['stuck, of a product', { stuck: true, productId: 'P77' }],
]

const said: Statement[] = []
const servers = [await createTestDatabase('lists_1'), await createTestDatabase('lists_2')]
const shards = evenShards(
  servers.map(({ url }, nth) => ({ name: `orders_${nth + 1}`, database: openShard(url, nth === 0) })),
)
try {
  console.log(`filling two databases with ${orders} orders …`)
  for (const [nth, { url }] of servers.entries()) await fillShard(url, 1 + nth)
  console.log(`\n${orders} orders on two shards, pages of ${limit}, ${rounds} times each`)
  console.log('list | orders | ms, median | slowest | in one shard: ms | pages | read by')
  for (const [what, list] of questions)
    await measure(what, async () => (await listAcross(shards.all(), { ...list, limit })).orders.length)
  await measure(
    'open orders by status',
    async () => Object.keys((await countOpen(shards.all())).byStatus).length,
  )
} finally {
  await shards.close()
  for (const server of servers) await server.drop()
}

function openShard(url: string, isHeard: boolean): OrderShard['database'] {
  return openDatabase(url, {
    client: (made) => {
      const client = new PrismaClient({ ...made, log: [{ emit: 'event', level: 'query' }] })
      if (isHeard)
        client.$on('query', ({ query, params }) => {
          said.push({ text: query, given: JSON.parse(params) as unknown[] })
        })
      return client
    },
  })
}

async function fillShard(url: string, first: number): Promise<void> {
  await migrateDatabase({ url, schemaFolder: 'prisma/order' })
  const database = openDatabase(url, { max: 1, statementTimeout: 10 * 60_000 })
  try {
    for (const statement of fill)
      if (statement === 'analyze') await database.query(statement)
      else await fillWith(database, statement, statement.includes('$1') ? [first, orders] : [])
  } finally {
    await database.close()
  }
}

async function measure(what: string, ask: () => Promise<number>): Promise<void> {
  const took: number[] = []
  let found = await ask()
  for (let round = 0; round < rounds; round++) {
    said.length = 0
    const begun = performance.now()
    found = await ask()
    took.push(performance.now() - begun)
  }
  took.sort((a, b) => a - b)
  const [median = 0, slowest = 0] = [took[Math.floor(rounds / 2)], took.at(-1)]
  if (median > target) process.exitCode = 1
  const [shard] = shards.all()
  const plans = shard ? await plansOf(shard.database, said) : []
  for (const { ms, pages, by } of plans.map(readingOf))
    console.log(
      `${what} | ${found} | ${median.toFixed(1)} | ${slowest.toFixed(1)} | ${ms.toFixed(1)} | ${pages} | ${by}`,
    )
}
