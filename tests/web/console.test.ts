import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import { topics } from '#contracts/topics.ts'
import { bucketOf, derivedIdInBucket } from '#platform/ids.ts'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { messageHeaders } from '#platform/messaging/messages.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { ensure } from '#platform/testing/expect.ts'
import { silent, testServer, until } from '#platform/testing/fixtures.ts'
import { openPage, picture, seriousViolations, startBrowser } from '#tests/support/browser.ts'
import { type System, startSystem } from '#tests/support/system.ts'

/** What staff see and do, in a real browser, at the running system. */
describe('the staff console', () => {
  let system: System
  let browser: Browser
  let url: string
  beforeAll(async () => {
    system = await startSystem({
      DEMO: 'on',
      COURIER_STEP: '2500ms',
      WEBHOOK_ALLOW: 'http://127.0.0.1:*',
    })
    browser = await startBrowser()
    url = system.environment.GATEWAY_URL ?? ''
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const opened: { close(): Promise<void> }[] = []
  afterEach(() => Promise.all(opened.splice(0).map((reader) => reader.close())))
  async function asStaff(options = {}): Promise<Page> {
    const reader = await openPage(browser, { url, ...options })
    opened.push(reader)
    await reader.page.goto('/')
    await reader.page.getByRole('button', { name: 'Open the staff console' }).click()
    await reader.page.waitForURL('**/console')
    return reader.page
  }

  async function place(quantity = 1): Promise<string> {
    const { status, body } = await system.rest<{ orderId: string }>('POST', '/v1/orders', {
      customerId: '17850',
      lines: [{ productId: '85123A', quantity }],
    })
    ensure(status === 201, `placed: ${status}`)
    return body.orderId
  }
  const show = async (orderId: string) =>
    (await system.rest<OrderDetails>('GET', `/v1/orders/${orderId}`)).body

  /** Payment's database takes nobody any more, or everybody again. */
  async function openPayments(isOpen: boolean): Promise<void> {
    const name = new URL(system.environment.PAYMENT_DATABASE_URL ?? '').pathname.slice(1)
    const server = openDatabase(testServer('TEST_POSTGRES_URL'), { max: 1 })
    try {
      await server.query(`alter database "${name}" with allow_connections ${isOpen}`)
      if (!isOpen)
        await server.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`,
        )
    } finally {
      await server.close()
    }
  }

  /** An order that cannot be charged, as its record says. */
  async function stuckOrder(): Promise<string> {
    const orderId = await place()
    await until('it is stuck', async () => (await show(orderId)).stuck !== null, 40_000)
    return orderId
  }

  it('finds an order that is stuck, says why, and gets it moving once payment is back', async () => {
    await openPayments(false)
    const orderId = await stuckOrder()
    const page = await asStaff()
    await page.getByRole('link', { name: /^Stuck/ }).click()
    const group = page.getByTestId('stuck-group').filter({ hasText: 'charging the account' })
    await group.getByText('£2.55 held').waitFor()
    await picture(page, 'console-stuck')
    await group.getByRole('link').first().click()
    const attempt = page.getByTestId('attempt')
    await attempt.getByText('Charge the account').waitFor()
    await attempt.getByText(/^again in/).waitFor()
    await picture(page, 'console-stuck-order')
    await openPayments(true)
    await attempt.getByRole('button', { name: 'Retry now' }).click()
    await page.getByTestId('status').filter({ hasText: 'Completed' }).waitFor()
    expect((await show(orderId)).status).toBe('completed')
  })

  it('decides about a return from the list of all, and pays it back once the goods are there', async () => {
    const orderId = await place(2)
    await until('it has arrived', async () => (await show(orderId)).status === 'completed', 60_000)
    const asked = { lines: [{ lineNumber: 1, quantity: 2 }], reason: 'too many' }
    expect((await system.rest('POST', `/v1/orders/${orderId}/returns`, asked)).status).toBe(201)
    const page = await asStaff()
    await page.getByRole('link', { name: 'Returns' }).click()
    const row = page.getByRole('row').filter({ hasText: 'too many' })
    await row.getByText('waits for a decision').waitFor()
    await picture(page, 'console-returns')
    await row.getByRole('button', { name: 'Accept' }).click()
    await row.getByRole('button', { name: 'All of it arrived' }).click()
    await row.waitFor({ state: 'detached' })
    await page.goto('/console/returns?status=%5B%22refunded%22%5D')
    await page.getByRole('row').filter({ hasText: 'too many' }).getByText('paid back').waitFor()
    expect(await seriousViolations(page)).toStrictEqual([])
    expect((await show(orderId)).refunded).toBe(510)
  })

  it('cancels many at once, with a result for each', async () => {
    await openPayments(false)
    const orders = await Promise.all([1, 2, 3].map(() => stuckOrder()))
    const page = await asStaff()
    await page.goto('/console/orders?stuck=true')
    await page.getByRole('checkbox', { name: 'Choose all that have not ended' }).check()
    await page.getByText('3 orders chosen').waitFor()
    await page.getByRole('button', { name: 'Cancel and undo' }).click()
    await page.getByText('Cancel 3 orders?').waitFor()
    await picture(page, 'console-bulk')
    await page.getByRole('button', { name: 'Cancel 3 orders' }).click()
    await page.getByText('3 of 3 done').waitFor()
    await openPayments(true)
    for (const orderId of orders) {
      await until('it is cancelled', async () => (await show(orderId)).status === 'cancelled', 60_000)
      const { reason, total, refunded, history } = await show(orderId)
      const isPaid = history.some(({ type }) => type === 'paid')
      expect([reason, refunded]).toStrictEqual(['staff', isPaid ? total : 0])
    }
  })

  it('gives a lost parcel’s money back, which the order, the balance and the overview show', async () => {
    const balance = async () =>
      (await system.rest<{ balance: number }>('GET', '/v1/accounts/17850')).body.balance
    const before = await balance()
    const orderId = await place(2)
    const page = await asStaff()
    await page.goto(`/console/orders/${orderId}`)
    await page.getByRole('tab', { name: 'Parcels' }).click()
    await page.getByRole('button', { name: 'Move by hand' }).click()
    await page.getByRole('menuitem', { name: /^It is lost/ }).click()
    await page.getByTestId('status').filter({ hasText: 'Cancelled' }).waitFor()
    await picture(page, 'console-order')
    expect(await balance()).toBe(before)
    await page.goto('/console')
    await until('the overview counts it', async () => {
      return (await page.getByTestId('lost').innerText()) === '£5.10'
    })
    await picture(page, 'console-overview')
  })

  it('mends a dead letter and sends it again: the order that it meant is placed', async () => {
    const reference = randomUUID()
    const kafka = connectKafka({
      brokers: [system.environment.KAFKA_BROKERS ?? ''],
      clientId: 'console-test',
      logger: silent,
    })
    const producer = await kafka.producer()
    const headers = messageHeaders({
      id: `web-${reference}`,
      type: 'PreOrder',
      traceparent: newTraceparent(),
    })
    await producer.send([{ topic: topics.preOrders, key: reference, value: new Uint8Array(), headers }])
    await producer.stop()
    const page = await asStaff()
    await page.getByRole('link', { name: 'Dead letters' }).click()
    await page
      .getByRole('button', { name: /source is missing/ })
      .first()
      .click()
    const meant = {
      source: 'web',
      reference,
      customerId: '17850',
      currency: 'GBP',
      lines: [{ productId: '85123A', quantity: 1 }],
      placedAt: new Date().toISOString(),
    }
    await page.getByLabel('Content (PreOrder)').fill(JSON.stringify(meant))
    await picture(page, 'console-dead-letter')
    await page.getByRole('button', { name: 'Send again as edited' }).click()
    await page.getByText('It is sent to its topic again.').waitFor()
    await system.endOf(derivedIdInBucket(bucketOf('17850'), `web/${reference}`))
  })

  /** Orders of the past, each dearer than the one before, whose references begin with `name`. */
  async function pastOrders(name: string, count: number): Promise<void> {
    const database = openDatabase(system.environment.ORDER_DATABASE_URL ?? '', { max: 1 })
    try {
      await database.query(
        `insert into orders (order_id, customer_id, source, reference, status, currency, total, placed_at, recorded_at, ended_at,
           fingerprint, traceparent)
         select gen_random_uuid(), '17850', 'partner', $1 || n, 'completed', 'GBP', n * 100, at, at, at, '', ''
         from generate_series(1, $2::int) as n, lateral (select timestamptz '2025-12-01' + n * interval '1 min' as at) as made`,
        [name, count],
      )
    } finally {
      await database.close()
    }
  }

  it('finds orders, sorts them, scrolls through more than the page holds, and keeps the search as a view', async () => {
    const name = `past-${randomUUID()}-`
    await pastOrders(name, 450)
    const page = await asStaff()
    await page.goto('/console/orders')
    await page.getByRole('searchbox', { name: 'Search orders' }).fill(name)
    await page.waitForURL(/\?q=past/)
    await page.getByRole('button', { name: 'Total' }).click()
    await page.waitForURL(/sort=-total/)
    const rows = page.getByRole('row').filter({ has: page.getByRole('checkbox', { name: /^Choose order/ }) })
    await rows.first().getByText('£450.00').waitFor()
    await until('all are read', async () => {
      await page.mouse.wheel(0, 4_000)
      return page.getByText('450 orders, all of them.').isVisible()
    })
    await until('the end is reached', async () => {
      await page.mouse.wheel(0, 4_000)
      return rows.last().getByText('£1.00', { exact: true }).isVisible()
    })
    expect(await rows.count()).toBeLessThan(100)
    await picture(page, 'console-orders-sorted')

    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByLabel('Name for this search').fill('The past')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.goto('/console/orders')
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('menuitem', { name: 'The past' }).click()
    await page.waitForURL(/q=past.*sort=-total/)
    await rows.first().getByText('£450.00').waitFor()
    await page.goto('/console/orders?country=Nowhere')
    await page.getByText('No orders like that').waitFor()
  })

  it('shows nothing to a customer', async () => {
    const reader = await openPage(browser, { url })
    opened.push(reader)
    await reader.page.goto('/')
    await reader.page.getByTestId('demo-customer').first().click()
    await reader.page.waitForURL('**/shop')
    await reader.page.goto('/console/orders')
    await reader.page.waitForURL(/\/\?back=/)
  })

  it('adds a webhook, tries it, gives it a new secret, pauses and removes it', async () => {
    const signatures: string[] = []
    const partner = createServer((request, response) => {
      signatures.push(String(request.headers['webhook-signature']))
      request.resume()
      response.writeHead(204).end()
    })
    await new Promise<void>((resolve) => partner.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = partner.address() as AddressInfo
      const page = await asStaff()
      await page.goto('/console/webhooks')
      await page.getByRole('button', { name: 'Add webhook' }).click()
      await page.getByLabel('Address').fill(`http://127.0.0.1:${port}/hooks`)
      await page.getByRole('dialog').getByRole('button', { name: 'Add webhook' }).click()
      const secret = page.getByText(/^whsec_/)
      await secret.waitFor()
      const before = await secret.textContent()
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
      await secret.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'New secret' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click()
      await secret.waitFor()
      expect(await secret.textContent()).not.toBe(before)
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
      await page.getByText('The old secret signs, too, until').waitFor()
      await page.getByRole('button', { name: 'Send a test' }).click()
      await page.getByRole('row').filter({ hasText: 'webhook.test' }).getByText('delivered').waitFor()
      expect(signatures.map((header) => header.split(' ').length)).toStrictEqual([2])
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByText('What happens meanwhile is not sent, nor later.').waitFor()
      await picture(page, 'console-webhook')
      await page.getByRole('button', { name: 'Remove' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
      await page.getByText('No webhooks').waitFor()
    } finally {
      await new Promise((resolve) => partner.close(resolve))
    }
  })

  it('keeps a user from signing in, ends where they are signed in, and removes them', async () => {
    const userName = `leaver-${randomUUID()}`
    const user = { userName, password: 'correct horse', role: 'customer', id: '17850' }
    await system.rest('PUT', '/v1/users', { users: [user], existing: 'replace' })
    const token = await system.signIn(userName, user.password)
    const statusOf = async (path: string, options: RequestInit) => (await fetch(url + path, options)).status
    const me = () => statusOf('/v1/auth/me', { headers: { Authorization: `Bearer ${token}` } })
    expect(await me()).toBe(200)
    const page = await asStaff()
    await page.goto('/console/users')
    const row = page.getByRole('row').filter({ hasText: userName })
    await row.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await row.getByText('disabled').waitFor()
    await picture(page, 'console-users-disabled')
    await until('the token has ended', async () => (await me()) === 401, 10_000)
    const signIn = () =>
      statusOf('/v1/auth/token', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ userName, password: user.password }),
      })
    expect(await signIn()).toBe(403)
    await row.getByRole('button', { name: 'Enable' }).click()
    await row.getByRole('button', { name: 'Disable' }).waitFor()
    expect(await signIn()).toBe(200)
    await row.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await row.waitFor({ state: 'detached' })
    expect(await signIn()).toBe(401)
  })

  const pages = {
    overview: '/console',
    orders: '/console/orders',
    stuck: '/console/stuck',
    stock: '/console/stock',
    accounts: '/console/accounts',
    account: '/console/accounts/17850',
    customers: '/console/customers',
    users: '/console/users',
    mails: '/console/mails',
    'dead-letters': '/console/dead-letters',
    webhooks: '/console/webhooks',
    system: '/console/system',
    play: '/console/play',
  }

  it('has nothing that axe calls serious, light and dark', async () => {
    const found: string[] = []
    const dark = ['overview', 'orders', 'system']
    for (const [name, options, shown] of [
      ['light', {}, Object.keys(pages)],
      ['dark', { dark: true }, dark],
    ] as const) {
      const page = await asStaff(options)
      for (const [what, path] of Object.entries(pages).filter(([what]) => shown.includes(what))) {
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
        await picture(page, `console-${what}-${name}`)
        const violations = await seriousViolations(page)
        found.push(...violations.map(({ id, nodes }) => `${what} ${name}: ${id} ${nodes.join(' ')}`))
      }
    }
    expect(found).toStrictEqual([])
  })
})
