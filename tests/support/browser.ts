import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { ensure } from '#platform/testing/expect.ts'

/** Where pictures of the pages go: `npm test` makes them, git ignores them. */
const pictures = '.stack/pictures'

const quiet = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A real Chromium, from npm: it brings the libraries that it needs. */
export async function startBrowser(): Promise<Browser> {
  // It unpacks its libraries where it believes to run in this environment alone.
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x'
  const { default: packaged } = await import('@sparticuz/chromium')
  const executablePath = await packaged.executablePath()
  return chromium.launch({
    executablePath,
    // A browser that is one process alone ends with its first page.
    args: [...packaged.args.filter((flag) => flag !== '--single-process'), ...quiet],
    env: { ...process.env },
  })
}

type Opened = { url: string; width?: number; height?: number; dark?: boolean }

/** A page of a reader of their own. What goes wrong in it fails the test that closes it. */
export async function openPage(browser: Browser, { url, width = 1_280, height = 900, dark = false }: Opened) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  return {
    page,
    context,
    async close(): Promise<void> {
      // What a test that failed saw last.
      if (!page.isClosed()) await picture(page, 'last')
      await context.close()
      ensure(faults.length === 0, `the page threw: ${faults.join('; ')}`)
    },
  }
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

type Violation = { id: string; impact: string; nodes: string[] }

/** What axe finds that is serious, on the page as it is. */
export async function seriousViolations(page: Page): Promise<Violation[]> {
  // As an argument of the browser's own: the page's policy lets no script in that is not the gateway's.
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
      }
    }
    const { violations } = await axe.run()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => ({
        id,
        impact,
        nodes: nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)),
      }))
  })
}
