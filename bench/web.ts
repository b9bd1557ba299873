// How soon a change of an order shows in the browser after its commit, and what the first pages cost to load.
// npm run bench -- web [--orders 50]

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import { ensure } from '#platform/testing/expect.ts'
import { openPage, startBrowser } from '#tests/support/browser.ts'
import { type System, startSystem } from '#tests/support/system.ts'

const { values } = parseArgs({ options: { orders: { type: 'string', default: '50' } } })
const folder = 'generated/web'
// Three parcel events of an order, far enough apart that each shows by itself.
const system = await startSystem({ DEMO: 'on', COURIER_STEP: '700ms' })
const browser = await startBrowser()
const url = system.environment.GATEWAY_URL ?? ''
try {
  await firstPages(browser)
  const delays = await delaysOf(Number(values.orders))
  const sorted = delays.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  console.log(
    `${sorted.length} changes, from commit to page: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${sorted.at(-1)} ms`,
  )
  process.exitCode = (at(0.99) ?? 0) < 1_000 ? 0 : 1
} finally {
  await browser.close()
  await system.stop()
}

/** Opened with an empty cache: until something can be clicked, and what came over the line, compressed. */
async function firstPages(browser: Browser): Promise<void> {
  for (let n = 1; n <= 3; n++) {
    const { page, close } = await openPage(browser, { url })
    const files: string[] = []
    page.on('response', (response) => files.push(new URL(response.url()).pathname))
    const began = Date.now()
    await page.goto('/')
    await page.getByTestId('demo-customer').first().waitFor()
    console.log(`start page ${n}: ${Date.now() - began} ms, ${files.length} files, ${kilobytes(files)} kB`)
    files.length = 0
    await page.getByTestId('demo-customer').first().click()
    const clicked = Date.now()
    await page.getByRole('button', { name: /^Add / }).first().waitFor()
    console.log(`products after it: ${Date.now() - clicked} ms, ${kilobytes(files)} kB more`)
    await close()
  }
}

/** As brotli, of what the gateway serves as files. */
function kilobytes(paths: readonly string[]): string {
  const sizes = paths.map((path) => {
    const file = join(folder, path === '/' ? 'index.html' : path)
    const sent = [`${file}.br`, file].find((name) => existsSync(name))
    return sent ? statSync(sent).size : 0
  })
  return (sizes.reduce((sum, size) => sum + size, 0) / 1_000).toFixed(1)
}

/** Of each status that the page showed, how long after the history says that it came. */
async function delaysOf(orders: number): Promise<number[]> {
  const { page, close } = await openPage(browser, { url })
  await page.goto('/')
  await page.getByRole('button', { name: 'Open the staff console' }).click()
  await page.waitForURL('**/console')
  const delays: number[] = []
  for (let n = 0; n < orders; n++) delays.push(...(await watch(page, await place(system))))
  await close()
  return delays
}

async function place({ rest }: System): Promise<string> {
  const line = { productId: '85123A', quantity: 1 }
  const { status, body } = await rest<{ orderId: string }>('POST', '/v1/orders', {
    customerId: '17850',
    lines: [line],
  })
  ensure(status === 201, `placed: ${status}`)
  return body.orderId
}

type Seen = { text: string; at: number }

async function watch(page: Page, orderId: string): Promise<number[]> {
  // Within the application: a reload would begin its live connection anew.
  await page.evaluate((path) => {
    const window = globalThis as unknown as {
      history: { pushState: (...all: unknown[]) => void }
      dispatchEvent: (event: Event) => void
    }
    window.history.pushState({}, '', path)
    window.dispatchEvent(new Event('popstate'))
  }, `/console/orders/${orderId}`)
  await page.getByText(orderId).first().waitFor()
  const opened = Date.now()
  const seen = await page.evaluate(recordParcels)
  const { body: order } = await system.rest<OrderDetails>('GET', `/v1/orders/${orderId}`)
  return order.history.flatMap(({ sequence, at }) => {
    const shown = seen.find(({ text }) => text === `#${sequence}`)
    const committed = Date.parse(at)
    // What was there when the page opened came by loading it.
    return shown && committed > opened ? [shown.at - committed] : []
  })
}

/** In the browser: when each entry of the history appeared, until the order has ended. */
function recordParcels(): Promise<Seen[]> {
  type Doc = { body: { innerText: string } }
  const { document, MutationObserver: Observer } = globalThis as unknown as {
    document: Doc
    MutationObserver: new (
      heard: () => void,
    ) => { observe: (node: unknown, options: object) => void; disconnect: () => void }
  }
  const seen: Seen[] = []
  return new Promise((resolve) => {
    const look = () => {
      for (const text of document.body.innerText.match(/#\d+/g) ?? [])
        if (!seen.some((one) => one.text === text)) seen.push({ text, at: Date.now() })
      if (!/\bCOMPLETED\b|\bCANCELLED\b/i.test(document.body.innerText)) return
      observer.disconnect()
      resolve(seen)
    }
    const observer = new Observer(look)
    observer.observe(document.body, { childList: true, subtree: true, characterData: true })
    look()
  })
}
