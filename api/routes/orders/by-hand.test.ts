// What staff do by hand: refund, move a parcel on, adjust stock.

import { Code } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
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
import { about } from '#platform/testing/expect.ts'

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
    expect(part.status).toBe(201)
    expect(part.headers.get('Location')).toBe(`/v1/orders/${orderId}`)
    expect(part.body).toStrictEqual({ orderId, amount: 255, currency: 'GBP' })
    const rest = await send('POST', path, { body: { reason: 'goodwill' } })
    expect(rest.body).toStrictEqual({ orderId, amount: 1530, currency: 'GBP' })
    expect(asked.map(({ amount, reason, by }) => [amount, reason, by])).toStrictEqual([
      [255, 'scratched', 'staff:ann'],
      [undefined, 'goodwill', 'staff:ann'],
    ])
  })

  it('is the same under the same Idempotency-Key, and another one without a key', async () => {
    const { send, asked } = await startRefunding()
    const refund = (amount: number, headers = {}) =>
      send('POST', path, { body: { amount, reason: 'scratched' }, headers })
    await refund(255, { 'Idempotency-Key': 'k1' })
    await refund(255, { 'Idempotency-Key': 'k1' })
    await refund(255)
    const keys = asked.map(({ key }) => key)
    expect(keys[0]).toBe(keys[1])
    expect(new Set(keys).size).toBe(2)
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
    expect((await refund(100)).status).toBe(201)
    const again = await refund(200)
    expect([again.status, again.body.type]).toStrictEqual([422, '/problems/key-reused'])
    expect((await refund(100)).status).toBe(201)
    expect([...ledger.values()]).toStrictEqual([100])
  })

  it('of more than is left is refused, and told what can be given back', async () => {
    const { send } = await start({
      orders: onRecord,
      refunds: { refund: async () => ({ kind: 'refused', refundable: 255 }) },
    })
    const { status, body } = await send('POST', path, { body: { amount: 256, reason: 'and again' } })
    expect(status).toBe(409)
    expect(body.type).toBe('/problems/not-refundable')
    expect(body.detail).toBe('2.55 GBP can be given back at most.')
  })

  it('that takes long is told where it will show', async () => {
    const { send } = await start({
      orders: onRecord,
      refunds: { refund: async () => ({ pending: true }) },
    })
    const { status, body, headers } = await send('POST', path, { body: { reason: 'goodwill' } })
    expect(status).toBe(202)
    expect(body).toStrictEqual({ orderId, status: 'pending', location: `/v1/orders/${orderId}` })
    expect(headers.get('Location')).toBe(body.location)
  })

  it('is of an order that exists, has a reason, and is for staff', async () => {
    const { send } = await start({ orders: neverWas })
    const body = { reason: 'please' }
    expect((await send('POST', path, { body })).status).toBe(404)
    expect((await send('POST', path, { body: { amount: 100 } })).status).toBe(422)
    expect((await send('POST', path, { body: { ...body, amount: 0 } })).status).toBe(422)
    expect((await send('POST', path, { body, by: asCustomer('17850') })).status).toBe(403)
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
    expect(moved.body).toStrictEqual({ orderId, status: 'completed' })
    expect(asked).toStrictEqual([
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
    expect([wrong.status, wrong.body.type]).toStrictEqual([409, '/problems/invalid-move'])
    refused = 'NotFound'
    const late = await move()
    expect([late.status, late.body.detail]).toStrictEqual([409, 'The order is completed.'])
    orders = neverWas
    expect((await move()).status).toBe(404)
    expect((await send('POST', path, { body: { status: 'cancelled' } })).status).toBe(422)
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
    expect(status).toBe(200)
    expect(body).toStrictEqual({ productId: '85123A', warehouseId: 'london', onHand: 495, reserved: 6 })
    await send('POST', path, { body: change, headers })
    await send('POST', path, { body: change })
    const [first, again, another] = asked
    expect([first?.change, first?.reason, first?.by]).toStrictEqual([-5, 'broken', 'staff:ann'])
    expect(first?.key).toBe(again?.key)
    expect(first?.key).not.toBe(another?.key)
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
    expect(statuses).toStrictEqual([409, 404, 422, 422])
  })

  it('changes by whole pieces, by at least one', async () => {
    const { send } = await start()
    for (const pieces of [0, 1.5, '5']) {
      const { status } = await send('POST', path, { body: { ...change, change: pieces } })
      about(`change ${pieces}`, () => expect(status).toBe(422))
    }
  })
})
