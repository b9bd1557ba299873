import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  asNobody,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import type { ListOrdersRequest } from '#generated/proto/order/v1/order_pb.ts'

const at = timestampFromDate(new Date('2010-12-01T08:26:00Z'))
const ada = asCustomer('17850')
const items = [{ productId: '85123A', quantity: 6 }]

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

function assertDeprecated(headers: Headers, successor: string): void {
  expect(headers.get('Deprecation') ?? '').toMatch(/^@\d{10}$/)
  expect(headers.get('Link')).toBe(`<${successor}>; rel="successor-version"`)
}

describe('older clients', () => {
  it("place orders in their words, and in today's", async () => {
    const { send, placed } = await start()
    const older = await send('POST', '/gateway/orders', { body: { userId: '17850', items }, by: ada })
    expect(older.status).toBe(201)
    expect(older.headers.get('Location')).toBe(`/v1/orders/${String(older.body.orderId)}`)
    assertDeprecated(older.headers, '/v1/orders')
    const today = await send('POST', '/gateway/orders', { body: { customerId: '17850', lines: items } })
    expect(today.status).toBe(201)
    expect(placed.map(({ customerId, lines }) => [customerId, lines])).toStrictEqual(
      Array.from({ length: 2 }, () => ['17850', [{ lineNumber: 1, productId: '85123A', quantity: 6 }]]),
    )
  })

  it("get the same order under the same key, here and at today's address", async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'k1' }
    const older = await send('POST', '/gateway/orders', { body: { userId: '17850', items }, headers })
    const today = await send('POST', '/v1/orders', { body: { customerId: '17850', lines: items }, headers })
    expect(today.body).toStrictEqual(older.body)
    expect(placed.length).toBe(1)
  })

  it('hear what is wrong in the words that they used', async () => {
    const { send } = await start()
    const wrong = [{ productId: '85123A', quantity: 0 }]
    const older = await send('POST', '/gateway/orders', {
      body: { userId: 'no spaces please', items: wrong },
    })
    expect(older.status).toBe(422)
    expect((older.body.errors as { path: string }[]).map(({ path }) => path)).toStrictEqual([
      'userId',
      'items[0].quantity',
    ])
    expect(String(older.body.detail)).toMatch(/^userId: must be/)
    assertDeprecated(older.headers, '/v1/orders')
    const today = await send('POST', '/gateway/orders', { body: { lines: wrong } })
    expect((today.body.errors as { path: string }[]).map(({ path }) => path)).toStrictEqual([
      'lines[0].quantity',
    ])
    expect((await send('GET', '/gateway/payments/accounts/no%20spaces')).status).toBe(400)
    expect((await send('GET', '/gateway/orders/%E2%82%AC')).status).toBe(400)
  })

  it('list the orders of a user, newest first', async () => {
    const asked: ListOrdersRequest[] = []
    const { send } = await start({
      orders: {
        listOrders: (request) => {
          asked.push(request)
          const order = { orderId: 'o1', customerId: '17850', source: 'web', status: 'paid', placedAt: at }
          return { orders: [order], nextCursor: 'page-2' }
        },
      },
    })
    const { status, body, headers } = await send('GET', '/gateway/orders/17850?limit=1', { by: ada })
    expect(status).toBe(200)
    expect((body.orders as { orderId: string }[])[0]?.orderId).toBe('o1')
    expect(body.nextCursor).toBe('page-2')
    assertDeprecated(headers, '/v1/orders?customerId=17850')
    expect([asked[0]?.customerId, asked[0]?.pageSize]).toStrictEqual(['17850', 1])
  })

  it("see a user's account", async () => {
    const account = { customerId: '17850', currency: 'GBP', balance: 10_000n, createdAt: at }
    const { send } = await start({ payments: { getAccount: () => ({ account }) } })
    const { body, headers } = await send('GET', '/gateway/payments/accounts/17850', { by: ada })
    expect(body.balance).toBe(10_000)
    assertDeprecated(headers, '/v1/accounts/17850')
  })

  it('may do what they may do today, and no more', async () => {
    const { send } = await start()
    const eve = asCustomer('13047')
    expect((await send('GET', '/gateway/orders/17850', { by: eve })).status).toBe(404)
    expect((await send('GET', '/gateway/payments/accounts/17850', { by: eve })).status).toBe(404)
    const inAnothersName = { body: { userId: '17850', items }, by: eve }
    expect((await send('POST', '/gateway/orders', inAnothersName)).status).toBe(403)
    expect((await send('GET', '/gateway/orders/17850', { by: asNobody })).status).toBe(401)
  })
})
