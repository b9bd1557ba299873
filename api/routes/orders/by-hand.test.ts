// What staff do by hand: refund, move a parcel on, adjust stock.
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { Code } from '@connectrpc/connect'
import {
  asCustomer,
  noSuch,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import type { MoveShipment } from '#contracts/logistics.ts'
import type { RefundByStaff } from '#contracts/refund.ts'
import type { AdjustStockRequest } from '#generated/proto/inventory/v1/inventory_pb.ts'
import { refusal } from '#platform/grpc/refusals.ts'

const orderId = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'
const order = { orderId, customerId: '17850', status: 'completed', currency: 'GBP' }
const onRecord: Services['orders'] = { getOrder: () => ({ order }) }
const neverWas: Services['orders'] = {
  getOrder: () => {
    throw noSuch('order')
  },
}

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

describe('a refund', () => {
  const path = `/v1/orders/${orderId}/refunds`

  /** Staff's refunds, each as it was asked for. */
  const startRefunding = async () => {
    const asked: RefundByStaff[] = []
    const { send } = await start({
      orders: onRecord,
      refunds: {
        refund: async (request) => {
          asked.push(request)
          return { kind: 'refunded', amount: request.amount ?? 1530 }
        },
      },
    })
    return { send, asked }
  }

  it('gives back an amount, or all that is left, in the name of who does it', async () => {
    const { send, asked } = await startRefunding()
    const part = await send('POST', path, { body: { amount: 255, reason: 'scratched' } })
    assert.equal(part.status, 201)
    assert.equal(part.headers.get('Location'), `/v1/orders/${orderId}`)
    assert.deepEqual(part.body, { orderId, amount: 255, currency: 'GBP' })
    const rest = await send('POST', path, { body: { reason: 'goodwill' } })
    assert.deepEqual(rest.body, { orderId, amount: 1530, currency: 'GBP' })
    assert.deepEqual(
      asked.map(({ amount, reason, by }) => [amount, reason, by]),
      [
        [255, 'scratched', 'staff:ann'],
        [undefined, 'goodwill', 'staff:ann'],
      ],
    )
  })

  it('is the same under the same Idempotency-Key, and another one without a key', async () => {
    const { send, asked } = await startRefunding()
    const refund = (amount: number, headers = {}) =>
      send('POST', path, { body: { amount, reason: 'scratched' }, headers })
    await refund(255, { 'Idempotency-Key': 'k1' })
    await refund(255, { 'Idempotency-Key': 'k1' })
    await refund(255)
    const keys = asked.map(({ key }) => key)
    assert.equal(keys[0], keys[1])
    assert.equal(new Set(keys).size, 2)
  })

  it('of another amount under a key that the ledger knows is refused, whoever has forgotten the key', async () => {
    const ledger = new Map<string, number>()
    const { send } = await start({
      orders: onRecord,
      refunds: {
        refund: async ({ key, amount = 1530 }) => {
          const first = ledger.get(key) ?? amount
          ledger.set(key, first)
          return { kind: 'refunded', amount: first }
        },
      },
    })
    const refund = (amount: number) =>
      send('POST', path, { body: { amount, reason: 'scratched' }, headers: { 'Idempotency-Key': 'k1' } })
    assert.equal((await refund(100)).status, 201)
    const again = await refund(200)
    assert.deepEqual([again.status, again.body.type], [422, '/problems/key-reused'])
    assert.equal((await refund(100)).status, 201)
    assert.deepEqual([...ledger.values()], [100])
  })

  it('of more than is left is refused, and told what can be given back', async () => {
    const { send } = await start({
      orders: onRecord,
      refunds: { refund: async () => ({ kind: 'refused', refundable: 255 }) },
    })
    const { status, body } = await send('POST', path, { body: { amount: 256, reason: 'and again' } })
    assert.equal(status, 409)
    assert.equal(body.type, '/problems/not-refundable')
    assert.equal(body.detail, '2.55 GBP can be given back at most.')
  })

  it('that takes long is told where it will show', async () => {
    const { send } = await start({
      orders: onRecord,
      refunds: { refund: async () => ({ pending: true }) },
    })
    const { status, body, headers } = await send('POST', path, { body: { reason: 'goodwill' } })
    assert.equal(status, 202)
    assert.deepEqual(body, { orderId, status: 'pending', location: `/v1/orders/${orderId}` })
    assert.equal(headers.get('Location'), body.location)
  })

  it('is of an order that exists, has a reason, and is for staff', async () => {
    const { send } = await start({ orders: neverWas })
    const body = { reason: 'please' }
    assert.equal((await send('POST', path, { body })).status, 404)
    assert.equal((await send('POST', path, { body: { amount: 100 } })).status, 422)
    assert.equal((await send('POST', path, { body: { ...body, amount: 0 } })).status, 422)
    assert.equal((await send('POST', path, { body, by: asCustomer('17850') })).status, 403)
  })
})

describe('a parcel', () => {
  const path = `/v1/orders/${orderId}/shipments/s1/move`

  it('is moved on by hand, in the name of who does it', async () => {
    const asked: MoveShipment[] = []
    const { send } = await start({
      workflows: {
        moveShipment: async (_orderId, move) => {
          asked.push(move)
          return { orderId, status: 'completed' }
        },
      },
    })
    const moved = await send('POST', path, { body: { status: 'delivered', note: 'seen at the door' } })
    assert.deepEqual(moved.body, { orderId, status: 'completed' })
    assert.deepEqual(asked, [
      { shipmentId: 's1', status: 'delivered', note: 'seen at the door', by: 'staff:ann' },
    ])
  })

  it('is not moved where it cannot go, nor after the end of its order', async () => {
    let refused: 'InvalidMove' | 'NotFound' = 'InvalidMove'
    let orders = onRecord
    const { send } = await start({
      orders: { getOrder: (...args) => orders?.getOrder?.(...args) ?? {} },
      workflows: { moveShipment: async () => ({ refused, message: 'the parcel is delivered' }) },
    })
    const move = () => send('POST', path, { body: { status: 'lost' } })
    const wrong = await move()
    assert.deepEqual([wrong.status, wrong.body.type], [409, '/problems/invalid-move'])
    refused = 'NotFound'
    const late = await move()
    assert.deepEqual([late.status, late.body.detail], [409, 'The order is completed.'])
    orders = neverWas
    assert.equal((await move()).status, 404)
    assert.equal((await send('POST', path, { body: { status: 'cancelled' } })).status, 422)
  })
})

describe('stock', () => {
  const path = '/v1/products/85123A/stock'
  const change = { warehouseId: 'london', change: -5, reason: 'broken' }

  it('is adjusted once per Idempotency-Key, in the name of who does it', async () => {
    const asked: AdjustStockRequest[] = []
    const { send } = await start({
      inventory: {
        adjustStock: (request) => {
          asked.push(request)
          return { stock: { warehouseId: 'london', onHand: 495, reserved: 6 } }
        },
      },
    })
    const headers = { 'Idempotency-Key': 'k1' }
    const { status, body } = await send('POST', path, { body: change, headers })
    assert.equal(status, 200)
    assert.deepEqual(body, { productId: '85123A', warehouseId: 'london', onHand: 495, reserved: 6 })
    await send('POST', path, { body: change, headers })
    await send('POST', path, { body: change })
    const [first, again, another] = asked
    assert.deepEqual([first?.change, first?.reason, first?.by], [-5, 'broken', 'staff:ann'])
    assert.equal(first?.key, again?.key)
    assert.notEqual(first?.key, another?.key)
  })

  it('never goes below what is reserved, and is of a product and a warehouse that exist', async () => {
    let [code, problem] = [Code.Unknown, '']
    const { send } = await start({
      inventory: {
        adjustStock: () => {
          throw refusal(code, problem)
        },
      },
    })
    const statuses = []
    const refusals: [Code, string][] = [
      [Code.FailedPrecondition, 'change: 6 of 85123A are reserved'],
      [Code.NotFound, 'product_id: there is no product 85123A'],
      [Code.NotFound, 'warehouse_id: there is no warehouse london'],
      [Code.AlreadyExists, 'key: was used for another change'],
    ]
    for ([code, problem] of refusals) {
      statuses.push((await send('POST', path, { body: change })).status)
    }
    assert.deepEqual(statuses, [409, 404, 422, 422])
  })

  it('changes by whole pieces, by at least one', async () => {
    const { send } = await start()
    for (const pieces of [0, 1.5, '5']) {
      const { status } = await send('POST', path, { body: { ...change, change: pieces } })
      assert.equal(status, 422, `change ${pieces}`)
    }
  })
})
