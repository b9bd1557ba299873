// Every way to be refused by a service, through the gateway: the real services on real databases behind it.

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { UpdateRefusal } from '#contracts/clients.ts'
import { about } from '#platform/testing/expect.ts'
import { randomName } from '#platform/testing/fixtures.ts'
import { newOrder } from '#services/order/fixtures.ts'
import type { TestGateway } from '../testing/fixtures.ts'
import { startServicesWithGateway } from '../testing/services.ts'

// As the workflows say it.
const says = {
  decision: { refused: 'InvalidAmendment', message: 'lines[0].lineNumber: the order has no line 9' },
  move: { refused: 'InvalidMove', message: 'shipmentId: the order has no shipment x' },
  receipt: { refused: 'InvalidReceipt', message: 'lines[0].restocked: only 4 of line 1 were to come back' },
} satisfies Record<string, UpdateRefusal>

let system: Awaited<ReturnType<typeof startServicesWithGateway>>
let gateway: TestGateway
const orderId = newOrder().orderId
const product = randomName('P')
const owner = randomName('c')

beforeAll(async () => {
  system = await startServicesWithGateway({
    workflows: { decide: async () => says.decision, moveShipment: async () => says.move },
    returns: { receive: async () => says.receipt },
  })
  gateway = system.gateway
  await seed()
})
afterAll(() => system.stop())

const address = {
  addressId: 'home',
  line: '1 Street',
  city: 'London',
  postcode: '',
  country: 'UK',
  place: { latitude: 51, longitude: 0 },
}
const person = (customerId: string) => ({
  customerId,
  name: 'Ada',
  email: 'a@b.test',
  phone: '',
  addresses: [address],
})

/** Two of everything, so that every list has a second page. */
async function seed(): Promise<void> {
  const stock = [{ warehouseId: 'london', onHand: 5 }]
  const products = [product, `${product}2`].map((productId) => ({ productId, name: 'x', price: 1, stock }))
  await right('PUT', '/v1/products', { products })
  await right('PUT', '/v1/customers', { customers: [person(owner), person(`${owner}2`)] })
  await right('POST', '/v1/accounts', { customerId: owner })
  for (const amount of [1, 2]) await right('POST', `/v1/accounts/${owner}/top-ups`, { amount })
  await right('POST', `/v1/accounts/${owner}/top-ups`, { amount: 1 }, { 'Idempotency-Key': 'used' })
  await right(
    'POST',
    `/v1/products/${product}/stock`,
    { warehouseId: 'london', change: 1, reason: 'x' },
    { 'Idempotency-Key': 'used' },
  )
}

async function right(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await gateway.send(method, path, { body, headers })
  expect(answer.status).toBeLessThan(300)
  return answer.body
}

type Refused = [
  method: string,
  path: string,
  body: unknown,
  status: number,
  type: string,
  paths: string[],
  headers?: Record<string, string>,
]

const stock = { warehouseId: 'london', change: 1, reason: 'x' }
const used = { 'Idempotency-Key': 'used' }
const none = randomName('none')
const refused: Refused[] = [
  ['GET', `/v1/orders/${orderId}`, undefined, 404, 'not-found', ['orderId']],
  ['GET', '/v1/orders/none', undefined, 400, 'invalid-parameters', ['orderId']],
  ['GET', '/v1/orders?status=lost', undefined, 400, 'invalid-parameters', ['status[0]']],
  ['GET', '/v1/orders?limit=201', undefined, 400, 'invalid-parameters', ['limit']],
  ['GET', '/v1/orders?limit=0x10', undefined, 400, 'invalid-parameters', ['limit']],
  ['GET', '/v1/orders?limit=1&limit=2', undefined, 400, 'invalid-parameters', ['limit']],
  ['GET', '/v1/orders?colour=red', undefined, 400, 'invalid-parameters', ['colour']],
  ['GET', `/v1/customers/${none}`, undefined, 404, 'not-found', ['customerId']],
  ['GET', `/v1/accounts/${none}`, undefined, 404, 'not-found', ['customerId']],
  ['GET', `/v1/accounts/${none}/entries`, undefined, 404, 'not-found', ['customerId']],
  ['POST', `/v1/accounts/${none}/top-ups`, { amount: 1 }, 404, 'not-found', ['customerId']],
  ['POST', `/v1/accounts/${owner}/top-ups`, { amount: 1e20 }, 422, 'invalid-body', ['amount']],
  ['POST', `/v1/accounts/${owner}/top-ups`, { amount: 7 }, 422, 'key-reused', ['Idempotency-Key'], used],
  ['POST', `/v1/products/${none}/stock`, stock, 404, 'not-found', ['productId']],
  [
    'POST',
    `/v1/products/${product}/stock`,
    { ...stock, warehouseId: 'atlantis' },
    422,
    'invalid-body',
    ['warehouseId'],
  ],
  ['POST', `/v1/products/${product}/stock`, { ...stock, change: -1_000 }, 409, 'conflict', ['change']],
  [
    'POST',
    `/v1/products/${product}/stock`,
    { ...stock, change: 2 },
    422,
    'key-reused',
    ['Idempotency-Key'],
    used,
  ],
  ['POST', '/v1/products/%20a/stock', stock, 400, 'invalid-parameters', ['productId']],
  [
    'PUT',
    '/v1/products',
    { products: [{ productId: 'a', name: 'x', price: 1, stock: [{ warehouseId: 'atlantis', onHand: 1 }] }] },
    422,
    'invalid-body',
    ['products[0].stock[0].warehouseId'],
  ],
  [
    'PUT',
    '/v1/products',
    { products: [1, 2].map(() => ({ productId: 'a', name: 'x', price: 1 })) },
    422,
    'invalid-body',
    ['products[1].productId'],
  ],
  ['POST', '/v1/customers', { ...person(owner), name: 'Eve' }, 409, 'conflict', ['customerId']],
  ['PATCH', `/v1/customers/${none}`, { phone: '1' }, 404, 'not-found', ['customerId']],
  [
    'PUT',
    '/v1/customers',
    { customers: [person('twice'), person('twice')] },
    422,
    'invalid-body',
    ['customers[1].customerId'],
  ],
  [
    'PATCH',
    `/v1/customers/${owner}`,
    { addresses: [{ ...address, place: { latitude: 91, longitude: 0 } }] },
    422,
    'invalid-body',
    ['addresses[0].place.latitude'],
  ],
  [
    'PUT',
    '/v1/users',
    { users: [1, 2].map(() => ({ userName: 'ada', password: '12345678', role: 'staff', id: 'ada' })) },
    422,
    'invalid-body',
    ['users[1].userName'],
  ],
  ['POST', `/v1/orders/${orderId}/refunds`, { reason: 'x' }, 404, 'not-found', ['orderId']],
  [
    'POST',
    `/v1/orders/${orderId}/returns`,
    { reason: 'x', lines: [{ lineNumber: 1, quantity: 1 }] },
    404,
    'not-found',
    ['orderId'],
  ],
  [
    'POST',
    `/v1/orders/${orderId}/decision`,
    { kind: 'amend', lines: [{ lineNumber: 9, quantity: 1 }] },
    422,
    'invalid-amendment',
    ['lines[0].lineNumber'],
  ],
  ['POST', `/v1/orders/${orderId}/shipments/x/move`, { status: 'lost' }, 409, 'invalid-move', ['shipmentId']],
  [
    'POST',
    `/v1/orders/${orderId}/returns/1/receipt`,
    { lines: [{ lineNumber: 1, restocked: 5 }] },
    422,
    'invalid-receipt',
    ['lines[0].restocked'],
  ],
  ['GET', '/gateway/orders/a%20b', undefined, 400, 'invalid-parameters', ['userId']],
  ['GET', `/gateway/payments/accounts/${none}`, undefined, 404, 'not-found', ['userId']],
]

test('each refusal has its status, its type, and its field in the caller’s names', async () => {
  for (const [method, path, body, status, type, paths, headers = {}] of refused) {
    const answer = await gateway.send(method, path, { body, headers })
    const errors = answer.body.errors as { path: string; message: string }[] | undefined
    const heard = [answer.status, answer.body.type, errors?.map((error) => error.path)]
    about(`${method} ${path}: ${answer.text}`, () =>
      expect(heard).toStrictEqual([status, `/problems/${type}`, paths]),
    )
    about(`${method} ${path} speaks of another layer`, () =>
      expect(answer.text).not.toMatch(/_id|page_size|next_cursor/),
    )
  }
})

test('a cursor that is garbage, of another list or of another question is refused by its name', async () => {
  const lists = ['/v1/products', '/v1/customers', `/v1/accounts/${owner}/entries`]
  const cursors = await Promise.all(
    lists.map(async (path) => String((await right('GET', `${path}?limit=1`)).nextCursor)),
  )
  for (const [i, path] of [...lists, '/v1/orders', `/gateway/orders/${owner}`].entries()) {
    const others = cursors.filter((_, of) => of !== i)
    for (const cursor of [...others, 'garbage', 'AAAAAAAA', '%20', 'x'.repeat(2_000)]) {
      const { status, body } = await gateway.send('GET', `${path}?cursor=${cursor}`)
      const errors = body.errors as { path: string; message: string }[]
      about(`${path} ${cursor}`, () =>
        expect([status, body.type, errors.map((error) => error.path)]).toStrictEqual([
          400,
          '/problems/invalid-parameters',
          ['cursor'],
        ]),
      )
    }
  }
  await right('GET', `/v1/products?limit=1&cursor=${cursors[0]}`)
  expect((await gateway.send('GET', `/v1/products?search=x&cursor=${cursors[0]}`)).status).toBe(400)
  expect((await gateway.send('GET', `/v1/accounts/${owner}2/entries?cursor=${cursors[2]}`)).status).toBe(400)
})
