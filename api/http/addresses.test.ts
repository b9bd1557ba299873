import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { about } from '#platform/testing/expect.ts'
import { startTestGateway, type TestGateway } from '../testing/fixtures.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const order = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'
const samples: Record<string, string> = {
  orderId: order,
  shipmentId: `${order}-1`,
  redriveId: order,
  number: '1',
  partition: '0',
  offset: '0',
  topic: 'pre_orders',
}
const addressOf = (path: string) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => samples[name] ?? '17850')

/** What comes back for bytes that no client library would send. */
async function sendRaw(request: string): Promise<string> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.setEncoding('utf8').write(request)
  let answer = ''
  socket.on('data', (text: string) => (answer += text))
  await once(socket, 'close')
  return answer
}

describe('an address', () => {
  it('is of one thing: case, slashes and dots make another', async () => {
    const others = [
      '/V1/orders',
      '/v1/Orders',
      '/v1/orders/',
      '//v1/orders',
      '/v1//orders',
      '/v1%2Forders',
      '/v1/orders.',
      '/Health',
      '/health/',
      '/openapi.json/',
      '/OpenAPI.json',
      '/Docs/',
    ]
    for (const path of others) {
      const { status, body } = await gateway.send('GET', path)
      about(path, () => expect([status, body.type]).toStrictEqual([404, '/problems/unknown-route']))
    }
  })

  it('tells by OPTIONS which methods it takes, and refuses every other', async () => {
    const fixed = [
      '/',
      '/openapi.json',
      '/docs',
      '/docs/',
      '/docs/swagger-ui.css',
      '/docs/swagger-initializer.js',
    ]
    for (const path of [...new Set(gateway.routes.map(({ path }) => path)), ...fixed]) {
      const options = await gateway.send('OPTIONS', addressOf(path))
      const allowed = options.headers.get('Allow')?.split(', ') ?? []
      const declared = gateway.routes
        .filter((one) => one.path === path)
        .map(({ method }) => method.toUpperCase())
      const methods = declared.length > 0 ? declared : ['GET']
      const wanted = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
      about(path, () => expect([options.status, allowed]).toStrictEqual([204, wanted]))
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
        (one) => !allowed.includes(one),
      )) {
        const { status, headers } = await fetch(gateway.url + addressOf(path), { method })
        about(`${method} ${path}`, () =>
          expect([status, headers.get('Allow')]).toStrictEqual([405, allowed.join(', ')]),
        )
      }
    }
  })

  it('answers HEAD as GET, without a body', async () => {
    for (const path of ['/health', '/openapi.json', '/docs/', '/docs/swagger-ui.css']) {
      const head = await fetch(gateway.url + path, { method: 'HEAD' })
      const get = await fetch(gateway.url + path)
      about(path, () =>
        expect([head.status, head.headers.get('Content-Type')]).toStrictEqual([
          200,
          get.headers.get('Content-Type'),
        ]),
      )
      expect(await head.text()).toBe('')
      await get.arrayBuffer()
    }
  })

  it('tells what the whole server takes', async () => {
    const answer = await sendRaw('OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(
      /^HTTP\/1\.1 204 .*\r\n[^]*Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n/,
    )
  })
})

describe('what is no request', () => {
  const problem = (answer: string) =>
    JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { type: string; detail: string }

  it('is told so when its headers are too large', async () => {
    const answer = await sendRaw(`GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 431 [^]*Content-Type: application\/problem\+json\r\n/)
    expect([problem(answer).type, problem(answer).detail]).toStrictEqual([
      '/problems/headers-too-large',
      'Address and headers may have at most 16 kB together.',
    ])
  })

  it('is told so when it is no HTTP', async () => {
    const answer = await sendRaw('nonsense\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(problem(answer).type).toBe('/problems/unreadable-request')
  })
})
