import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
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
    assert.equal(asked.status, 204)
    assert.equal(asked.headers.get('Access-Control-Allow-Origin'), shop)
    assert.match(asked.headers.get('Access-Control-Allow-Methods') ?? '', /PATCH/)
    assert.match(asked.headers.get('Access-Control-Allow-Headers') ?? '', /Authorization.*Idempotency-Key/)
    const { headers } = await send('GET', '/v1/auth/me', { headers: { Origin: shop } })
    assert.equal(headers.get('Access-Control-Allow-Origin'), shop)
    assert.match(headers.get('Access-Control-Expose-Headers') ?? '', /Retry-After/)
    assert.match(headers.get('Vary') ?? '', /Origin/)
  })

  it('that it does not name may not', async () => {
    for (const webOrigins of [[], [shop]]) {
      await gateway?.stop()
      await start({ webOrigins })
      const { headers } = await preflight('https://elsewhere.example')
      assert.equal(headers.get('Access-Control-Allow-Origin'), null)
    }
  })
})

describe('every answer', () => {
  it('forbids what a browser could do with it besides showing it', async () => {
    const { send, url } = await start()
    const { headers } = await send('GET', '/health')
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff')
    assert.match(headers.get('Content-Security-Policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
    assert.equal(headers.get('Strict-Transport-Security'), null)
    const page = await fetch(`${url}/docs/`)
    assert.match(page.headers.get('Content-Security-Policy') ?? '', /script-src 'self'/)
    assert.doesNotMatch(await page.text(), /<script>|onload=|javascript:/, 'the page has no scripts inline')
  })
})
