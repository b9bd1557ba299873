import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Product } from '#generated/proto/inventory/v1/inventory_pb.ts'
import { about } from '#platform/testing/expect.ts'
import { startTestGateway, type TestGateway } from '../testing/fixtures.ts'

let gateway: TestGateway
const put: Product[] = []
beforeEach(async () => {
  put.length = 0
  gateway = await startTestGateway({
    inventory: {
      putProducts: ({ products }) => {
        put.push(...products)
        return { added: products.length, changed: 0 }
      },
    },
  })
})
afterEach(() => gateway.stop())

const family = '👨‍👩‍👧‍👦'
const order = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'
const line = { lineNumber: 1, quantity: 1 }
const address = {
  addressId: 'home',
  line: '12 High Street',
  city: 'London',
  postcode: 'SW1A 1AA',
  country: 'United Kingdom',
  place: { latitude: 51.5, longitude: -0.12 },
}
const aCustomer = { customerId: '17850', name: 'Ada', email: 'a@b.test', phone: '', addresses: [address] }

/** Every text that people write, with the most characters that it may have. */
const fields: [path: string, most: number, method: string, route: string, body: (text: string) => unknown][] =
  [
    [
      'products[0].name',
      200,
      'PUT',
      '/v1/products',
      (name) => ({ products: [{ productId: 'a', price: 1, name }] }),
    ],
    ['name', 200, 'POST', '/v1/customers', (name) => ({ ...aCustomer, name })],
    ['phone', 40, 'PATCH', '/v1/customers/17850', (phone) => ({ phone })],
    ...(
      [
        ['line', 200],
        ['city', 100],
        ['postcode', 20],
        ['country', 100],
      ] as const
    ).map(([field, most]): (typeof fields)[number] => [
      `addresses[0].${field}`,
      most,
      'PATCH',
      '/v1/customers/17850',
      (text) => ({ addresses: [{ ...address, [field]: text }] }),
    ]),
    ['note', 500, 'POST', `/v1/orders/${order}/cancel`, (note) => ({ note })],
    ['reason', 500, 'POST', `/v1/orders/${order}/refunds`, (reason) => ({ amount: 1, reason })],
    ['reason', 500, 'POST', `/v1/orders/${order}/returns`, (reason) => ({ lines: [line], reason })],
    ['note', 500, 'POST', `/v1/orders/${order}/returns/1/decision`, (note) => ({ accept: true, note })],
    ['note', 500, 'POST', `/v1/orders/${order}/returns/1/receipt`, (note) => ({ note })],
    [
      'note',
      500,
      'POST',
      `/v1/orders/${order}/shipments/${order}-1/move`,
      (note) => ({ status: 'lost', note }),
    ],
    [
      'reason',
      500,
      'POST',
      '/v1/products/a/stock',
      (reason) => ({ warehouseId: 'london', change: 1, reason }),
    ],
  ]

test('every text that people write is held to the one rule', async () => {
  for (const [path, most, method, route, body] of fields) {
    const wrong = ['\u200b', ' ', 'a\0b', 'a\nb', 'a\u202eb', 'a\u200bb', '\ud83d', 'x'.repeat(most + 1)]
    for (const text of [...wrong, family.repeat(most + 1)]) {
      const answer = await gateway.send(method, route, { body: body(text) })
      const errors = answer.body.errors as { path: string }[]
      about(`${route} ${path} ${JSON.stringify(text)}`, () =>
        expect([answer.status, errors?.map((error) => error.path)]).toStrictEqual([422, [path]]),
      )
    }
  }
})

test('a name has as many characters as people count, and is kept in one form', async () => {
  const names = [family.repeat(200), 'e\u0301'.repeat(200)]
  const products = names.map((name, i) => ({ productId: `P${i}`, name, price: 1 }))
  const { status } = await gateway.send('PUT', '/v1/products', { body: { products } })
  expect(status).toBe(200)
  expect(put.map(({ name }) => name)).toStrictEqual([family.repeat(200), 'é'.repeat(200)])
})

test('a product id that the catalogue takes can be ordered, and no other', async () => {
  const takes = async (productId: string) => {
    const products = [{ productId, name: 'x', price: 1 }]
    const catalogue = await gateway.send('PUT', '/v1/products', { body: { products } })
    const lines = [{ productId, quantity: 1 }]
    const placed = await gateway.send('POST', '/v1/orders', { body: { customerId: '17850', lines } })
    return [catalogue.status < 300, placed.status < 300]
  }
  for (const id of ['BAG/RED M', '50%', 'a?b=c#d', '+', '~', 'x'.repeat(64)])
    await about(id, async () => expect(await takes(id)).toStrictEqual([true, true]))
  for (const id of ['', ' a', 'a ', '.', '..', 'é', 'a\tb', 'x'.repeat(65)])
    await about(id, async () => expect(await takes(id)).toStrictEqual([false, false]))
})
