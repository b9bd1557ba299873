import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Services, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'
import type { Product } from '#generated/proto/inventory/v1/inventory_pb.ts'
import type { TopUpRequest } from '#generated/proto/payment/v1/payment_pb.ts'
import { refusal } from '#platform/grpc/refusals.ts'
import { about } from '#platform/testing/expect.ts'

const at = timestampFromDate(new Date('2010-12-01T08:00:00Z'))

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

describe('products', () => {
  const heart = { productId: '85123A', name: 'WHITE HANGING HEART', price: 255, currency: 'GBP' }

  it('are listed with prices and stock, found by a part of their name', async () => {
    const searches: string[] = []
    const { send } = await start({
      inventory: {
        listProducts: ({ search }) => {
          searches.push(search)
          const stock = [{ warehouseId: 'london', onHand: 500, reserved: 6 }]
          return { products: [{ ...heart, price: 255n, stock }], nextCursor: 'next' }
        },
      },
    })
    const { body } = await send('GET', '/v1/products?search=heart&limit=1')
    expect(searches).toStrictEqual(['heart'])
    expect(body).toStrictEqual({
      products: [{ ...heart, stock: [{ warehouseId: 'london', onHand: 500, reserved: 6 }] }],
      nextCursor: 'next',
      partial: false,
      missing: [],
      unreadable: [],
    })
  })

  it('are found by their ids, one or several', async () => {
    const found = { ...heart, price: 255n, stock: [] }
    const asked: string[][] = []
    const { send } = await start({
      inventory: {
        findProducts: ({ productIds }) => {
          asked.push(productIds)
          return { products: productIds.includes('85123A') ? [found] : [] }
        },
      },
    })
    expect((await send('GET', '/v1/products/85123A')).body).toStrictEqual({ ...heart, stock: [] })
    expect((await send('GET', '/v1/products/nothing')).status).toBe(404)
    const { body } = await send('GET', '/v1/products?productId=85123A&productId=nothing')
    expect([body.products, body.nextCursor]).toStrictEqual([[{ ...heart, stock: [] }], null])
    expect(asked).toStrictEqual([['85123A'], ['nothing'], ['85123A', 'nothing']])
    const many = Array.from({ length: 101 }, (_, n) => `productId=P${n}`).join('&')
    expect((await send('GET', `/v1/products?${many}`)).status).toBe(400)
  })

  it('are put 500 at once, in a body larger than other routes take', async () => {
    const put: Product[] = []
    const { send } = await start({
      inventory: {
        putProducts: ({ products }) => {
          put.push(...products)
          return { added: products.length, changed: 0 }
        },
      },
    })
    const stock = ['london', 'berlin', 'madrid'].map((warehouseId) => ({ warehouseId, onHand: 1_000 }))
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => ({
        ...heart,
        productId: `P${n}`,
        name: 'x'.repeat(200),
        stock,
      }))
    const { status, body } = await send('PUT', '/v1/products', { body: { products: many(500) } })
    expect(status).toBe(200)
    expect(body).toStrictEqual({ added: 500, changed: 0 })
    expect(put.length).toBe(500)
    expect(put[0]?.price).toBe(255n)
    const refused = await send('PUT', '/v1/products', { body: { products: many(501) } })
    expect(refused.body.errors).toStrictEqual([
      { path: 'products', message: 'must have at most 500 entries' },
    ])
  })

  it('have a price above zero, and no half pennies', async () => {
    const { send } = await start()
    const products = [
      { ...heart, price: 0 },
      { ...heart, price: 2.55 },
    ]
    const { body } = await send('PUT', '/v1/products', { body: { products } })
    expect(body.errors).toStrictEqual([
      { path: 'products[0].price', message: 'must be a whole number from 1 to 1,000,000,000,000' },
      { path: 'products[1].price', message: 'must be a whole number from 1 to 1,000,000,000,000' },
    ])
  })

  it('leave from warehouses with a place', async () => {
    const { send } = await start({
      inventory: {
        listWarehouses: () => ({
          warehouses: [
            {
              warehouseId: 'london',
              name: 'London',
              country: 'United Kingdom',
              latitude: 51.5,
              longitude: 0,
            },
          ],
        }),
      },
    })
    const { body } = await send('GET', '/v1/warehouses')
    expect(body.warehouses).toStrictEqual([
      {
        warehouseId: 'london',
        name: 'London',
        country: 'United Kingdom',
        place: { latitude: 51.5, longitude: 0 },
      },
    ])
  })
})

describe('accounts', () => {
  const account = { customerId: '17850', currency: 'GBP', balance: 10_000n, createdAt: at }
  const shown = {
    customerId: '17850',
    currency: 'GBP',
    balance: 10_000,
    createdAt: '2010-12-01T08:00:00.000Z',
  }

  it('are opened, and read with their balance', async () => {
    const { send } = await start({
      payments: { createAccount: () => ({ account }), getAccount: () => ({ account }) },
    })
    const opened = await send('POST', '/v1/accounts', { body: { customerId: '17850' } })
    expect(opened.status).toBe(201)
    expect(opened.headers.get('Location')).toBe('/v1/accounts/17850')
    expect(opened.body).toStrictEqual(shown)
    expect((await send('GET', '/v1/accounts/17850')).body).toStrictEqual(shown)
  })

  it('are topped up under one ledger key for each idempotency key', async () => {
    const asked: TopUpRequest[] = []
    const { send } = await start({
      payments: {
        topUp: (request) => {
          asked.push(request)
          return { account, transferId: 't1' }
        },
      },
    })
    const topUp = (headers: Record<string, string>) =>
      send('POST', '/v1/accounts/17850/top-ups', { body: { amount: 10_000 }, headers })
    const { status, body } = await topUp({ 'Idempotency-Key': 'may' })
    expect(status).toBe(201)
    expect(body).toStrictEqual({ transferId: 't1', account: shown })
    await topUp({ 'Idempotency-Key': 'may' })
    await topUp({ 'Idempotency-Key': 'june' })
    await topUp({})
    await topUp({})
    const keys = asked.map(({ key }) => key)
    expect(keys[0]).toBe(keys[1])
    expect(new Set(keys).size).toBe(4)
    expect(asked[0]?.amount).toBe(10_000n)
  })

  it('refuse a top-up key that the ledger knows for another amount', async () => {
    const { send } = await start({
      payments: {
        topUp: () => {
          throw refusal(Code.AlreadyExists, 'key: was used for 5000')
        },
      },
    })
    const { status, body } = await send('POST', '/v1/accounts/17850/top-ups', { body: { amount: 1 } })
    expect(status).toBe(422)
    expect(body.type).toBe('/problems/key-reused')
  })

  it('take only whole, positive amounts', async () => {
    const { send } = await start()
    for (const amount of [0, -5, 1.5, '100', null]) {
      const { status } = await send('POST', '/v1/accounts/17850/top-ups', { body: { amount } })
      about(`amount ${amount}`, () => expect(status).toBe(422))
    }
  })

  it('list what came and went', async () => {
    const { send } = await start({
      payments: {
        listEntries: () => ({
          entries: [
            { transferId: 't2', kind: 'charge', amount: -1530n, orderId: 'o1', at },
            { transferId: 't1', kind: 'top_up', amount: 10_000n, at },
          ],
        }),
      },
    })
    const { body } = await send('GET', '/v1/accounts/17850/entries')
    expect((body.entries as { amount: number }[]).map(({ amount }) => amount)).toStrictEqual([-1530, 10_000])
    expect(body.nextCursor).toBe(null)
  })
})
