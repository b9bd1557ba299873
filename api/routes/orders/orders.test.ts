import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
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
    assert.equal(reply.status, 201)
    const [order] = placed
    assert.ok(order)
    assert.equal(reply.headers.get('Location'), `/v1/orders/${order.orderId}`)
    assert.deepEqual(reply.body, {
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
    assert.equal(new Set(placed.map((order) => order.orderId)).size, 2)
    for (const order of placed) {
      assert.equal(order.orderId.charAt(14), '7')
      assert.equal(bucketOfId(order.orderId), bucketOf('17850'))
    }
  })

  it('hands the trace of the caller to the workflow', async () => {
    const { send, placed } = await start()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const reply = await send('POST', '/v1/orders', { body: basket, headers: { traceparent } })
    assert.equal(placed[0]?.traceparent, traceparent)
    assert.equal(reply.headers.get('Trace-Id'), '0af7651916cd43dd8448eb211c80319c')
  })

  it('says where to look when the order is not on record in time', async () => {
    const { send } = await start({ workflows: { place: async () => ({ pending: true }) } })
    const reply = await send('POST', '/v1/orders', { body: basket })
    assert.equal(reply.status, 202)
    assert.equal(reply.body.location, reply.headers.get('Location'))
    assert.equal(reply.body.location, `/v1/orders/${String(reply.body.orderId)}`)
  })

  it('finds the same order again under the same key, even when nothing remembers the answer', async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'basket-1' }
    const first = await send('POST', '/v1/orders', { body: basket, headers })
    const again = await send('POST', '/v1/orders', {
      headers,
      body: { source: 'web', currency: 'GBP', ...basket },
    })
    assert.deepEqual(again.body, first.body)
    assert.equal(placed.length, 1)
    assert.equal(bucketOfId(String(first.body.orderId)), bucketOf('17850'))
  })

  it('refuses another order under the same key, even when nothing remembers the answer', async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'basket-1' }
    await send('POST', '/v1/orders', { body: basket, headers })
    const body = { ...basket, lines: [{ productId: '85123A', quantity: 7 }] }
    const reply = await send('POST', '/v1/orders', { body, headers })
    assert.equal(reply.status, 422)
    assert.equal(reply.body.type, '/problems/key-reused')
    assert.equal(placed.length, 1)
  })

  it('keeps the keys of two customers apart', async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'basket-1' }
    await send('POST', '/v1/orders', { body: basket, headers })
    await send('POST', '/v1/orders', { body: { ...basket, customerId: '13047' }, headers })
    assert.equal(placed.length, 2)
  })

  it('places for oneself as a customer, and for nobody else', async () => {
    const { send, placed } = await start()
    const { customerId, ...mine } = basket
    const by = asCustomer('13047')
    const headers = { 'Idempotency-Key': 'basket-1' }
    assert.equal((await send('POST', '/v1/orders', { body: mine, headers, by })).status, 201)
    const named = { ...mine, customerId: '13047' }
    assert.equal((await send('POST', '/v1/orders', { body: named, headers, by })).status, 201)
    assert.deepEqual(
      placed.map((order) => order.customerId),
      ['13047'],
    )
    const forAnother = await send('POST', '/v1/orders', { body: { ...mine, customerId }, by })
    assert.equal(forAnother.status, 403)
    assert.equal(placed.length, 1)
  })

  it('asks staff whose order it is', async () => {
    const { send } = await start()
    const { status, body } = await send('POST', '/v1/orders', { body: { lines: basket.lines } })
    assert.equal(status, 422)
    assert.deepEqual(body.errors, [
      { path: 'customerId', message: 'is missing; staff say whose order it is' },
    ])
  })

  it('keeps the keys of a customer and of staff who order for them apart', async () => {
    const { send, placed } = await start()
    const headers = { 'Idempotency-Key': 'basket-1' }
    await send('POST', '/v1/orders', { body: basket, headers })
    await send('POST', '/v1/orders', { body: basket, headers, by: asCustomer('17850') })
    assert.equal(new Set(placed.map((order) => order.orderId)).size, 2)
  })

  it('sends the parcels to the address that the order names', async () => {
    const { send, placed } = await start()
    await send('POST', '/v1/orders', { body: { ...basket, addressId: 'work' } })
    assert.equal(placed[0]?.addressId, 'work')
  })

  it('refuses a price, by its name', async () => {
    const { send, placed } = await start()
    const body = { ...basket, lines: [{ productId: '85123A', quantity: 6, price: 1 }] }
    const reply = await send('POST', '/v1/orders', { body })
    assert.equal(reply.status, 422)
    assert.deepEqual(reply.body.errors, [
      { path: 'lines[0].price', message: 'is not a field here; known are productId, quantity' },
    ])
    assert.equal(placed.length, 0)
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
    assert.equal(reply.status, 422)
    assert.deepEqual(reply.body.errors, [
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
    assert.deepEqual(reply.body.errors, [{ path: 'lines', message: 'must have at least 1 entry' }])
  })
})

describe('reading orders', () => {
  it('shows an order with its lines, shipments, history, stuck step, and what it waits for', async () => {
    const { send } = await start({
      orders: { getOrder: () => ({ order: running }) },
      workflows: { progress: async () => progress },
    })
    const { status, body } = await send('GET', `/v1/orders/${orderId}`)
    assert.equal(status, 200)
    assert.equal(body.waitingFor, 'Waiting for the courier.')
    assert.equal(body.total, 1530)
    assert.deepEqual(body.stuck, {
      step: 'recall',
      since: '2010-12-01T08:26:00.000Z',
      error: 'the courier does not answer',
    })
    assert.equal((body.history as unknown[]).length, 2)
    assert.equal((body.shipments as unknown[]).length, 1)
  })

  it('shows the order without words when its workflow does not answer', async () => {
    const { send } = await start({
      orders: { getOrder: () => ({ order: running }) },
      workflows: { progress: () => new Promise(() => {}) },
    })
    const { status, body } = await send('GET', `/v1/orders/${orderId}`)
    assert.equal(status, 200)
    assert.equal(body.waitingFor, null)
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
    assert.equal(body.waitingFor, null)
    assert.equal(asked, 0)
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
    assert.equal(status, 404)
    assert.equal(body.detail, `There is no order ${orderId}.`)
  })

  it('refuses text that is no order id', async () => {
    const { send } = await start()
    const { status, body } = await send('GET', '/v1/orders/4711')
    assert.equal(status, 400)
    assert.deepEqual(body.errors, [{ path: 'orderId', message: `must be an order id such as ${orderId}` }])
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
    assert.equal(first.body.nextCursor, 'page-2')
    assert.deepEqual(asked[0]?.statuses, ['paid', 'shipping'])
    assert.equal(asked[0]?.stuck, true)
    assert.equal(asked[0]?.pageSize, 1)
    const last = await send('GET', `${path}&cursor=page-2`)
    assert.equal(last.body.nextCursor, null)
  })

  it('lists what there is when a database does not answer, and says so', async () => {
    const missing = [{ shard: 'order_2', why: 'connect ECONNREFUSED' }]
    const { send } = await start({ orders: { listOrders: () => ({ orders: [running], missing }) } })
    const { status, body } = await send('GET', '/v1/orders')
    assert.equal(status, 200)
    assert.deepEqual([body.partial, body.missing], [true, missing])
    assert.equal((await send('GET', '/v1/orders.csv')).status, 503)
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
    assert.equal((await send('GET', '/v1/orders', { by })).status, 200)
    assert.equal((await send('GET', '/v1/orders?customerId=17850', { by })).status, 200)
    assert.equal((await send('GET', '/v1/orders?customerId=13047', { by })).status, 403)
    assert.deepEqual(
      asked.map(({ customerId }) => customerId),
      ['17850', '17850'],
    )
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
    assert.deepEqual(asked[0]?.statuses, ['paid'])
    assert.equal(asked[0]?.stuck, false)
    assert.equal(asked[0]?.pageSize, 50)
  })

  it('refuses unknown filters and values, by their names', async () => {
    const { send } = await start()
    const { status, body } = await send('GET', '/v1/orders?custmerId=1&status=lost&limit=0&stuck=maybe')
    assert.equal(status, 400)
    assert.deepEqual((body.errors as { path: string }[]).map(({ path }) => path).sort(), [
      'custmerId',
      'limit',
      'status[0]',
      'stuck',
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
    assert.equal(reply.status, 200)
    assert.deepEqual(reply.body, { orderId, status: 'paid', accepted: true })
    assert.deepEqual(asked, [{ by: 'staff:ann', reason: 'staff', note: 'ordered twice' }])
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
    assert.equal((await send('POST', path, { by: asCustomer('17850') })).status, 200)
    assert.deepEqual(asked, [{ by: 'customer:17850', reason: 'customer' }])
    assert.equal((await send('POST', path, { body: { as: 'staff' }, by: asCustomer('17850') })).status, 422)
  })

  it('cancels without a body', async () => {
    const { send } = await start()
    assert.equal((await send('POST', `/v1/orders/${orderId}/cancel`)).status, 200)
  })

  it('refuses to cancel what is delivered', async () => {
    const message = 'too late to cancel: the order is delivered'
    const { send } = await start({ workflows: { cancel: async () => ({ refused: 'TooLate', message }) } })
    const { status, body } = await send('POST', `/v1/orders/${orderId}/cancel`)
    assert.equal(status, 409)
    assert.equal(body.type, '/problems/too-late')
    assert.equal(body.detail, message)
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
    assert.equal(ended.status, 409)
    assert.equal(ended.body.detail, 'The order is completed.')
    const undecided = await send('POST', `/v1/orders/${orderId}/decision`, { body: { kind: 'cancel' } })
    assert.equal(undecided.body.type, '/problems/no-decision-awaited')
    known = false
    assert.equal((await send('POST', `/v1/orders/${orderId}/cancel`)).status, 404)
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
    assert.equal((await send('POST', path, { body: { kind: 'amend', lines } })).status, 200)
    assert.equal((await send('POST', path, { body: { kind: 'cancel' } })).status, 200)
    assert.deepEqual(asked, [
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
    assert.equal((await send('POST', `/v1/orders/${orderId}/decision`, { body })).status, 409)
    refused = 'InvalidAmendment'
    const reply = await send('POST', `/v1/orders/${orderId}/decision`, { body })
    assert.equal(reply.status, 422)
    assert.deepEqual(reply.body.errors, [{ path: 'lines[0].lineNumber', message: 'the order has no line 9' }])
  })

  it('refuses a decision that is neither amend nor cancel', async () => {
    const { send } = await start()
    const reply = await send('POST', `/v1/orders/${orderId}/decision`, { body: { kind: 'wait' } })
    assert.equal(reply.status, 422)
    assert.deepEqual(reply.body.errors, [{ path: 'kind', message: 'must be one of amend, cancel' }])
  })
})
