import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import type { Overview } from '#contracts/rest/overview.ts'
import type { System as SystemState } from '#contracts/rest/system.ts'
import { rpcServices } from '#contracts/services.ts'
import { topics } from '#contracts/topics.ts'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { deadLetterTopic } from '#platform/messaging/dead-letters.ts'
import { createLogger } from '#platform/process/logger.ts'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { type System, startSystem } from '#tests/support/system.ts'

type Order = {
  orderId: string
  status: string
  reason: string | null
  total: number
  refunded: number
  history: { type: string; status: string; by: string }[]
  shipments: { status: string }[]
}
type Problem = {
  type: string
  title: string
  status: number
  detail?: string
  errors?: { path: string; message: string }[]
}

describe('the whole system', () => {
  let system: System
  beforeAll(async () => {
    system = await startSystem()
  })
  afterAll(() => system?.stop())

  const place = (body: object, headers = {}) =>
    system.rest<Order & Problem>('POST', '/v1/orders', body, headers)
  const show = async (orderId: string) => (await system.rest<Order>('GET', `/v1/orders/${orderId}`)).body
  const reach = (orderId: string, status: string) =>
    until(`${orderId} is ${status}`, async () => (await show(orderId)).status === status, 30_000)
  const basket = { customerId: '17850', lines: [{ productId: '85123A', quantity: 6 }] }

  it('takes an order by REST to its end, and tells its whole story', async () => {
    const placed = await place(basket)
    expect(placed.status).toBe(201)
    const { orderId } = placed.body
    expect(placed.headers.get('location')).toBe(`/v1/orders/${orderId}`)
    await system.endOf(orderId)
    const order = await show(orderId)
    expect(order.status).toBe('completed')
    expect(
      order.history.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1]),
    ).toStrictEqual(['pending', 'reserved', 'paid', 'shipping', 'completed'])
    expect(order.shipments.map(({ status }) => status)).toStrictEqual(['delivered'])
    expect(order.total).toBeGreaterThan(0)
  })

  it('refuses an order that sets its price, and says which field', async () => {
    const { status, headers, body } = await place({
      ...basket,
      lines: [{ productId: '85123A', quantity: 0, price: 1 }],
    })
    expect(status).toBe(422)
    expect(headers.get('content-type') ?? '').toMatch(/application\/problem\+json/)
    expect(body.errors?.map(({ path }) => path).sort()).toStrictEqual(['lines[0].price', 'lines[0].quantity'])
  })

  it('answers a repeated Idempotency-Key with the same order, and another body with 422', async () => {
    const key = { 'idempotency-key': `key-${Date.now()}` }
    const first = await place(basket, key)
    const again = await place(basket, key)
    expect([again.status, again.body]).toStrictEqual([first.status, first.body])
    expect((await place({ ...basket, lines: [{ productId: '71053', quantity: 1 }] }, key)).status).toBe(422)
    await system.endOf(first.body.orderId)
  })

  it('asks the customer about missing lines, and goes on with what was amended', async () => {
    const { body } = await place({
      ...basket,
      lines: [
        { productId: '85123A', quantity: 2 },
        { productId: '71053', quantity: 1_000_000 },
      ],
    })
    await reach(body.orderId, 'awaiting_customer')
    const { body: waiting } = await system.rest<OrderDetails>('GET', `/v1/orders/${body.orderId}`)
    const { decision } = waiting
    expect(decision?.missing).toMatchObject([{ lineNumber: 2, productId: '71053', requested: 1_000_000 }])
    ensure(Date.parse(decision?.decideBefore ?? '') > Date.now(), 'there is time to decide')
    const wrong = await system.rest<Problem>('POST', `/v1/orders/${body.orderId}/decision`, {
      kind: 'amend',
      lines: [{ lineNumber: 7, quantity: 1 }],
    })
    expect(wrong.status).toBe(422)
    await system.rest('POST', `/v1/orders/${body.orderId}/decision`, {
      kind: 'amend',
      lines: [{ lineNumber: 2, quantity: 0 }],
    })
    await system.endOf(body.orderId)
    expect((await show(body.orderId)).status).toBe('completed')
  })

  it('cancels after hand-off: the parcel is recalled, the money is back, and another’s cancel comes too late', async () => {
    const balance = async () =>
      (await system.rest<{ balance: number }>('GET', '/v1/accounts/13047')).body.balance
    const before = await balance()
    const { body } = await place({ ...basket, customerId: '13047' })
    await reach(body.orderId, 'shipping')
    const cancel = (note: string, headers = {}) =>
      system.rest('POST', `/v1/orders/${body.orderId}/cancel`, { note }, headers)
    const first = await cancel('ordered twice')
    expect(first.status).toBe(200)
    await system.endOf(body.orderId)
    const order = await show(body.orderId)
    expect([order.status, order.reason, order.refunded]).toStrictEqual(['cancelled', 'staff', order.total])
    expect(await balance()).toBe(before)
    const again = await cancel('ordered twice')
    expect([again.status, again.body]).toStrictEqual([200, first.body])
    expect((await cancel('not wanted', await system.customer('13047'))).status).toBe(409)
  })

  it('takes pre-orders of three sources, with every kind of trouble, to an end that adds up', async () => {
    const trouble = ['invalid', 'unaffordable', 'out-of-stock', 'far', 'duplicate'].flatMap((what) => [
      `--${what}`,
      '0.1',
    ])
    const summaries = await Promise.all(
      ['web', 'mobile', 'partner'].map((source) =>
        system.generate(
          '--source',
          source,
          '--count',
          '25',
          '--rate',
          '8',
          '--seed',
          `e2e-${source}`,
          ...trouble,
        ),
      ),
    )
    for (const { placed, outcome } of summaries) {
      expect(placed).toBe(25)
      expect(outcome?.missing).toStrictEqual([])
    }
    const reasons = new Set(summaries.flatMap(({ outcome }) => Object.keys(outcome?.cancelled ?? {})))
    for (const reason of ['invalid', 'payment_declined', 'timed_out', 'out_of_range'])
      ensure(reasons.has(reason), reason)
  })

  it('puts a pre-order that nobody can read aside, with the reason, and goes on', async () => {
    const logger = createLogger({ process: 'test', level: 'silent' })
    const kafka = connectKafka({
      brokers: [system.environment.KAFKA_BROKERS ?? ''],
      clientId: 'poison',
      logger,
    })
    const reasons: string[] = []
    const letters = await kafka.consume({
      groupId: `poison-${Date.now()}`,
      topics: [deadLetterTopic(topics.preOrders)],
      deadLetter: false,
      onMessage: async ({ headers }) => void reasons.push(headers['dlq-reason'] ?? ''),
    })
    const producer = await kafka.producer()
    await producer.send([
      {
        topic: topics.preOrders,
        key: 'web/poison',
        value: Buffer.from('not a message'),
        headers: { 'message-id': 'web/poison', type: 'PreOrder' },
      },
    ])
    await until('the dead letter has come', () => reasons.length > 0, 30_000)
    ensure(reasons[0])
    await producer.stop()
    await letters.stop()
    expect((await system.generate('--count', '8', '--rate', '20')).outcome?.missing).toStrictEqual([])
  })

  it('tells staff in numbers what happened, and how everything is', async () => {
    const overview = await until('orders are counted', async () => {
      const { body } = await system.rest<Overview>('GET', '/v1/overview')
      return body.completion.count > 0 && body.money.charged > 0 ? body : undefined
    })
    expect(overview.completion.p50).toBeGreaterThan(0)
    expect(overview.perMinute).toHaveLength(60)

    const { body } = await system.rest<SystemState>('GET', '/v1/system')
    const names = [...rpcServices, 'gateway']
    expect(new Set(body.services.map(({ name }) => name))).toStrictEqual(new Set(names))
    const all = [...body.services, ...body.servers, ...body.databases]
    expect(all.filter(({ state }) => state !== 'up')).toStrictEqual([])
    expect(body.databases).toHaveLength(6)
    expect(body.consumerGroups?.map(({ groupId }) => groupId)).toContain('notification')
  })

  it('leaves every book right', () => system.audit())
})
