import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { afterAll, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  noSuch,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import type { StuckOrder } from '#contracts/clients.ts'
import { type ListOrdersRequest, OrderSchema } from '#generated/proto/order/v1/order_pb.ts'
import { exampleOrderId as orderId } from './order-examples.ts'

const gateways: TestGateway[] = []
afterAll(() => Promise.all(gateways.map((gateway) => gateway.stop())))

async function start(services: Services): Promise<TestGateway> {
  const gateway = await startTestGateway(services)
  gateways.push(gateway)
  return gateway
}

const since = new Date('2010-12-01T08:30:00.000Z')
const order = create(OrderSchema, {
  orderId,
  customerId: '17850',
  source: 'web',
  status: 'shipping',
  currency: 'GBP',
  placedAt: timestampFromDate(since),
})
const trouble = (id: string, step: string, error: string): StuckOrder => ({
  orderId: id,
  step,
  since,
  error,
  about: { customerId: '17850', source: 'web', status: 'pending', placedAt: since.toISOString() },
})
const terminated = trouble(
  orderId,
  'workflow',
  `its workflow was terminated: start it again with … resume ${orderId}`,
)
const unwritten = trouble('019a8f3c-5d2e-7c41-9b1a-000000000000', 'record', 'see its workflow in Temporal')

describe('orders that do not go on', () => {
  it('show that their workflow is gone and how to resume it, and nothing that it once waited for', async () => {
    const { send } = await start({
      orders: { getOrder: () => ({ order }) },
      workflows: { progress: async () => ({ waitingFor: 'The courier.' }) as never },
      runs: { trouble: async () => terminated },
    })
    const { body } = await send('GET', `/v1/orders/${orderId}`)
    expect((body.stuck as { error: string }).error).toBe(terminated.error)
    expect((body.stuckSteps as { step: string }[]).map(({ step }) => step)).toStrictEqual(['workflow'])
    expect(body.waitingFor).toBe(null)
  })

  it('are listed by the records and by Temporal’s filters together, those on no record first', async () => {
    const asked: ListOrdersRequest[] = []
    const { send } = await start({
      orders: {
        listOrders: (request) => {
          asked.push(request)
          return { orders: [order], nextCursor: '' }
        },
        getOrder: () => {
          throw noSuch('order')
        },
      },
      runs: { troubles: async () => [terminated, unwritten] },
    })
    const { body } = await send('GET', '/v1/orders?stuck=true')
    expect(asked[0]?.orOrderIds).toStrictEqual([orderId, unwritten.orderId])
    expect(
      (body.orders as { orderId: string; stuck: { step: string } }[]).map((one) => [
        one.orderId,
        one.stuck.step,
      ]),
    ).toStrictEqual([
      [unwritten.orderId, 'record'],
      [orderId, 'workflow'],
    ])
    const ofOthers = await send('GET', '/v1/orders?stuck=true&customerId=12345')
    expect((ofOthers.body.orders as unknown[]).length).toBe(1)
  })

  it('are listed by the records alone while Temporal is away, and to customers', async () => {
    let asked = 0
    const { send } = await start({
      orders: { listOrders: () => ({ orders: [order], nextCursor: '' }) },
      runs: {
        troubles: async () => {
          asked++
          throw new Error('away')
        },
      },
    })
    expect((await send('GET', '/v1/orders?stuck=true')).status).toBe(200)
    expect((await send('GET', '/v1/orders?stuck=true', { by: asCustomer('17850') })).status).toBe(200)
    expect(asked).toBe(1)
  })

  it('are shown while they are on no record, to staff alone', async () => {
    const { send } = await start({
      orders: {
        getOrder: () => {
          throw noSuch('order')
        },
      },
      runs: { trouble: async () => unwritten },
    })
    const { status, body } = await send('GET', `/v1/orders/${unwritten.orderId}`)
    expect([status, body.status, (body.stuck as { step: string }).step]).toStrictEqual([
      200,
      'pending',
      'record',
    ])
    const own = await send('GET', `/v1/orders/${unwritten.orderId}`, { by: asCustomer('17850') })
    expect(own.status).toBe(404)
  })

  it('are resumed from their record, by staff; unless there is nothing to resume', async () => {
    const resumed: unknown[] = []
    const { send } = await start({
      orders: { getOrder: () => ({ order }) },
      runs: {
        resume: async (...given) => {
          resumed.push(given)
          return resumed.length === 1 ? 'resumed' : 'running'
        },
      },
    })
    const path = `/v1/orders/${orderId}/resume`
    expect((await send('POST', path)).body).toStrictEqual({ orderId, workflow: 'resumed' })
    expect((await send('POST', path)).body).toStrictEqual({ orderId, workflow: 'running' })
    expect(resumed[0]).toMatchObject([orderId, { orderId, customerId: '17850', source: 'web' }])
    expect((await send('POST', path, { by: asCustomer('17850') })).status).toBe(403)
    const unknown = await start({
      orders: {
        getOrder: () => {
          throw noSuch('order')
        },
      },
      runs: { resume: async () => 'unknown' },
    })
    expect((await unknown.send('POST', path)).status).toBe(404)
  })
})
