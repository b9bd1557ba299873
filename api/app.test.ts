import { connect } from 'node:net'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import { ServiceError } from '@temporalio/client'
import { about } from '#platform/testing/expect.ts'
import { type Services, startTestGateway, type TestGateway } from './testing/fixtures.ts'

const basket = { customerId: '17850', lines: [{ productId: '85123A', quantity: 6 }] }
const orderId = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

const whenServiceAnswers = (code: Code) =>
  start({
    payments: {
      getAccount: () => {
        throw new ConnectError('said the service', code)
      },
    },
  })

describe('what cannot be read', () => {
  it('is refused when the body is not JSON', async () => {
    const { send } = await start()
    const { status, body } = await send('POST', '/v1/orders', { raw: '{"customerId": ' })
    expect(status).toBe(400)
    expect(body.type).toBe('/problems/unreadable-request')
  })

  it('is refused when the body is not declared as JSON', async () => {
    const { send } = await start()
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const { status, body } = await send('POST', '/v1/orders', { raw: 'customerId=1', headers })
    expect(status).toBe(415)
    expect(body.detail).toBe('Send the body with Content-Type: application/json.')
  })

  it('is refused when the body is larger than 256 kB', async () => {
    const { send } = await start()
    const lines = Array.from({ length: 6_000 }, () => ({ productId: 'x'.repeat(30), quantity: 1 }))
    const { status } = await send('POST', '/v1/orders', { body: { ...basket, lines } })
    expect(status).toBe(413)
  })

  it('is refused when the body is missing, field by field', async () => {
    const { send } = await start()
    const { status, body } = await send('POST', '/v1/orders')
    expect(status).toBe(422)
    expect((body.errors as { path: string }[]).map(({ path }) => path)).toStrictEqual(['lines'])
  })

  it('is refused when the address is broken', async () => {
    const { send } = await start()
    for (const path of ['/v1/orders/%E0%A4%A', '/v1/accounts/%ff', '/v1/orders/%']) {
      const { status, body } = await send('GET', path)
      about(path, () =>
        expect([status, body.detail]).toStrictEqual([400, 'The address is not percent-encoded UTF-8.']),
      )
    }
  })

  it('is refused in the name of the parameter that breaks a rule', async () => {
    const { send } = await start()
    for (const [path, detail] of [
      ['/v1/orders?limit=1&limit=2', 'limit: must be given once'],
      ['/v1/products?search=a&search=b', 'search: must be given once'],
      [
        '/v1/products?search=%ff',
        'search: must not have control characters, line breaks or broken characters',
      ],
      ['/v1/dead-letters/pre_orders/-1/0', 'partition: must be a whole number, 0 or more'],
      ['/v1/dead-letters/pre_orders/0/1.5', 'offset: must be a whole number, 0 or more'],
    ] as const) {
      const { status, body } = await send('GET', path)
      expect([status, body.detail]).toStrictEqual([400, detail])
    }
  })

  it('is refused when the Idempotency-Key has spaces or is too long', async () => {
    const { send } = await start()
    for (const key of ['two words', 'x'.repeat(256)]) {
      const reply = await send('POST', '/v1/orders', { body: basket, headers: { 'Idempotency-Key': key } })
      expect(reply.status).toBe(400)
      expect((reply.body.errors as { path: string }[])[0]?.path).toBe('Idempotency-Key')
    }
  })
})

describe('addresses', () => {
  it('that nobody knows are told so', async () => {
    const { send } = await start()
    const { status, body } = await send('GET', '/v1/nothing')
    expect(status).toBe(404)
    expect(body.type).toBe('/problems/unknown-route')
  })

  it('say which methods they take', async () => {
    const { send } = await start()
    const { status, headers } = await send('DELETE', '/v1/orders')
    expect(status).toBe(405)
    expect(headers.get('Allow')).toBe('POST, GET, HEAD, OPTIONS')
    const options = await send('OPTIONS', '/v1/orders')
    expect(options.status).toBe(204)
    expect(options.headers.get('Allow')).toBe('POST, GET, HEAD, OPTIONS')
  })
})

describe('faults', () => {
  const kinds: [Code, number, string][] = [
    [Code.NotFound, 404, 'not-found'],
    [Code.InvalidArgument, 422, 'invalid-body'],
    [Code.AlreadyExists, 409, 'conflict'],
    [Code.FailedPrecondition, 409, 'conflict'],
    [Code.Unavailable, 503, 'unavailable'],
    [Code.DeadlineExceeded, 503, 'unavailable'],
    [Code.Internal, 500, 'internal'],
  ]
  for (const [code, status, kind] of kinds) {
    it(`of a service with the code ${Code[code]} become ${status}`, async () => {
      const { send } = await whenServiceAnswers(code)
      const reply = await send('GET', '/v1/accounts/17850')
      expect(reply.status).toBe(status)
      expect(reply.body.type).toBe(`/problems/${kind}`)
    })
  }

  it('that may pass say when to try again', async () => {
    const { send } = await whenServiceAnswers(Code.Unavailable)
    expect((await send('GET', '/v1/accounts/17850')).headers.get('Retry-After')).toBe('2')
  })

  it('of Temporal being away become 503', async () => {
    const gone = Object.assign(new Error('14 UNAVAILABLE: no connection'), {
      code: 14,
      details: 'no connection',
      metadata: {},
    })
    const { send } = await start({
      workflows: {
        place: async () => {
          throw new ServiceError('failed to start the workflow', { cause: gone })
        },
      },
    })
    expect((await send('POST', '/v1/orders', { body: basket })).status).toBe(503)
  })

  it('that nobody expected tell nothing of our insides, but the log tells all', async () => {
    const { send, logs } = await start({
      workflows: {
        cancel: async () => {
          throw new Error('password=secret at 10.0.0.1')
        },
      },
    })
    const reply = await send('POST', `/v1/orders/${orderId}/cancel`)
    expect(reply.status).toBe(500)
    expect(JSON.stringify(reply.body)).not.toMatch(/secret|10\.0/)
    const line = logs.find(({ level }) => level === 'error')
    expect(line?.traceId).toBe(reply.body.instance)
    expect(JSON.stringify(line?.err)).toMatch(/password=secret/)
  })
})

describe('every request', () => {
  it('is logged in one line with route, status, time, trace and order', async () => {
    const { send, logs } = await start()
    const reply = await send('POST', `/v1/orders/${orderId}/cancel`)
    expect(logs.length).toBe(1)
    const [{ level, method, route, status, ms, traceId, orderId: order } = {}] = logs
    expect({ level, method, route, status, traceId, order }).toStrictEqual({
      level: 'info',
      method: 'POST',
      route: '/v1/orders/{orderId}/cancel',
      status: 200,
      traceId: reply.headers.get('Trace-Id'),
      order: orderId,
    })
    expect(typeof ms).toBe('number')
  })

  it('hands its trace to the services', async () => {
    const heard: (string | null)[] = []
    const { send } = await start({
      inventory: {
        listWarehouses: (_request, { requestHeader }) => {
          heard.push(requestHeader.get('traceparent'))
          return {}
        },
      },
    })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await send('GET', '/v1/warehouses', { headers: { traceparent } })
    expect(heard).toStrictEqual([traceparent])
  })

  it('begins a trace when the caller has none that can be read', async () => {
    const { send } = await start()
    const { headers } = await send('GET', '/health', { headers: { traceparent: 'nonsense' } })
    expect(headers.get('Trace-Id') ?? '').toMatch(/^[0-9a-f]{32}$/)
  })

  it('is answered without naming the framework, and never cached', async () => {
    const { send } = await start()
    const { headers } = await send('GET', '/health')
    expect(headers.get('X-Powered-By')).toBe(null)
    expect(headers.get('Cache-Control')).toBe('no-store')
  })
})

describe('health', () => {
  const since = '2010-12-01T08:26:00.000Z'
  const up = async () => {}
  const down = async () => {
    throw new Error('connect ECONNREFUSED 127.0.0.1:7233')
  }

  it('is alive whatever is missing, and ready when all that it needs answers', async () => {
    const { send } = await start({
      probes: [
        { name: 'temporal', required: true, probe: up },
        { name: 'redis', required: false, probe: down },
      ],
    })
    expect((await send('GET', '/health')).body).toStrictEqual({ status: 'alive' })
    const { status, body } = await send('GET', '/ready')
    expect(status).toBe(200)
    expect(body.dependencies).toStrictEqual([
      { name: 'temporal', state: 'up', since, required: true },
      { name: 'redis', state: 'down', since, required: false },
    ])
  })

  it('is ready though one of several databases is away, and names it', async () => {
    const { send } = await start({
      probes: [
        {
          name: 'order',
          required: true,
          probe: async () => ({ missing: [{ shard: 'order_2', why: 'refused' }] }),
        },
        { name: 'customer', required: true, probe: async () => ({ missing: [] }) },
      ],
    })
    const { status, body } = await send('GET', '/ready')
    expect(status).toBe(200)
    expect(body.dependencies).toStrictEqual([
      { name: 'order', state: 'up', since, required: true, missing: ['order_2'] },
      { name: 'customer', state: 'up', since, required: true },
    ])
  })

  it('is not ready when something that it needs is down, or does not answer in a second', async () => {
    const { send } = await start({
      probes: [
        { name: 'temporal', required: true, probe: down },
        { name: 'order', required: true, probe: () => new Promise(() => {}) },
      ],
    })
    const { status, body } = await send('GET', '/ready')
    expect(status).toBe(503)
    expect((body.dependencies as { state: string }[]).map(({ state }) => state)).toStrictEqual([
      'down',
      'down',
    ])
  })

  it('asks each service something cheap, and takes "there is none" for an answer', async () => {
    const none = () => {
      throw new ConnectError('none', Code.NotFound)
    }
    const { send } = await start({
      orders: { listOrders: () => ({}) },
      inventory: { listWarehouses: () => ({}) },
      payments: { getAccount: none },
      customers: {
        getCustomer: () => {
          throw new ConnectError('database away', Code.Unavailable)
        },
      },
    })
    const { body } = await send('GET', '/ready')
    expect(
      (body.dependencies as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`),
    ).toStrictEqual(['order up', 'inventory up', 'payment up', 'customer down'])
  })
})

describe('stopping', () => {
  it('lets the request in hand finish, takes no new one, and closes kept connections', async () => {
    let reached = () => {}
    let release = () => {}
    const atTheService = new Promise<void>((resolve) => (reached = resolve))
    const gate = new Promise<void>((resolve) => (release = resolve))
    const { send, stop, url } = await start({
      inventory: {
        listWarehouses: async () => {
          reached()
          await gate
          return {}
        },
      },
    })
    await send('GET', '/health')
    const slow = send('GET', '/v1/warehouses')
    await atTheService
    const stopped = stop()
    await refusesConnections(Number(new URL(url).port))
    release()
    expect((await slow).status).toBe(200)
    await stopped
  })
})

function refusesConnections(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    connect(port, '127.0.0.1', () => reject(new Error('took a connection'))).once('error', () => resolve())
  })
}
