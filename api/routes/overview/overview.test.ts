import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { afterEach, expect, it } from '@jest/globals'
import { asCustomer, type Services, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'
import {
  type GetOverviewRequest,
  GetOverviewResponseSchema,
} from '#generated/proto/notification/v1/notification_pb.ts'

let gateway: TestGateway
afterEach(() => gateway.stop())

const time = '2010-12-01T08:26:00.000Z'
const at = timestampFromDate(new Date(time))
const asked: Pick<GetOverviewRequest, 'per' | 'steps'>[] = []
const notifications: Services['notifications'] = {
  getOverview: ({ per, steps }) => {
    asked.push({ per, steps })
    const step = { at, placed: 3n, completed: 2n, cancelled: 1n, charged: 500n, refunded: 40n }
    return create(GetOverviewResponseSchema, {
      from: at,
      to: at,
      steps: [step, step],
      placedBySource: { web: 6n },
      cancelledByReason: { lost: 2n },
      completion: { count: 4n, p50: 4_200n, p99: 9_800n },
      cancellation: {},
      parcelsLost: 1n,
      lost: 30n,
    })
  },
}

it('The overview tells staff what happened per minute or per hour', async () => {
  gateway = await startTestGateway({ notifications })
  const step = { at: time, placed: 3, completed: 2, cancelled: 1, charged: 500, refunded: 40 }
  const told = {
    from: time,
    to: time,
    perMinute: [step, step],
    perHour: [],
    placedBySource: { web: 6 },
    cancelledByReason: { lost: 2 },
    completion: { count: 4, p50: 4_200, p99: 9_800 },
    cancellation: { count: 0, p50: null, p99: null },
    money: { charged: 1_000, refunded: 80, lost: 30 },
    parcelsLost: 1,
  }
  expect((await gateway.send('GET', '/v1/overview')).body).toStrictEqual(told)
  expect((await gateway.send('GET', '/v1/overview?minutes=5')).body).toStrictEqual(told)
  const perHour = { ...told, perMinute: [], perHour: [step, step] }
  expect((await gateway.send('GET', '/v1/overview?hours=24')).body).toStrictEqual(perHour)
  expect(asked).toStrictEqual([
    { per: 'minute', steps: 60 },
    { per: 'minute', steps: 5 },
    { per: 'hour', steps: 24 },
  ])
  expect((await gateway.send('GET', '/v1/overview?minutes=1441')).status).toBe(400)
  expect((await gateway.send('GET', '/v1/overview', { by: asCustomer('17850') })).status).toBe(403)
})

it('The overview counts the orders that have not ended, and names the database that did not answer', async () => {
  gateway = await startTestGateway({
    orders: {
      countOpenOrders: () => ({
        byStatus: { paid: 2n, shipping: 40n },
        missing: [{ shard: 'order_2', why: 'unavailable' }],
      }),
    },
  })
  expect((await gateway.send('GET', '/v1/overview/open-orders')).body).toStrictEqual({
    byStatus: { paid: 2, shipping: 40 },
    partial: true,
    missing: [{ shard: 'order_2', why: 'unavailable' }],
    unreadable: [],
  })
  const by = asCustomer('17850')
  expect((await gateway.send('GET', '/v1/overview/open-orders', { by })).status).toBe(403)
})
