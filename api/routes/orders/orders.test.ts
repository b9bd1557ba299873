import { create } from '@bufbuild/protobuf'
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  noSuch,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import type { CancelRequest, Decision, OrderProgress } from '#contracts/order.ts'
import { type ListOrdersRequest, OrderSchema } from '#generated/proto/order/v1/order_pb.ts'
import { bucketOf, bucketOfId, newIdInBucket } from '#platform/ids.ts'
import { ensure } from '#platform/testing/expect.ts'

const orderId = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'
const basket = { customerId: '17850', lines: [{ productId: '85123A', quantity: 6 }] }
const at = timestampFromDate(new Date('2010-12-01T08:26:00Z'))

const running = create(OrderSchema, {
  orderId,
  customerId: '17850',
  source: 'web',
  status: 'shipping',
  currency: 'GBP',
  total: 1530n,
  placedAt: at,
  updatedAt: at,
  stuckStep: 'recall',
  stuckError: 'the courier does not answer',
  stuckSince: at,
  lines: [{ lineNumber: 1, productId: '85123A', quantity: 6, unitPrice: 255n }],
  shipments: [{ shipmentId: 's1', warehouseId: 'london', status: 'created', amount: 1530n, movedAt: at }],
  history: [
    { sequence: 0, type: 'placed', status: 'pending', by: 'customer:17850', at },
    { sequence: 10, type: 'reserved', status: 'reserved', by: 'system', at },
  ],
  contact: { name: 'Ada', email: 'ada@example.com', line: '1 High Street', city: 'London' },
})

/** The bucket in an order's id is its customer's. */
const theirs = { ...running, orderId: newIdInBucket(bucketOf('17850'), new Date()) }

const progress: OrderProgress = {
  orderId,
  status: 'shipping',
  reason: null,
  waitingFor: 'Waiting for the courier.',
  total: 1530,
  shipments: [],
  missing: [],
  stuck: [],
}

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

describe('placing an order', () => {
  it('answers with the order as placed, and where it is', async () => {
    const { send, placed } = await start()
    const reply = await send('POST', '/v1/orders', { body: basket })
    expect(reply.status).toBe(201)
    const [order] = placed
    ensure(order)
    expect(reply.headers.get('Location')).toBe(`/v1/orders/${order.orderId}`)
    expect(reply.body).toStrictEqual({
      orderId: order.orderId,
      customerId: '17850',
      source: 'web',
      currency: 'GBP',
      status: 'pending',
      placedAt: '2010-12-01T08:26:00.000Z',
      lines: [{ lineNumber: 1, productId: '85123A', quantity: 6 }],
    })
  })

  it("makes a time-ordered id in the customer's bucket, another one for each order", async () => {
    const { send, placed } = await start()
    await send('POST', '/v1/orders', { body: basket })
    await send('POST', '/v1/orders', { body: basket })
    expect(new Set(placed.map((order) => order.orderId)).size).toBe(2)
    for (const order of placed) {
      expect(order.orderId.charAt(14)).toBe('7')
      expect(bucketOfId(order.orderId)).toBe(bucketOf('17850'))
    }
  })

  it('hands the trace of the caller to the workflow', async () => {
    const { send, placed } = await start()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const reply = await send('POST', '/v1/orders', { body: basket, headers: { traceparent } })
    expect(placed[0]?.traceparent).toBe(traceparent)
    expect(reply.headers.get('Trace-Id')).toBe('0af7651916cd43dd8448eb211c80319c')
  })

  it('says where to look when the order is not on record in time', async () => {
    const { send } = await start({ workflows: { place: async () => ({ pending: true }) } })
    const reply = await send('POST', '/v1/orders', { body: basket })
    expect(reply.status).toBe(202)
    expect(reply.body.location).toBe(reply.headers.get('Location'))
    expect(reply.body.location).toBe(`/v1/orders/${String(reply.body.orderId)}`)
  })

  it('finds the same order again under the same key, even when nothing remembers the answer', async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'basket-1' }
    const first = await send('POST', '/v1/orders', { body: basket, headers })
    const again = await send('POST', '/v1/orders', {
      headers,
      body: { source: 'web', currency: 'GBP', ...basket },
    })
    expect(again.body).toStrictEqual(first.body)
    expect(placed.length).toBe(1)
    expect(bucketOfId(String(first.body.orderId))).toBe(bucketOf('17850'))
  })

  it('refuses another order under the same key, even when nothing remembers the answer', async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'basket-1' }
    await send('POST', '/v1/orders', { body: basket, headers })
    const body = { ...basket, lines: [{ productId: '85123A', quantity: 7 }] }
    const reply = await send('POST', '/v1/orders', { body, headers })
    expect(reply.status).toBe(422)
    expect(reply.body.type).toBe('/problems/key-reused')
    expect(placed.length).toBe(1)
  })

  it('keeps the keys of two customers apart', async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'basket-1' }
    await send('POST', '/v1/orders', { body: basket, headers })
    await send('POST', '/v1/orders', { body: { ...basket, customerId: '13047' }, headers })
    expect(placed.length).toBe(2)
  })

  it('places for oneself as a customer, and for nobody else', async () => {
    const { send, placed } = await start()
    const { customerId, ...mine } = basket
    const by = asCustomer('13047')
    const headers = { 'Idempotency-Key': 'basket-1' }
    expect((await send('POST', '/v1/orders', { body: mine, headers, by })).status).toBe(201)
    const named = { ...mine, customerId: '13047' }
    expect((await send('POST', '/v1/orders', { body: named, headers, by })).status).toBe(201)
    expect(placed.map((order) => order.customerId)).toStrictEqual(['13047'])
    const forAnother = await send('POST', '/v1/orders', { body: { ...mine, customerId }, by })
    expect(forAnother.status).toBe(403)
    expect(placed.length).toBe(1)
  })

  it('asks staff whose order it is', async () => {
    const { send } = await start()
    const { status, body } = await send('POST', '/v1/orders', { body: { lines: basket.lines } })
    expect(status).toBe(422)
    expect(body.errors).toStrictEqual([
      { path: 'customerId', message: 'is missing; staff say whose order it is' },
    ])
  })

  it('keeps the keys of a customer and of staff who order for them apart', async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'basket-1' }
    await send('POST', '/v1/orders', { body: basket, headers })
    await send('POST', '/v1/orders', { body: basket, headers, by: asCustomer('17850') })
    expect(new Set(placed.map((order) => order.orderId)).size).toBe(2)
  })

  it('sends the parcels to the address that the order names', async () => {
    const { send, placed } = await start()
    await send('POST', '/v1/orders', { body: { ...basket, addressId: 'work' } })
    expect(placed[0]?.addressId).toBe('work')
  })

  it('refuses a price, by its name', async () => {
    const { send, placed } = await start()
    const body = { ...basket, lines: [{ productId: '85123A', quantity: 6, price: 1 }] }
    const reply = await send('POST', '/v1/orders', { body })
    expect(reply.status).toBe(422)
    expect(reply.body.errors).toStrictEqual([
      { path: 'lines[0].price', message: 'is not a field here; known are productId, quantity' },
    ])
    expect(placed.length).toBe(0)
  })

  it('names every field that breaks a rule, and says what would be right', async () => {
    const { send } = await start()
    const reply = await send('POST', '/v1/orders', {
      body: {
        customerId: 'no spaces please',
        source: 'fax',
        lines: [{ productId: '85123A', quantity: 0 }, { quantity: 1.5 }],
      },
    })
    expect(reply.status).toBe(422)
    expect(reply.body.errors).toStrictEqual([
      {
        path: 'customerId',
        message: 'must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
      },
      { path: 'source', message: 'must be one of web, mobile, partner' },
      { path: 'lines[0].quantity', message: 'must be a whole number from 1 to 1,000,000' },
      { path: 'lines[1].productId', message: 'is missing; it must be text' },
      { path: 'lines[1].quantity', message: 'must be a whole number from 1 to 1,000,000' },
    ])
  })

  it('refuses an order without lines', async () => {
    const { send } = await start()
    const reply = await send('POST', '/v1/orders', { body: { customerId: '17850', lines: [] } })
    expect(reply.body.errors).toStrictEqual([{ path: 'lines', message: 'must have at least 1 entry' }])
  })
})

describe('reading orders', () => {
  it('shows an order with its lines, shipments, history, stuck step, and what it waits for', async () => {
    const { send } = await start({
      orders: { getOrder: () => ({ order: running }) },
      workflows: { progress: async () => progress },
    })
    const { status, body } = await send('GET', `/v1/orders/${orderId}`)
    expect(status).toBe(200)
    expect(body.waitingFor).toBe('Waiting for the courier.')
    expect(body.total).toBe(1530)
    expect(body.stuck).toStrictEqual({
      step: 'recall',
      since: '2010-12-01T08:26:00.000Z',
      error: 'the courier does not answer',
    })
    expect((body.history as unknown[]).length).toBe(2)
    expect((body.shipments as unknown[]).length).toBe(1)
  })

  it('shows the order without words when its workflow does not answer', async () => {
    const { send } = await start({
      orders: { getOrder: () => ({ order: running }) },
      workflows: { progress: () => new Promise(() => {}) },
    })
    const { status, body } = await send('GET', `/v1/orders/${orderId}`)
    expect(status).toBe(200)
    expect(body.waitingFor).toBe(null)
  })

  it('does not ask the workflow of an order that has ended', async () => {
    let asked = 0
    const { send } = await start({
      orders: {
        getOrder: () => ({ order: create(OrderSchema, { ...running, status: 'completed', endedAt: at }) }),
      },
      workflows: {
        progress: async () => {
          asked++
          return progress
        },
      },
    })
    const { body } = await send('GET', `/v1/orders/${orderId}`)
    expect(body.waitingFor).toBe(null)
    expect(asked).toBe(0)
  })

  it('says that there is no such order', async () => {
    const { send } = await start({
      orders: {
        getOrder: () => {
          throw noSuch('order')
        },
      },
    })
    const { status, body } = await send('GET', `/v1/orders/${orderId}`)
    expect(status).toBe(404)
    expect(body.detail).toBe(`There is no order ${orderId}.`)
  })

  it('refuses text that is no order id', async () => {
    const { send } = await start()
    const { status, body } = await send('GET', '/v1/orders/4711')
    expect(status).toBe(400)
    expect(body.errors).toStrictEqual([
      { path: 'orderId', message: `must be an order id such as ${orderId}` },
    ])
  })

  it('lists orders by customer, statuses and stuck step, page by page', async () => {
    const asked: ListOrdersRequest[] = []
    const { send } = await start({
      orders: {
        listOrders: (request) => {
          asked.push(request)
          return { orders: [running], nextCursor: request.cursor ? '' : 'page-2' }
        },
      },
    })
    const path = '/v1/orders?customerId=17850&status=paid&status=shipping&stuck=true&limit=1'
    const first = await send('GET', path)
    expect(first.body.nextCursor).toBe('page-2')
    expect(asked[0]?.statuses).toStrictEqual(['paid', 'shipping'])
    expect(asked[0]?.stuck).toBe(true)
    expect(asked[0]?.pageSize).toBe(1)
    const last = await send('GET', `${path}&cursor=page-2`)
    expect(last.body.nextCursor).toBe(null)
  })

  it('asks for orders by what they have in common, and in the order that was asked for', async () => {
    const asked: ListOrdersRequest[] = []
    const { send } = await start({
      orders: {
        listOrders: (request) => {
          asked.push(request)
          return { orders: [running] }
        },
      },
    })
    const found = await send(
      'GET',
      '/v1/orders?source=web&source=partner&reason=lost&reference=ref-1&productId=85123A&country=Norway' +
        '&placedFrom=2010-12-01T00:00:00Z&placedBefore=2010-12-02T01:00:00%2B01:00&updatedSince=2010-12-01T08:26:00.500Z' +
        '&totalMin=100&totalMax=2000&sort=-total',
    )
    expect(found.status).toBe(200)
    const [request] = asked
    ensure(request?.filters)
    expect(request.sort).toBe('-total')
    const { placedFrom, placedBefore, updatedSince, ...filters } = request.filters
    expect(filters).toMatchObject({
      sources: ['web', 'partner'],
      reasons: ['lost'],
      reference: 'ref-1',
      productId: '85123A',
      country: 'Norway',
      totalMin: 100n,
      totalMax: 2000n,
    })
    expect(
      [placedFrom, placedBefore, updatedSince].map((time) => time && timestampDate(time).toISOString()),
    ).toStrictEqual(['2010-12-01T00:00:00.000Z', '2010-12-02T00:00:00.000Z', '2010-12-01T08:26:00.500Z'])
  })

  it('finds orders by a customer’s name for staff, and says whom it could not ask', async () => {
    const asked: ListOrdersRequest[] = []
    const named = {
      customers: [{ customerId: '17850' }, { customerId: '13047' }],
      missing: [],
      nextCursor: '',
    }
    let answer: () => typeof named = () => named
    const { send } = await start({
      customers: { listCustomers: () => answer() },
      orders: {
        listOrders: (request) => {
          asked.push(request)
          return { orders: [running] }
        },
      },
    })
    const search = () => {
      const { text, customerIds } = asked.at(-1)?.filters?.search ?? {}
      return [text, customerIds]
    }
    expect((await send('GET', '/v1/orders?q=ada')).body.partial).toBe(false)
    expect(search()).toStrictEqual(['ada', ['17850', '13047']])
    await send('GET', '/v1/orders?q=ada', { by: asCustomer('17850') })
    expect([...search(), asked.at(-1)?.customerId]).toStrictEqual(['ada', [], '17850'])

    answer = () => ({ ...named, nextCursor: 'more' })
    const many = await send('GET', '/v1/orders?q=a')
    expect([many.status, (many.body.errors as { path: string }[])[0]?.path]).toStrictEqual([422, 'q'])

    answer = () => {
      throw new ConnectError('away', Code.Unavailable)
    }
    const { status, body } = await send('GET', `/v1/orders?q=${orderId}`)
    expect([status, body.partial]).toStrictEqual([200, true])
    expect(search()).toStrictEqual([orderId, []])
    expect((await send('GET', `/v1/orders.csv?q=${orderId}`)).status).toBe(503)
  })

  it('lists what there is when a database does not answer, and says so', async () => {
    const missing = [{ shard: 'order_2', why: 'connect ECONNREFUSED' }]
    const { send } = await start({ orders: { listOrders: () => ({ orders: [running], missing }) } })
    const { status, body } = await send('GET', '/v1/orders')
    expect(status).toBe(200)
    expect([body.partial, body.missing]).toStrictEqual([true, missing])
    expect((await send('GET', '/v1/orders.csv')).status).toBe(503)
  })

  it('lists to customers their own orders alone', async () => {
    const asked: ListOrdersRequest[] = []
    const { send } = await start({
      orders: {
        listOrders: (request) => {
          asked.push(request)
          return {}
        },
      },
    })
    const by = asCustomer('17850')
    expect((await send('GET', '/v1/orders', { by })).status).toBe(200)
    expect((await send('GET', '/v1/orders?customerId=17850', { by })).status).toBe(200)
    expect((await send('GET', '/v1/orders?customerId=13047', { by })).status).toBe(403)
    expect(asked.map(({ customerId }) => customerId)).toStrictEqual(['17850', '17850'])
  })

  it('takes one status, and without a limit 50 orders', async () => {
    const asked: ListOrdersRequest[] = []
    const { send } = await start({
      orders: {
        listOrders: (request) => {
          asked.push(request)
          return {}
        },
      },
    })
    await send('GET', '/v1/orders?status=paid')
    expect(asked[0]?.statuses).toStrictEqual(['paid'])
    expect(asked[0]?.stuck).toBe(false)
    expect(asked[0]?.pageSize).toBe(50)
  })

  it('refuses unknown filters and values, by their names', async () => {
    const { send } = await start()
    const { status, body } = await send(
      'GET',
      '/v1/orders?custmerId=1&status=lost&limit=0&stuck=maybe&placedFrom=monday&totalMin=-1&sort=name&source=fax',
    )
    expect(status).toBe(400)
    expect((body.errors as { path: string }[]).map(({ path }) => path).sort()).toStrictEqual([
      'custmerId',
      'limit',
      'placedFrom',
      'sort',
      'source[0]',
      'status[0]',
      'stuck',
      'totalMin',
    ])
  })
})

describe('changing an order', () => {
  it('asks its workflow to cancel, as staff', async () => {
    const asked: CancelRequest[] = []
    const { send } = await start({
      workflows: {
        cancel: async (id, request) => {
          asked.push(request)
          return { orderId: id, status: 'paid', accepted: true }
        },
      },
    })
    const reply = await send('POST', `/v1/orders/${orderId}/cancel`, { body: { note: 'ordered twice' } })
    expect(reply.status).toBe(200)
    expect(reply.body).toStrictEqual({ orderId, status: 'paid', accepted: true })
    expect(asked).toStrictEqual([{ by: 'staff:ann', reason: 'staff', note: 'ordered twice' }])
  })

  it('asks its workflow to cancel, as the customer whose it is', async () => {
    const asked: CancelRequest[] = []
    const { send } = await start({
      orders: { getOrder: () => ({ order: theirs }) },
      workflows: {
        cancel: async (id, request) => {
          asked.push(request)
          return { orderId: id, status: 'paid', accepted: true }
        },
      },
    })
    const path = `/v1/orders/${theirs.orderId}/cancel`
    expect((await send('POST', path, { by: asCustomer('17850') })).status).toBe(200)
    expect(asked).toStrictEqual([{ by: 'customer:17850', reason: 'customer' }])
    expect((await send('POST', path, { body: { as: 'staff' }, by: asCustomer('17850') })).status).toBe(422)
  })

  it('cancels without a body', async () => {
    const { send } = await start()
    expect((await send('POST', `/v1/orders/${orderId}/cancel`)).status).toBe(200)
  })

  it('refuses to cancel what is delivered', async () => {
    const message = 'too late to cancel: the order is delivered'
    const { send } = await start({ workflows: { cancel: async () => ({ refused: 'TooLate', message }) } })
    const { status, body } = await send('POST', `/v1/orders/${orderId}/cancel`)
    expect(status).toBe(409)
    expect(body.type).toBe('/problems/too-late')
    expect(body.detail).toBe(message)
  })

  it('tells an order that has ended from one that never was', async () => {
    const gone = async () => ({ refused: 'NotFound' as const, message: 'no such order is running' })
    let known = true
    const { send } = await start({
      orders: {
        getOrder: () => {
          if (!known) throw noSuch('order')
          return { order: create(OrderSchema, { ...running, status: 'completed', endedAt: at }) }
        },
      },
      workflows: { cancel: gone, decide: gone },
    })
    const ended = await send('POST', `/v1/orders/${orderId}/cancel`)
    expect(ended.status).toBe(409)
    expect(ended.body.detail).toBe('The order is completed.')
    const undecided = await send('POST', `/v1/orders/${orderId}/decision`, { body: { kind: 'cancel' } })
    expect(undecided.body.type).toBe('/problems/no-decision-awaited')
    known = false
    expect((await send('POST', `/v1/orders/${orderId}/cancel`)).status).toBe(404)
  })

  it('hands a decision to the workflow', async () => {
    const asked: Decision[] = []
    const { send } = await start({
      workflows: {
        decide: async (id, decision) => {
          asked.push(decision)
          return { orderId: id, status: 'awaiting_customer' }
        },
      },
    })
    const lines = [{ lineNumber: 2, quantity: 0 }]
    const path = `/v1/orders/${orderId}/decision`
    expect((await send('POST', path, { body: { kind: 'amend', lines } })).status).toBe(200)
    expect((await send('POST', path, { body: { kind: 'cancel' } })).status).toBe(200)
    expect(asked).toStrictEqual([
      { kind: 'amend', lines, by: 'staff:ann' },
      { kind: 'cancel', by: 'staff:ann' },
    ])
  })

  it('refuses a decision that the workflow refuses', async () => {
    let refused: 'NotAwaitingDecision' | 'InvalidAmendment' = 'NotAwaitingDecision'
    const { send } = await start({
      workflows: {
        decide: async () => ({ refused, message: 'lines[0].lineNumber: the order has no line 9' }),
      },
    })
    const body = { kind: 'amend', lines: [{ lineNumber: 9, quantity: 1 }] }
    expect((await send('POST', `/v1/orders/${orderId}/decision`, { body })).status).toBe(409)
    refused = 'InvalidAmendment'
    const reply = await send('POST', `/v1/orders/${orderId}/decision`, { body })
    expect(reply.status).toBe(422)
    expect(reply.body.errors).toStrictEqual([
      { path: 'lines[0].lineNumber', message: 'the order has no line 9' },
    ])
  })

  it('refuses a decision that is neither amend nor cancel', async () => {
    const { send } = await start()
    const reply = await send('POST', `/v1/orders/${orderId}/decision`, { body: { kind: 'wait' } })
    expect(reply.status).toBe(422)
    expect(reply.body.errors).toStrictEqual([{ path: 'kind', message: 'must be one of amend, cancel' }])
  })
})
