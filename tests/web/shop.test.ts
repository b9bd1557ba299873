import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import type { ProductPage } from '#contracts/rest/products.ts'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { openPage, picture, seriousViolations, startBrowser } from '#tests/support/browser.ts'
import { type System, startSystem } from '#tests/support/system.ts'

/** What a customer sees and does, in a real browser, at the running system. */
describe('the shop', () => {
  let system: System
  let browser: Browser
  let url: string
  beforeAll(async () => {
    system = await startSystem({ DEMO: 'on', COURIER_STEP: '400ms', ORDER_DECISION_TIMEOUT: '20s' })
    browser = await startBrowser()
    url = system.environment.GATEWAY_URL ?? ''
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const opened: { close(): Promise<void> }[] = []
  async function open(options: { width?: number; height?: number; dark?: boolean } = {}): Promise<Page> {
    const reader = await openPage(browser, { url, ...options })
    opened.push(reader)
    await reader.page.goto('/')
    return reader.page
  }
  // Each page is a live connection, of which a person has a few.
  afterEach(() => Promise.all(opened.splice(0).map((reader) => reader.close())))

  /** As the first of the demonstration's customers, by one click. */
  async function shopping(options = {}): Promise<Page> {
    const page = await open(options)
    await page.getByTestId('demo-customer').first().click()
    await page.waitForURL('**/shop')
    return page
  }

  async function fill(page: Page, ...productIds: string[]): Promise<void> {
    for (const productId of productIds) {
      await page.goto(`/shop?q=${productId}`)
      await page.getByRole('button', { name: /^Add / }).first().click()
    }
    await page.getByRole('link', { name: /^Basket/ }).click()
  }

  async function order(page: Page, ...productIds: string[]): Promise<string> {
    await fill(page, ...productIds)
    await page.getByRole('button', { name: 'Order and pay' }).click()
    await page.waitForURL('**/shop/orders/*')
    return new URL(page.url()).pathname.split('/').at(-1) ?? ''
  }

  /** Takes out of stock all but so many pieces of a product. */
  async function leave(productId: string, pieces: number): Promise<void> {
    const { body } = await system.rest<ProductPage>('GET', `/v1/products?search=${productId}`)
    let left = pieces
    for (const { warehouseId, onHand, reserved } of body.products[0]?.stock ?? []) {
      const stays = Math.min(left, onHand - reserved)
      left -= stays
      const change = stays - (onHand - reserved)
      if (change === 0) continue
      const taken = { warehouseId, change, reason: 'counted' }
      const key = { 'idempotency-key': `${productId}-${warehouseId}-${pieces}` }
      const { status } = await system.rest('POST', `/v1/products/${productId}/stock`, taken, key)
      ensure(status === 200, `stock of ${productId}: ${status}`)
    }
  }

  const reaches = (page: Page, status: string) =>
    page.getByTestId('status').filter({ hasText: status }).waitFor()

  it('lets a customer order, who sees it complete without a reload, and hears of each change', async () => {
    const page = await shopping()
    await order(page, '85123A', '71053')
    await page.getByText('Your goods are reserved.').waitFor()
    await reaches(page, 'Completed')
    expect(await page.locator('[data-testid^="step-"][data-reached="true"]').count()).toBe(5)
    await picture(page, 'shop-order')
    expect(await page.getByTestId('parcel').first().getAttribute('data-status')).toBe('delivered')
    await page.getByText('Your order is complete.').waitFor()
  })

  it('places one order for a double click, and keeps the basket over a reload', async () => {
    const page = await shopping()
    await fill(page, '22423')
    await page.reload()
    await page.getByRole('button', { name: 'Order and pay' }).dblclick()
    await page.waitForURL('**/shop/orders/*')
    const orderId = new URL(page.url()).pathname.split('/').at(-1)
    await system.endOf(orderId ?? '')
    const { body } = await system.rest<{ orders: { orderId: string }[] }>('GET', '/v1/orders?limit=2')
    expect(body.orders[0]?.orderId).toBe(orderId)
    const { body: one } = await system.rest<{ lines: { productId: string }[] }>(
      'GET',
      `/v1/orders/${orderId}`,
    )
    expect(one.lines.map(({ productId }) => productId)).toStrictEqual(['22423'])
    const all = await system.rest<{ orders: { lines: unknown }[] }>('GET', '/v1/orders?limit=200')
    const same = await Promise.all(
      all.body.orders.map(async (other) => {
        const { orderId } = other as unknown as { orderId: string }
        const { body } = await system.rest<typeof one>('GET', `/v1/orders/${orderId}`)
        return body.lines.some(({ productId }) => productId === '22423')
      }),
    )
    expect(same.filter(Boolean).length).toBe(1)
  })

  it('asks when goods are missing: the customer takes what there is', async () => {
    const page = await shopping()
    await leave('22752', 2)
    await fill(page, '85123A', '22752')
    await page.getByLabel(/^Quantity of SET 7 BABUSHKA/).fill('5')
    await page.getByRole('button', { name: 'Order and pay' }).click()
    await page.waitForURL('**/shop/orders/*')
    await page.getByTestId('decision').waitFor()
    await picture(page, 'shop-decision')
    await page.getByRole('button', { name: 'Take what there is' }).click()
    await reaches(page, 'Completed')
  })

  it('asks when goods are missing: the customer cancels', async () => {
    const page = await shopping()
    await leave('22423', 0)
    await fill(page, '22423')
    await page.getByRole('button', { name: 'Order and pay' }).click()
    await page.getByTestId('decision').getByRole('button', { name: 'Cancel the order' }).click()
    await reaches(page, 'Cancelled')
    await page.getByText('This order was cancelled').waitFor()
  })

  it('tops up, and the balance shows on every page', async () => {
    const page = await shopping()
    await page.goto('/shop/account')
    const before = await page.getByTestId('balance').innerText()
    await page.getByLabel('Amount').fill('12.50')
    await page.getByRole('button', { name: 'Top up' }).click()
    await page.getByText(/£12\.50 is in your account/).waitFor()
    await until(
      'the balance has grown',
      async () => (await page.getByTestId('balance').innerText()) !== before,
    )
    await picture(page, 'shop-account')
  })

  it('sends goods back, and the customer sees it accepted', async () => {
    const page = await shopping()
    const orderId = await order(page, '85123A')
    await reaches(page, 'Completed')
    await page.getByRole('button', { name: 'Send something back' }).click()
    await page.getByLabel(/HANGING HEART/).fill('1')
    await page.getByLabel('Why?').fill('broken')
    await page.getByRole('button', { name: 'Ask for the return' }).click()
    await page.getByTestId('return-1').waitFor()
    await system.rest('POST', `/v1/orders/${orderId}/returns/1/decision`, { accept: true })
    await page.getByTestId('return-1').getByText('Accepted').waitFor()
    await system.rest('POST', `/v1/orders/${orderId}/returns/1/receipt`, {})
    await page.getByTestId('return-1').getByText('Paid back').waitFor()
  })

  it('cancels an order on its way, and the money is back', async () => {
    const page = await shopping()
    const orderId = await order(page, '85123A')
    await page.getByRole('button', { name: 'Cancel order' }).click()
    await picture(page, 'shop-cancel')
    await page.getByRole('button', { name: 'Yes, cancel it' }).click()
    await system.endOf(orderId)
    await page
      .getByTestId('status')
      .getByText(/Cancelled|Completed/)
      .waitFor()
  })

  it('shows nobody another customer’s order, and refuses a wrong password', async () => {
    const page = await shopping()
    const orderId = await order(page, '85123A')
    const other = await open()
    await other.getByTestId('demo-customer').nth(1).click()
    await other.waitForURL('**/shop')
    await other.goto(`/shop/orders/${orderId}`)
    await other.getByText('There is nothing here').waitFor()
    const stranger = await open()
    await stranger.getByLabel('User name').fill('17850')
    await stranger.getByRole('textbox', { name: 'Password' }).fill('wrong horse')
    await stranger.getByRole('button', { name: 'Sign in' }).click()
    await stranger.getByText('The user name or the password is wrong.').waitFor()
    await stranger.goto('/shop/orders')
    await stranger.waitForURL(/\/\?back=/)
  })

  it('is the same in two tabs: what is put in one basket is in the other', async () => {
    const page = await shopping()
    const second = await page.context().newPage()
    await second.goto('/shop')
    await page.goto('/shop?q=85123A')
    await page.getByRole('button', { name: /^Add / }).first().click()
    await second.getByRole('link', { name: 'Basket, 1 piece' }).waitFor()
    await page.getByRole('button', { name: 'You', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await second.waitForURL(/\/\?back=/)
  })

  it('says when it is not live, and is again after the gateway has restarted', async () => {
    const page = await shopping()
    await page.getByText('Live', { exact: true }).waitFor()
    await system.kill('gateway')
    await page.getByText('Not live').waitFor()
    await system.start('gateway')
    await page.getByText('Live', { exact: true }).waitFor()
  })

  it('goes on showing an order while nothing tells it of changes, and hears of them again', async () => {
    const page = await shopping()
    await page.getByText('Live', { exact: true }).waitFor()
    await system.kill('notification')
    await page.getByText('Not live').waitFor()
    const orderId = await order(page, '85123A')
    await system.endOf(orderId)
    await page.getByTestId('status').filter({ hasText: 'Completed' }).waitFor()
    await system.start('notification')
    await page.getByText('Live', { exact: true }).waitFor()
  })

  it('has nothing that axe calls serious, light and dark, on desktop and phone', async () => {
    const found: string[] = []
    for (const [name, options] of [
      ['desktop', {}],
      ['phone-dark', { width: 390, height: 844, dark: true }],
    ] as const) {
      const start = await open(options)
      await start.getByTestId('demo-customer').first().waitFor()
      found.push(...(await look(start, `start-${name}`)))
      const page = await shopping(options)
      await page.getByRole('button', { name: /^Add / }).first().waitFor()
      found.push(...(await look(page, `shop-products-${name}`)))
      await page.getByRole('button', { name: /^Add / }).first().click()
      await page.goto('/shop/basket')
      await page.getByRole('button', { name: 'Order and pay' }).waitFor()
      found.push(...(await look(page, `shop-basket-${name}`)))
      await page.goto('/shop/orders')
      await page
        .getByRole('link', { name: /^Order/ })
        .first()
        .waitFor()
      found.push(...(await look(page, `shop-orders-${name}`)))
      await page
        .getByRole('link', { name: /^Order/ })
        .first()
        .click()
      await page.getByTestId('status').waitFor()
      found.push(...(await look(page, `shop-order-${name}`)))
    }
    expect(found).toStrictEqual([])
  })

  async function look(page: Page, name: string): Promise<string[]> {
    await picture(page, name)
    return (await seriousViolations(page)).map(({ id, nodes }) => `${name}: ${id} ${nodes.join(' ')}`)
  }
})
