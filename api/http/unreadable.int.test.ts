// What JSON cannot say, on record in the real databases: the rest of a list is answered all the same.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { about } from '#platform/testing/expect.ts'
import { randomName } from '#platform/testing/fixtures.ts'
import { contact, newOrder, numbered, reservedFrom } from '#services/order/fixtures.ts'
import { asCustomer } from '../testing/fixtures.ts'
import { startServicesWithGateway } from '../testing/services.ts'

let system: Awaited<ReturnType<typeof startServicesWithGateway>>

beforeAll(async () => {
  system = await startServicesWithGateway()
})
afterAll(() => system.stop())

const tooLarge = '9007199254740993'
const beyond = (path: string) => `${path}: ${tooLarge} on record is beyond any amount`

async function get(path: string, by?: Parameters<typeof system.gateway.send>[2]) {
  const { status, body, text } = await system.gateway.send('GET', path, by)
  return { status, body, text }
}

/** Three orders, newest first, each of one shipment. */
async function placeThree(customerId: string): Promise<string[]> {
  const ids: string[] = []
  for (const second of [1, 2, 3]) {
    const order = newOrder({ customerId, placedAt: `2026-01-01T00:00:0${second}.000Z` })
    const { orderId, traceparent } = order
    await system.order.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
    await system.order.store.recordChanges({
      orderId,
      traceparent,
      changes: numbered([reservedFrom(order, ['london'])]),
    })
    ids.unshift(orderId)
  }
  return ids
}

const idsOf = (orders: unknown) => (orders as { orderId: string }[]).map(({ orderId }) => orderId)

test('an order whose total cannot be read takes no other out of a list, and is named to staff', async () => {
  const customerId = randomName('c')
  const [newest, bad, oldest] = await placeThree(customerId)
  await system.order.database.query('update orders set total = $2 where order_id = $1', [bad, tooLarge])

  const forStaff = (await get(`/v1/orders?customerId=${customerId}`)).body
  expect(idsOf(forStaff.orders)).toStrictEqual([newest, oldest])
  expect([forStaff.partial, forStaff.unreadable]).toStrictEqual([true, [{ id: bad, why: beyond('total') }]])

  const forCustomer = (await get('/v1/orders', { by: asCustomer(customerId) })).body
  expect(idsOf(forCustomer.orders)).toStrictEqual([newest, oldest])
  expect([forCustomer.partial, forCustomer.unreadable]).toStrictEqual([true, []])

  // A page that ends with it has a next one.
  const { nextCursor } = (await get(`/v1/orders?customerId=${customerId}&limit=2`)).body
  const rest = (await get(`/v1/orders?customerId=${customerId}&limit=2&cursor=${String(nextCursor)}`)).body
  expect([idsOf(rest.orders), rest.partial]).toStrictEqual([[oldest], false])
})

test('an export has the order that cannot be read, and says where', async () => {
  const customerId = randomName('c')
  const ids = await placeThree(customerId)
  await system.order.database.query('update orders set total = $2 where order_id = $1', [ids[1], tooLarge])
  const { status, text } = await get(`/v1/orders.csv?customerId=${customerId}`)
  const rows = text
    .trim()
    .split('\r\n')
    .slice(1)
    .map((row) => row.split(','))
  expect(status).toBe(200)
  expect(rows.map((cells) => [cells[0], cells[6], cells[7]])).toStrictEqual([
    [ids[0], '6.00', '0.00'],
    [ids[1], 'unreadable', '0.00'],
    [ids[2], '6.00', '0.00'],
  ])
})

test('an order that cannot be read says which of its fields it is, and the others are shown', async () => {
  const [newest, bad, oldest] = await placeThree(randomName('c'))
  const { database } = system.order
  const broken: [string, string][] = [
    ['update order_lines set unit_price = $2 where order_id = $1 and line_number = 2', 'lines[1].unitPrice'],
    [
      `update shipments set lines = jsonb_set(lines, '{0,unitPrice}', to_jsonb($2::int8)) where order_id = $1`,
      'shipments[0].lines[0].unitPrice',
    ],
    ['update shipments set amount = $2 where order_id = $1', 'shipments[0].amount'],
    ['update orders set total = $2 where order_id = $1', 'total'],
  ]
  // The latest to break is the first to be said: in an answer the total comes before shipments and lines.
  for (const [statement, path] of broken.toReversed()) {
    await database.query('update orders set total = 600 where order_id = $1', [bad])
    await database.query('update shipments set amount = 600 where order_id = $1', [bad])
    await database.query(statement, [bad, tooLarge])
    const { status, body } = await get(`/v1/orders/${bad}`)
    expect([status, body.type, body.errors]).toStrictEqual([
      409,
      '/problems/unreadable-record',
      [{ path, message: 'cannot be read' }],
    ])
  }
  for (const orderId of [newest, oldest]) expect((await get(`/v1/orders/${orderId}`)).status).toBe(200)
  const logged = system.gateway.logs.find(({ err }) => JSON.stringify(err)?.includes(beyond('total')))
  expect(logged?.orderId).toBe(bad)
})

test('an entry that cannot be read takes no other out of an account, nor an account another', async () => {
  const customerId = randomName('c')
  await system.gateway.send('POST', '/v1/accounts', { body: { customerId } })
  for (const amount of [1, 2, 3])
    await system.gateway.send('POST', `/v1/accounts/${customerId}/top-ups`, { body: { amount } })
  // In one statement, for the books are checked.
  await system.payment.database.query(
    `with bad as (select transfer_id from entries where account_id = 'customer:' || $1 and amount = 2)
     update entries set amount = amount / 2 * $2::int8 where transfer_id in (select transfer_id from bad)`,
    [customerId, tooLarge],
  )
  const { body } = await get(`/v1/accounts/${customerId}/entries`)
  expect((body.entries as { amount: number }[]).map(({ amount }) => amount)).toStrictEqual([3, 1])
  expect((body.unreadable as { why: string }[]).map(({ why }) => why)).toStrictEqual([beyond('amount')])

  const path = `/v1/accounts/${customerId}`
  await system.payment.database.query('update accounts set balance = $2 where customer_id = $1', [
    customerId,
    tooLarge,
  ])
  const { unreadable } = (await get('/v1/accounts')).body
  expect(unreadable).toStrictEqual([{ id: customerId, why: beyond('balance') }])
  expect((await get(path)).body.type).toBe('/problems/unreadable-record')
  const topUp = await system.gateway.send('POST', `${path}/top-ups`, { body: { amount: 1 } })
  about(topUp.text, () => expect(topUp.status).toBe(409))
})

test('a price that cannot be read takes no other product out of the list', async () => {
  const ids = ['1', '2', '3'].map((end) => `P${end}`)
  const products = ids.map((productId) => ({ productId, name: 'x', price: 1 }))
  await system.gateway.send('PUT', '/v1/products', { body: { products } })
  await system.inventory.database.query('update products set price = $1 where product_id = $2', [
    tooLarge,
    'P2',
  ])
  const { status, body } = await get('/v1/products')
  const listed = (body.products as { productId: string }[]).map(({ productId }) => productId)
  expect([status, listed]).toStrictEqual([200, ['P1', 'P3']])
  expect([body.partial, body.unreadable]).toStrictEqual([true, [{ id: 'P2', why: beyond('price') }]])
})
