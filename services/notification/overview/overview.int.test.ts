import { randomUUID } from 'node:crypto'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { NotificationService } from '#generated/proto/notification/v1/notification_pb.ts'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
} from '#generated/proto/order/v1/events_pb.ts'
import { PaymentRefundedSchema, PaymentSucceededSchema } from '#generated/proto/payment/v1/events_pb.ts'
import { closeRpcTransports, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { ensure } from '#platform/testing/expect.ts'
import { silent } from '#platform/testing/fixtures.ts'
import { createOverviewConsumer } from '../consumers.ts'
import { keys } from '../data/redis-keys.ts'
import { messageOf, openRedis, redisUrl } from '../fixtures.ts'
import { notificationRoutes } from '../rpc.ts'
import { BUCKET, buckets, middleOf } from './durations.ts'
import { createOverviewStore, overviewKeys } from './store.ts'

const minute = 60_000
const hour = 60 * minute

describe('the overview', () => {
  let opened: Awaited<ReturnType<typeof openRedis>>
  // Redis ends what is old by its own clock.
  const thisHour = Math.floor(Date.now() / hour) * hour
  const from = thisHour - 3 * hour
  const now = new Date(from + 2.5 * minute)
  const after = (ms: number) => new Date(from + ms)

  beforeAll(async () => {
    opened = await openRedis(redisUrl(12))
  })
  beforeEach(() => opened.redis.client.flushDb())
  afterAll(() => opened.redis.close())

  const store = (bounds?: { done: number; open: number }) => createOverviewStore(opened.redis, bounds)
  const consumer = () => createOverviewConsumer(store())

  const about = (orderId: string, at: Date, sequence: number) => ({
    orderId,
    customerId: 'customer',
    at: timestampFromDate(at),
    sequence,
  })
  const created = (orderId: string, at: Date, source: string) =>
    messageOf(OrderCreatedSchema, { ...about(orderId, at, 0), source })
  const lost = { shipmentId: 's1', warehouseId: 'london', status: 'lost', amount: 200n }
  const delivered = { ...lost, shipmentId: 's2', status: 'delivered', amount: 300n }
  const changed = (orderId: string, at: Date, status: string, shipments = [delivered]) =>
    messageOf(OrderStatusChangedSchema, { ...about(orderId, at, 40), status, change: status, shipments })
  const cancelled = (orderId: string, at: Date, reason: string, shipments = [lost].slice(1)) =>
    messageOf(OrderCancelledSchema, { ...about(orderId, at, 40), reason, shipments })
  const money = { customerId: 'customer', currency: 'GBP', sequence: 1 }
  const charged = (orderId: string, at: Date, amount: bigint) =>
    messageOf(PaymentSucceededSchema, { ...money, orderId, at: timestampFromDate(at), amount })
  const refunded = (orderId: string, at: Date, amount: bigint) =>
    messageOf(PaymentRefundedSchema, { ...money, orderId, at: timestampFromDate(at), amount })

  /** Four orders: one arrives, one arrives without a parcel, one loses all, one is out of stock. */
  function fourOrders() {
    const [whole, partly, none, refused] = Array.from({ length: 4 }, () => randomUUID()) as [
      string,
      string,
      string,
      string,
    ]
    return [
      [
        created(whole, after(0), 'web'),
        changed(whole, after(10), 'reserved'),
        changed(whole, after(4_000), 'completed'),
      ],
      [charged(whole, after(20), 300n)],
      [
        created(partly, after(1_000), 'web'),
        changed(partly, after(minute + 5_000), 'completed', [lost, delivered]),
      ],
      [charged(partly, after(1_020), 500n), refunded(partly, after(minute), 200n)],
      [created(none, after(minute), 'mobile'), cancelled(none, after(2 * minute), 'lost', [lost])],
      [charged(none, after(minute), 200n), refunded(none, after(2 * minute), 200n)],
      [created(refused, after(minute), 'partner'), cancelled(refused, after(minute + 50), 'out_of_stock')],
    ]
  }

  const told = {
    from: new Date(from),
    to: now,
    steps: [
      { at: after(0), placed: 2, completed: 1, cancelled: 0, charged: 800, refunded: 0 },
      { at: after(minute), placed: 2, completed: 1, cancelled: 1, charged: 200, refunded: 200 },
      { at: after(2 * minute), placed: 0, completed: 0, cancelled: 1, charged: 0, refunded: 200 },
    ],
    placedBySource: { web: 2, mobile: 1, partner: 1 },
    cancelledByReason: { lost: 1, out_of_stock: 1 },
    // 4 s and 64 s; 60 s and 50 ms: each is told as the middle of its bucket.
    completion: { count: 2, p50: 3_948, p99: 63_169 },
    cancellation: { count: 2, p50: 52, p99: 63_169 },
    parcelsLost: 2,
    lost: 400,
  }

  it('says exactly what the events said, per minute and per hour', async () => {
    const consume = consumer()
    for (const message of fourOrders().flat()) await consume(message)
    expect(await store().read('minute', 3, now)).toStrictEqual(told)

    const [total] = (await store().read('hour', 2, now)).steps.slice(-1)
    expect(total).toStrictEqual({
      at: after(0),
      placed: 4,
      completed: 2,
      cancelled: 2,
      charged: 1_000,
      refunded: 400,
    })
  })

  it('counts a message once, however often and by however many instances at once it is read', async () => {
    const consumers = [consumer(), consumer(), consumer()]
    // Messages of one order come in their order, those of different orders at any time.
    const readAll = async (
      messages: ReturnType<typeof fourOrders>[number],
      consume: (typeof consumers)[number],
    ) => {
      for (const message of messages) await consume(message)
    }
    const orders = fourOrders()
    await Promise.all(consumers.flatMap((consume) => orders.map((messages) => readAll(messages, consume))))
    await Promise.all(orders.flat().map(consumer()))
    expect(await store().read('minute', 3, now)).toStrictEqual(told)
  })

  it('has a bound whatever comes, an end for every key, and nothing that is too old', async () => {
    const bounds = { done: 250, open: 100 }
    const consume = createOverviewConsumer(store(bounds))
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 200 }, () => consume(created(randomUUID(), after(0), 'web'))))
    const { client } = opened.redis
    for (const set of keys.done('overview')) expect(await client.sCard(set)).toBeLessThanOrEqual(bounds.done)
    for (const hash of overviewKeys.open) expect(await client.hLen(hash)).toBeLessThanOrEqual(bounds.open)
    const ttl = (per: 'minute' | 'hour') => client.expireTime(overviewKeys.step(per, from / 1_000))
    expect(await ttl('minute')).toBe(from / 1_000 + 24 * 3_600 + 60)
    expect(await ttl('hour')).toBe(from / 1_000 + 30 * 24 * 3_600 + 3_600)

    await consume(created(randomUUID(), new Date(from - 31 * 24 * hour), 'web'))
    const found = []
    for await (const page of client.scanIterator()) found.push(...page)
    expect(found).toHaveLength(6)
    for (const key of found) ensure((await client.ttl(key)) > 0, `${key} has no end`)
  })

  it('counts an order whose beginning it has forgotten, without its time', async () => {
    const consume = createOverviewConsumer(store({ done: 250, open: 2 }))
    const first = randomUUID()
    await consume(created(first, after(0), 'web'))
    for (let i = 0; i < 4; i++) await consume(created(randomUUID(), after(0), 'web'))
    await consume(changed(first, after(50), 'completed'))
    const { steps, completion } = await store().read('minute', 3, now)
    expect([steps[0]?.completed, completion.count]).toStrictEqual([1, 0])
  })

  it('takes for any duration one that is at most a tenth off', async () => {
    const bucketOf = async (ms: number) => {
      const script = `${BUCKET} return bucketOf(tonumber(ARGV[1]))`
      return Number(await opened.redis.client.eval(script, { keys: [], arguments: [String(ms)] }))
    }
    for (let ms = 11; ms < 60 * 24 * hour; ms = Math.ceil(ms * 1.37)) {
      const taken = middleOf(await bucketOf(ms))
      ensure(Math.abs(taken - ms) <= ms / 10, `${taken} for ${ms}`)
    }
    expect([await bucketOf(0), await bucketOf(1e12)]).toStrictEqual([0, buckets.last])
  })

  it('is asked for by gRPC, which refuses more than is kept', async () => {
    const routes = notificationRoutes({ store: opened.store, overview: store(), clock: () => now })
    const rpc = await serveRpc({ port: 0, routes, logger: silent })
    const service = createClient(NotificationService, rpcTransport(`http://127.0.0.1:${rpc.port}`))
    const consume = consumer()
    for (const message of fourOrders().flat()) await consume(message)
    const found = await service.getOverview({ per: 'minute', steps: 3 })
    expect(found.steps.map(({ placed }) => placed)).toStrictEqual([2n, 2n, 0n])
    expect(found.completion?.p99).toBe(63_169n)
    expect(found.lost).toBe(400n)
    for (const [per, steps, problem] of [
      ['minute', 1_441, /steps: must be a whole number from 1 to 1,440/],
      ['hour', 721, /steps: must be/],
      ['day', 1, /per: must be minute or hour/],
    ] as const)
      await expect(service.getOverview({ per, steps })).rejects.toThrow(problem)
    closeRpcTransports()
    await rpc.stop()
  })
})
