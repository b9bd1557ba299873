import { type DisposableTempDir, mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createTestSources, type TestSources, tablesOf } from '#audit/fixtures.ts'
import type { AuditReport } from '#audit/report.ts'
import { testServer } from '#platform/testing/fixtures.ts'
import { run } from '../fixtures.ts'

let sources: TestSources
let state: DisposableTempDir
beforeAll(async () => {
  state = await mkdtempDisposable(join(tmpdir(), 'order-saga-audit-'))
  sources = await createTestSources()
})
afterAll(async () => {
  await state.remove()
  await sources.drop()
})

const audit = (args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
  run(['audit', '--settle', '100ms', ...args], {
    XDG_STATE_HOME: state.path,
    AUDIT_ORDER_DATABASE_URL: sources.urls.order,
    AUDIT_INVENTORY_DATABASE_URL: sources.urls.inventory,
    AUDIT_PAYMENT_DATABASE_URL: sources.urls.payment,
    AUDIT_CUSTOMER_DATABASE_URL: sources.urls.customer,
    TEMPORAL_ADDRESS: testServer('TEST_TEMPORAL_ADDRESS'),
    TEMPORAL_NAMESPACE: sources.temporal.options.namespace,
    KAFKA_BROKERS: testServer('TEST_KAFKA_BROKERS'),
    ...env,
  })

it('exits 0 with a table of the rules when the books are right', async () => {
  const { exitCode, stdout, stderr } = await audit()
  expect([exitCode, stderr]).toStrictEqual([0, ''])
  expect(stdout).toMatch(/^rule +checked/)
  expect(stdout).toMatch(/stock.received +10 +ok +What was received/)
  expect(stdout).toMatch(/workflows.exist: besides, 1 ended longer ago than Temporal keeps workflows/)
  expect(stdout).toMatch(/audit: \d+ rules, 11 orders, the books are right/)
})

it('exits 1 and names who is off when they are not', async () => {
  const { payment } = tablesOf(sources.databases)
  await payment.query(`update accounts set balance = balance + 1 where kind = 'customer'`)
  try {
    const { exitCode, stdout } = await audit()
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /money.balances: A customer’s balance .*\n {2}customer:17850 {2}balance \d+, entries sum to \d+/,
    )
    const report = JSON.parse((await audit(['--json'])).stdout) as AuditReport
    const off = report.rules.filter(({ offending }) => offending > 0)
    expect([report.clean, off.map(({ name }) => name)]).toStrictEqual([false, ['money.balances']])
  } finally {
    await payment.query(`update accounts set balance = balance - 1 where kind = 'customer'`)
  }
})

it('exits 3, names the server that is away, and judges the rest', async () => {
  const database = { AUDIT_PAYMENT_DATABASE_URL: 'postgres://x:secret@127.0.0.1:1/payment' }
  const away = 'postgres://x:secret@127.0.0.1:1/order_2'
  const shard = { AUDIT_ORDER_DATABASE_URL: `${sources.urls.order.split(',')[0]},${away}` }
  for (const [env, what] of [
    [database, /could not look:\n {2}the payment database: .*ECONNREFUSED/],
    [shard, /could not look:\n {2}the order_2 database: .*ECONNREFUSED/],
    [{ TEMPORAL_ADDRESS: '127.0.0.1:1' }, /could not look:\n {2}Temporal: /],
    [{ KAFKA_BROKERS: '127.0.0.1:1' }, /could not look:\n {2}Kafka: /],
  ] as const) {
    const { exitCode, stdout } = await audit([], env)
    expect(exitCode).toBe(3)
    expect(stdout).toMatch(what)
    expect(stdout).toMatch(/stock.received +10 +ok/)
    expect(stdout).toMatch(/what could be read is right/)
    expect(stdout).not.toMatch(/secret/)
  }
})

it('exits 1 when something is wrong, whatever is away', async () => {
  const { payment } = tablesOf(sources.databases)
  await payment.query(`update accounts set balance = balance + 1 where kind = 'customer'`)
  try {
    expect((await audit([], { TEMPORAL_ADDRESS: '127.0.0.1:1' })).exitCode).toBe(1)
  } finally {
    await payment.query(`update accounts set balance = balance - 1 where kind = 'customer'`)
  }
})

it('looks since the last audit that was clean, and at everything before there was one', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'order-saga-audit-'))
  const sinceLast = async () => {
    const { stdout, stderr, exitCode } = await audit(['--since', 'last', '--json'], {
      XDG_STATE_HOME: folder.path,
    })
    expect(exitCode).toBe(0)
    return { report: JSON.parse(stdout) as AuditReport, stderr }
  }
  const first = await sinceLast()
  expect(first.stderr).toMatch(/no audit of these databases was clean yet/)
  expect(first.report.since).toBe(null)
  const second = await sinceLast()
  expect(Date.parse(second.report.since ?? '')).toBe(Date.parse(first.report.at) - 600_000)
})

it('exits 2 when --since is no time', async () => {
  const { exitCode, stderr } = await audit(['--since', 'yesterday'])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/Wanted: a time such as/)
})

it('exits 2 when it is given the same database twice', async () => {
  const twice = `${sources.urls.customer},${sources.urls.customer}`
  const { exitCode, stderr } = await audit([], { AUDIT_CUSTOMER_DATABASE_URL: twice })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/AUDIT_CUSTOMER_DATABASE_URL is .*; wanted: each database once/)
})
