import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '#platform/testing/fixtures.ts'
import { seeding } from '#stack/processes/processes.ts'
import { type System, startSystem } from '#tests/support/system.ts'

type Order = {
  orderId: string
  customerId: string
  status: string
  total: number
  refunded: number
  lines: { lineNumber: number; quantity: number; unitPrice: number }[]
  shipments: { shipmentId: string; status: string }[]
  history: { type: string; by: string; note: string | null }[]
  returns: { number: number; status: string; amount: number }[]
}
type Problem = { type: string; detail: string; errors?: { path: string; message: string }[] }

/** What people do with the shop, and with what has been delivered. */
describe('customers and staff', () => {
  let system: System
  let ann: Record<string, string>
  beforeAll(async () => {
    system = await startSystem()
    ann = await system.customer('17850')
  })
  afterAll(() => system?.stop())

  const basket = {
    lines: [
      { productId: '85123A', quantity: 6 },
      { productId: '71053', quantity: 2 },
    ],
  }
  const show = async (orderId: string) => (await system.rest<Order>('GET', `/v1/orders/${orderId}`)).body
  const place = async (headers = ann) => {
    const { status, body } = await system.rest<Order>('POST', '/v1/orders', basket, headers)
    expect(status).toBe(201)
    return body.orderId
  }
  const delivered = async () => {
    const orderId = await place()
    await system.endOf(orderId)
    const order = await show(orderId)
    expect(order.status).toBe('completed')
    return order
  }
  const balance = async () =>
    (await system.rest<{ balance: number }>('GET', '/v1/accounts/17850', undefined, ann)).body.balance
  const stockOf = async (productId: string) => {
    const { body } = await system.rest<{ products: { stock: { onHand: number }[] }[] }>(
      'GET',
      `/v1/products?search=${productId}`,
    )
    return body.products[0]?.stock.reduce((sum, { onHand }) => sum + onHand, 0) ?? 0
  }

  it('let a customer see and change only what is their own', async () => {
    const other = await system.customer('13047')
    const orderId = await place()
    const asks = async (headers: Record<string, string>, method: string, path: string, body?: object) =>
      (await system.rest(method, path, body, headers)).status
    expect(await asks({ authorization: '' }, 'GET', `/v1/orders/${orderId}`)).toBe(401)
    expect(await asks(other, 'GET', `/v1/orders/${orderId}`)).toBe(404)
    expect(await asks(other, 'POST', `/v1/orders/${orderId}/cancel`, {})).toBe(404)
    expect(await asks(other, 'GET', '/v1/accounts/17850')).toBe(404)
    expect(await asks(other, 'POST', `/v1/orders/${orderId}/refunds`, { reason: 'please' })).toBe(403)
    expect(await asks(ann, 'GET', `/v1/orders/${orderId}`)).toBe(200)
    const { body } = await system.rest<{ orders: Order[] }>('GET', '/v1/orders', undefined, ann)
    expect([...new Set(body.orders.map(({ customerId }) => customerId))]).toStrictEqual(['17850'])
    await system.endOf(orderId)
  })

  it('read at once what they have just written', async () => {
    for (let n = 0; n < 20; n++) {
      const phone = `+44 20 7946 00${String(n).padStart(2, '0')}`
      await system.rest('PATCH', '/v1/customers/17850', { phone }, ann)
      const { body } = await system.rest<{ phone: string }>('GET', '/v1/customers/17850', undefined, ann)
      expect(body.phone).toBe(phone)
    }
  })

  it('get goods back into stock and their money once, and the history says who did what', async () => {
    const order = await delivered()
    const [stock, money] = [await stockOf('85123A'), await balance()]
    const path = `/v1/orders/${order.orderId}/returns`
    const ask = { lines: [{ lineNumber: 1, quantity: 4 }], reason: 'too many' }
    const key = { 'idempotency-key': `return-${order.orderId}`, ...ann }
    expect((await system.rest('POST', path, ask, key)).status).toBe(201)
    expect((await system.rest('POST', path, ask, key)).status).toBe(201)
    const more = await system.rest<Problem>(
      'POST',
      path,
      { ...ask, lines: [{ lineNumber: 1, quantity: 3 }] },
      ann,
    )
    expect(more.status).toBe(422)
    expect(more.body.errors?.map(({ path: field }) => field)).toStrictEqual(['lines[0].quantity'])
    expect((await system.rest('POST', `${path}/1/decision`, { accept: true })).status).toBe(200)
    const receipt = { lines: [{ lineNumber: 1, restocked: 3, writtenOff: 1 }] }
    expect((await system.rest('POST', `${path}/1/receipt`, receipt)).status).toBe(200)
    await until(
      'the money is back',
      async () => (await show(order.orderId)).returns[0]?.status === 'refunded',
    )
    const price = order.lines[0]?.unitPrice ?? 0
    const after = await show(order.orderId)
    expect([after.status, after.refunded, after.returns.length]).toStrictEqual(['completed', 4 * price, 1])
    expect([await stockOf('85123A'), await balance()]).toStrictEqual([stock + 3, money + 4 * price])
    expect(
      after.history.filter(({ type }) => /return|refund/.test(type)).map(({ type, by }) => `${type} ${by}`),
    ).toStrictEqual([
      'return_requested customer:17850',
      'return_accepted staff:ann',
      'return_received staff:ann',
      'refunded system',
      'return_refunded system',
    ])
  })

  it('get money back in part, never more than was paid', async () => {
    const order = await delivered()
    const path = `/v1/orders/${order.orderId}/refunds`
    const part = { amount: order.total - 100, reason: 'scratched' }
    expect((await system.rest('POST', path, part, { 'idempotency-key': 'part' })).status).toBe(201)
    expect((await system.rest('POST', path, part, { 'idempotency-key': 'part' })).status).toBe(201)
    const beyond = await system.rest<Problem>('POST', path, { amount: 101, reason: 'and again' })
    expect(beyond.status).toBe(409)
    expect(beyond.body.detail).toMatch(/1\.00 GBP/)
    expect((await system.rest('POST', path, { reason: 'the rest' })).status).toBe(201)
    expect((await system.rest('POST', path, { reason: 'once more' })).status).toBe(409)
    const { refunded, total, history } = await show(order.orderId)
    expect(refunded).toBe(total)
    expect(history.filter(({ type }) => type === 'refunded').map(({ by }) => by)).toStrictEqual([
      'staff:ann',
      'staff:ann',
    ])
  })

  it('move a parcel on by hand, and restock a shelf', async () => {
    // A courier without events.
    await system.kill('logistics')
    const orderId = await place()
    await until('it is on its way', async () => (await show(orderId)).status === 'shipping')
    const [shipment] = (await show(orderId)).shipments
    const path = `/v1/orders/${orderId}/shipments/${shipment?.shipmentId}/move`
    const moved = await system.rest('POST', path, { status: 'delivered', note: 'seen at the door' })
    expect(moved.status).toBe(200)
    await system.endOf(orderId)
    const { history } = await show(orderId)
    expect(history.some(({ type, by }) => type === 'shipment_moved' && by === 'staff:ann')).toBeTruthy()
    await system.start('logistics')

    const before = await stockOf('71053')
    const change = { warehouseId: 'london', change: 5, reason: 'found in the cellar' }
    const key = { 'idempotency-key': 'cellar' }
    await system.rest('POST', '/v1/products/71053/stock', change, key)
    await system.rest('POST', '/v1/products/71053/stock', change, key)
    expect(await stockOf('71053')).toBe(before + 5)
  })

  it('find the routes of older clients, and their orders as a table', async () => {
    const placed = await system.rest<Order>(
      'POST',
      '/gateway/orders',
      { userId: '17850', items: basket.lines },
      ann,
    )
    expect(placed.status).toBe(201)
    expect(placed.headers.get('deprecation')).toBeTruthy()
    const orders = await system.rest<{ orders: Order[] }>('GET', '/gateway/orders/17850', undefined, ann)
    expect(orders.body.orders[0]?.orderId).toBe(placed.body.orderId)
    expect((await system.rest('GET', '/gateway/payments/accounts/17850', undefined, ann)).status).toBe(200)
    const csv = await fetch(`${system.environment.GATEWAY_URL}/v1/orders.csv?customerId=17850`, {
      headers: ann,
    })
    const rows = (await csv.text()).trim().split('\n')
    expect(rows.length).toBe(1 + orders.body.orders.length)
    await system.endOf(placed.body.orderId)
  })

  it('keep what they changed when the seed data is made known again, and when an old log is replayed', async () => {
    const own = { userName: '12583', password: 'not the demo password', role: 'customer', id: '12583' }
    const address = {
      addressId: 'new',
      line: '7 Moved Lane',
      city: 'Leeds',
      postcode: 'LS1',
      country: 'United Kingdom',
      place: { latitude: 53.8, longitude: -1.55 },
    }
    await system.rest('PATCH', '/v1/customers/12583', { name: 'Moved Away', addresses: [address] })
    await system.rest('PUT', '/v1/products', {
      products: [{ productId: '22960', name: 'NEW NAME', price: 999 }],
    })
    await system.rest('PUT', '/v1/users', { users: [own] })

    for (const _ of ['a first restart', 'a second one'])
      await system.command(seeding.entry, seeding.args ?? [])
    const log = join(await mkdtemp(join(tmpdir(), 'order-saga-log-')), 'log.csv')
    const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n'
    await writeFile(log, `${header}9100001,22960,OLD NAME,6,2010-12-01 08:26:00,0.55,12583,France\n`)
    const { outcome } = await system.replay(log)
    expect(outcome?.revenue.amount).toBe(330)

    const { body: customer } = await system.rest<{ name: string; addresses: unknown[] }>(
      'GET',
      '/v1/customers/12583',
    )
    expect([customer.name, customer.addresses]).toStrictEqual(['Moved Away', [address]])
    const { body: found } = await system.rest<{ products: { name: string; price: number }[] }>(
      'GET',
      '/v1/products?search=22960',
    )
    expect([found.products[0]?.name, found.products[0]?.price]).toStrictEqual(['NEW NAME', 999])
    await system.signIn(own.userName, own.password)
  })

  it('leave every book right', () => system.audit())
})
