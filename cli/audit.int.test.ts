import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { AuditReport } from '#audit/audit.ts'
import { createTestBooks, type TestBooks, tablesOf } from '#audit/testing.ts'
import { testServer } from '#platform/testing.ts'
import { run } from './testing.ts'

let books: TestBooks
before(async () => {
  books = await createTestBooks()
})
after(() => books.drop())

const audit = (args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
  run(['audit', '--settle', '100ms', ...args], {
    AUDIT_ORDER_DATABASE_URL: books.urls.order,
    AUDIT_INVENTORY_DATABASE_URL: books.urls.inventory,
    AUDIT_PAYMENT_DATABASE_URL: books.urls.payment,
    AUDIT_CUSTOMER_DATABASE_URL: books.urls.customer,
    TEMPORAL_ADDRESS: testServer('TEST_TEMPORAL_ADDRESS'),
    TEMPORAL_NAMESPACE: books.temporal.options.namespace,
    KAFKA_BROKERS: testServer('TEST_KAFKA_BROKERS'),
    ...env,
  })

it('exits 0 with a table of the rules when the books are right', async () => {
  const { exitCode, stdout, stderr } = await audit()
  assert.deepEqual([exitCode, stderr], [0, ''])
  assert.match(stdout, /^rule +checked/)
  assert.match(stdout, /stock.received +7 +ok +What was received/)
  assert.match(stdout, /orders.durable: besides, 1 ended longer ago than Temporal keeps workflows/)
  assert.match(stdout, /audit: \d+ rules, the books are right/)
})

it('exits 1 and names who is off when they are not', async () => {
  const { payment } = tablesOf(books.databases)
  await payment.query(`update accounts set balance = balance + 1 where kind = 'customer'`)
  try {
    const { exitCode, stdout } = await audit()
    assert.equal(exitCode, 1)
    assert.match(
      stdout,
      /money.balances: A customer’s balance .*\n {2}customer:17850 {2}balance \d+, entries sum to \d+/,
    )
    const report = JSON.parse((await audit(['--json'])).stdout) as AuditReport
    const off = report.rules.filter(({ offending }) => offending > 0)
    assert.deepEqual([report.clean, off.map(({ name }) => name)], [false, ['money.balances']])
  } finally {
    await payment.query(`update accounts set balance = balance - 1 where kind = 'customer'`)
  }
})

it('exits 3 and names the server that is away', async () => {
  const database = { AUDIT_PAYMENT_DATABASE_URL: 'postgres://x:secret@127.0.0.1:1/payment' }
  const away = 'postgres://x:secret@127.0.0.1:1/order_2'
  const shard = { AUDIT_ORDER_DATABASE_URL: `${books.urls.order.split(',')[0]},${away}` }
  for (const [env, what] of [
    [database, /the payment database cannot be read: .*ECONNREFUSED/],
    [shard, /the order_2 database cannot be read: .*ECONNREFUSED/],
    [{ TEMPORAL_ADDRESS: '127.0.0.1:1' }, /Temporal at 127.0.0.1:1 cannot be reached/],
    [{ KAFKA_BROKERS: '127.0.0.1:1' }, /Kafka cannot be read/],
  ] as const) {
    const { exitCode, stderr, stdout } = await audit(['--json'], env)
    assert.equal(exitCode, 3)
    assert.match(stderr, what)
    assert.equal((JSON.parse(stdout) as { error: { exitCode: number } }).error.exitCode, 3)
  }
})

it('exits 2 when it is given the same database twice', async () => {
  const twice = `${books.urls.customer},${books.urls.customer}`
  const { exitCode, stderr } = await audit([], { AUDIT_CUSTOMER_DATABASE_URL: twice })
  assert.equal(exitCode, 2)
  assert.match(stderr, /AUDIT_CUSTOMER_DATABASE_URL is .*; wanted: each database once/)
})
