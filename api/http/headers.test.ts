import { afterEach, describe, expect, it } from '@jest/globals'
import { asNobody, type Services, startTestGateway, type TestGateway } from '../testing/fixtures.ts'

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

const shop = 'https://shop.example'
const preflight = (origin: string) =>
  gateway.send('OPTIONS', '/v1/orders', {
    by: asNobody,
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,idempotency-key',
    },
  })

describe('a page of another origin', () => {
  it('that the configuration names may send orders, and reads what it needs of the answer', async () => {
    const { send } = await start({ webOrigins: [shop, 'https://staff.example'] })
    const asked = await preflight(shop)
    expect(asked.status).toBe(204)
    expect(asked.headers.get('Access-Control-Allow-Origin')).toBe(shop)
    expect(asked.headers.get('Access-Control-Allow-Methods') ?? '').toMatch(/PATCH/)
    expect(asked.headers.get('Access-Control-Allow-Headers') ?? '').toMatch(/Authorization.*Idempotency-Key/)
    const { headers } = await send('GET', '/v1/auth/me', { headers: { Origin: shop } })
    expect(headers.get('Access-Control-Allow-Origin')).toBe(shop)
    expect(headers.get('Access-Control-Expose-Headers') ?? '').toMatch(/Retry-After/)
    expect(headers.get('Vary') ?? '').toMatch(/Origin/)
  })

  it('that it does not name may not', async () => {
    for (const webOrigins of [[], [shop]]) {
      await gateway?.stop()
      await start({ webOrigins })
      const { headers } = await preflight('https://elsewhere.example')
      expect(headers.get('Access-Control-Allow-Origin')).toBe(null)
    }
  })
})

describe('every answer', () => {
  it('forbids what a browser could do with it besides showing it', async () => {
    const { send, url } = await start()
    const { headers } = await send('GET', '/health')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Content-Security-Policy') ?? '').toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(headers.get('Strict-Transport-Security')).toBe(null)
    const page = await fetch(`${url}/docs/`)
    expect(page.headers.get('Content-Security-Policy') ?? '').toMatch(/script-src 'self'/)
    // The page has no scripts inline.
    expect(await page.text()).not.toMatch(/<script>|onload=|javascript:/)
  })
})
