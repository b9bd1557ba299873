// The plan of every list, search and look-up of every service's database, on a million rows of each.
// npm run bench -- plans [--rows 1000000]
import { parseArgs } from 'node:util'
import { PrismaClient as OrderClient } from '#generated/prisma/order/client.ts'
import { PrismaClient as PaymentClient } from '#generated/prisma/payment/client.ts'
import { openDatabase, type Sql } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { fail } from '#platform/testing/expect.ts'
import { createTestDatabase } from '#platform/testing/fixtures.ts'
import { findCustomers, listCustomers } from '#services/customer/data/customer-queries.ts'
import { findProducts } from '#services/inventory/data/catalogue.ts'
import { listOrders, type OrderList } from '#services/order/data/order-list.ts'
import { findOrder } from '#services/order/data/order-queries.ts'
import type { OrderDatabase } from '#services/order/database.ts'
import { findAccount, findEntries } from '#services/payment/data/ledger.ts'
import { fillWith, type Plan, plansOf, readingOf, type Statement } from './plans/explain.ts'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
const rows = Number(values.rows)

type Asked = { sql: Sql; order: OrderDatabase; payment: PaymentClient }
type Question = [what: string, ask: (asked: Asked) => Promise<unknown>]
type Service = { schema: string; fill: string[]; questions: Question[] }

const middle = `P${rows / 2}`
const product = (search: string, after = ''): Question => [
  `products${search && ` with "${search}"`}${after && ', from the middle'}`,
  ({ sql }) => findProducts(sql, { search, after, limit: 101 }),
]
const inventory: Service = {
  schema: 'inventory',
  fill: [
    'drop index products_search',
    `insert into products select 'P' || n, (array['RED', 'Blue', 'vintage', 'MÉTAL', '李小龍'])[1 + n % 5] || ' '
       || (array['HEART', 'LANTERN', 'BAG', 'MUG'])[1 + n % 4] || ' ' || md5(n::text), 250, 'GBP'
     from generate_series(1, $1::int) as n`,
    'create index products_search on products using gin (search_grams(product_id, name))',
    `insert into stock (product_id, warehouse_id, received, on_hand) select product_id, 'london', 9, 9 from products`,
  ],
  questions: [
    product(''),
    product('', middle),
    product('heart'),
    product('a'),
    product('c4ca4238'),
    product('zq'),
    product('métal lan'),
    product('李小龍 b'),
    product('no such thing'),
    product('heart', 'P99'),
  ],
}

const customers = (search: string, after = ''): Question => [
  `customers${search && ` with "${search}"`}${after && ', from the middle'}`,
  ({ sql }) => listCustomers(sql, { search, after, limit: 51 }),
]
const customer: Service = {
  schema: 'customer',
  fill: [
    'drop index customers_search',
    `insert into customers select 'c' || n, (array['Ada', 'Zoë', 'Łukasz', '李'])[1 + n % 4] || ' ' || md5(n::text),
       md5('m' || n) || '@example.com', '', now() from generate_series(1, $1::int) as n`,
    'create index customers_search on customers using gin (search_grams(customer_id, name, email))',
    `insert into addresses select customer_id, 'home', 0, '1 Street', 'London', '', 'UK', 51, 0 from customers`,
  ],
  questions: [
    customers(''),
    customers('', `c${rows / 2}`),
    customers('example.com'),
    customers('zoë c4'),
    customers('C4CA4238A0B9'),
    customers('李 e'),
    customers('q'),
    customers('nobody at all'),
    ['a customer', ({ sql }) => findCustomers(sql, [middle])],
  ],
}

const orders = (what: string, list: Partial<OrderList>): Question => [
  `orders ${what}`,
  ({ order }) => listOrders(order, { statuses: [], stuck: false, limit: 51, ...list }),
]
const after = { at: '2026-01-01T00:00:00.000Z', orderId: 'o5' }
const order: Service = {
  schema: 'order',
  fill: [
    // Half of the orders are of one customer; one in a hundred is on its way, one in a hundred thousand waits.
    `insert into orders (order_id, customer_id, source, status, reason, currency, total, placed_at, recorded_at, ended_at,
       fingerprint, traceparent, contact)
     select 'o' || n, case when n % 2 = 0 then 'big' else 'c' || n % 50000 end, 'web', status,
       case when status = 'cancelled' then 'customer' end, 'GBP', 100, at, at,
       case when status in ('completed', 'cancelled') then at end, 'f', 't', '{}'
     from generate_series(1, $1::int) as n,
       lateral (select timestamptz '2025-12-01' + n * interval '10 s' as at, case when n % 100000 < 2 then 'awaiting_customer'
         when n % 100 < 2 then 'shipping' when n % 10 = 3 then 'cancelled' else 'completed' end as status) as made`,
    `insert into order_lines (order_id, line_number, product_id, quantity) select order_id, 1, 'P1', 1 from orders`,
    `insert into shipments select order_id || '-1', order_id, 'london', '{}', 'delivered', 100, '[]', placed_at from orders`,
    `insert into order_history select order_id, 0, 'placed', 'placed', 'pending', 'web', '', placed_at from orders`,
    `insert into stuck_steps select 'o' || n * 1000, 'charge', '', 'away', now() from generate_series(1, $1::int / 2000) as n`,
  ],
  questions: [
    orders('newest first', {}),
    orders('from the middle', { after }),
    orders('of a status', { statuses: ['shipping'] }),
    orders('of a rare status, from the middle', { statuses: ['awaiting_customer'], after }),
    orders('of three statuses', { statuses: ['completed', 'paid', 'cancelled'] }),
    orders('of a customer', { customerId: 'c77' }),
    orders('of a customer with half of all', { customerId: 'big' }),
    orders('of a customer, rare', { customerId: 'big', statuses: ['awaiting_customer'] }),
    orders('of a customer, none, from the middle', { customerId: 'big', statuses: ['paid'], after }),
    orders('of a customer, none of what others have', { customerId: 'big', statuses: ['cancelled'] }),
    orders('that are stuck', { stuck: true }),
    orders('of a customer that are stuck', { customerId: 'big', stuck: true }),
    orders('of a status that are stuck', { statuses: ['awaiting_customer'], stuck: true }),
    ['an order with all that is its', ({ order }) => findOrder(order, `o${rows / 2}`)],
  ],
}

const payment: Service = {
  schema: 'payment',
  fill: [
    `insert into accounts (account_id, customer_id, kind, currency, balance)
     select 'customer:c' || n, 'c' || n, 'customer', 'GBP', 100 from generate_series(1, $1::int / 10) as n`,
    `insert into transfers select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'top_up/' || n, 'top_up',
       null, 1, 'GBP', '', now() from generate_series(1, $1::int) as n`,
    `insert into entries (transfer_id, account_id, amount)
     select transfer_id, case when n % 2 = 0 then 'customer:c1' else 'customer:c' || n % 1000 end, 1
     from (select transfer_id, row_number() over () as n from transfers) as one`,
  ],
  questions: [
    ['an account', ({ payment }) => findAccount(payment, 'c77')],
    ['entries of an account', ({ payment }) => findEntries(payment, 'c77', 51)],
    ['entries of an account with half of all', ({ payment }) => findEntries(payment, 'c1', 51)],
    ['the same, from the middle', ({ payment }) => findEntries(payment, 'c1', 51, rows / 2)],
  ],
}

console.log(`${rows} rows of each\n\nservice | list | rows | ms | pages | read by`)
for (const service of [inventory, customer, order, payment]) await measure(service)

async function measure({ schema, fill, questions }: Service): Promise<void> {
  const server = await createTestDatabase(`plans_${schema}`)
  await migrateDatabase({ url: server.url, schemaFolder: `prisma/${schema}` })
  const said: Statement[] = []
  const database = openDatabase(server.url, {
    max: 1,
    statementTimeout: 30 * 60_000,
    client: (made) => {
      const options = { ...made, log: [{ emit: 'event' as const, level: 'query' as const }] }
      const clients = { order: new OrderClient(options), payment: new PaymentClient(options) }
      for (const client of Object.values(clients))
        client.$on('query', ({ query, params }) => {
          said.push({ text: query, given: JSON.parse(params) as unknown[] })
        })
      return clients
    },
  })
  const asked: Asked = {
    order: { ...database, prisma: database.prisma.order, transaction: () => fail('lists write nothing') },
    payment: database.prisma.payment,
    sql: {
      query: <Row>(text: string, given: readonly unknown[] = []) => {
        said.push({ text, given })
        return database.query<Row>(text, given)
      },
    },
  }
  try {
    for (const statement of fill) await fillWith(database, statement, statement.includes('$1') ? [rows] : [])
    await database.query('analyze')
    for (const [what, ask] of questions) {
      await ask(asked)
      said.length = 0
      await ask(asked)
      for (const plan of await plansOf(database, said))
        console.log(`${schema} | ${what} | ${inOneLine(plan)}`)
    }
  } finally {
    await database.close()
    await server.drop()
  }
}

function inOneLine(plan: Plan): string {
  const { rows: found, ms, pages, scans, by } = readingOf(plan)
  if (scans.length > 0 || ms > 1_000) process.exitCode = 1
  return `${found} | ${ms.toFixed(1)} | ${pages} | ${by}`
}
