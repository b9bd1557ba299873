import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { topics } from '#contracts/topics.ts'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { deadLetterTopic } from '#platform/messaging/dead-letters.ts'
import { createLogger } from '#platform/process/logger.ts'
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

describe('the whole system', { timeout: 180_000 }, () => {
  let system: System
  before(async () => {
    system = await startSystem()
  })
  after(() => system?.stop())

  const place = (body: object, headers = {}) =>
    system.rest<Order & Problem>('POST', '/v1/orders', body, headers)
  const show = async (orderId: string) => (await system.rest<Order>('GET', `/v1/orders/${orderId}`)).body
  const reach = (orderId: string, status: string) =>
    until(`${orderId} is ${status}`, async () => (await show(orderId)).status === status, 30_000)
  const basket = { customerId: '17850', lines: [{ productId: '85123A', quantity: 6 }] }

  it('takes an order by REST to its end, and tells its whole story', async () => {
    const placed = await place(basket)
    assert.equal(placed.status, 201)
    const { orderId } = placed.body
    assert.equal(placed.headers.get('location'), `/v1/orders/${orderId}`)
    await system.endOf(orderId)
    const order = await show(orderId)
    assert.equal(order.status, 'completed')
    assert.deepEqual(
      order.history.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1]),
      ['pending', 'reserved', 'paid', 'shipping', 'completed'],
    )
    assert.deepEqual(
      order.shipments.map(({ status }) => status),
      ['delivered'],
    )
    assert.ok(order.total > 0)
  })

  it('refuses an order that sets its price, and says which field', async () => {
    const { status, headers, body } = await place({
      ...basket,
      lines: [{ productId: '85123A', quantity: 0, price: 1 }],
    })
    assert.equal(status, 422)
    assert.match(headers.get('content-type') ?? '', /application\/problem\+json/)
    assert.deepEqual(body.errors?.map(({ path }) => path).sort(), ['lines[0].price', 'lines[0].quantity'])
  })

  it('answers a repeated Idempotency-Key with the same order, and another body with 422', async () => {
    const key = { 'idempotency-key': `key-${Date.now()}` }
    const first = await place(basket, key)
    const again = await place(basket, key)
    assert.deepEqual([again.status, again.body], [first.status, first.body])
    assert.equal((await place({ ...basket, lines: [{ productId: '71053', quantity: 1 }] }, key)).status, 422)
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
    const wrong = await system.rest<Problem>('POST', `/v1/orders/${body.orderId}/decision`, {
      kind: 'amend',
      lines: [{ lineNumber: 7, quantity: 1 }],
    })
    assert.equal(wrong.status, 422)
    await system.rest('POST', `/v1/orders/${body.orderId}/decision`, {
      kind: 'amend',
      lines: [{ lineNumber: 2, quantity: 0 }],
    })
    await system.endOf(body.orderId)
    assert.equal((await show(body.orderId)).status, 'completed')
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
    assert.equal(first.status, 200)
    await system.endOf(body.orderId)
    const order = await show(body.orderId)
    assert.deepEqual([order.status, order.reason, order.refunded], ['cancelled', 'staff', order.total])
    assert.equal(await balance(), before)
    const again = await cancel('ordered twice')
    assert.deepEqual([again.status, again.body], [200, first.body])
    assert.equal((await cancel('not wanted', await system.customer('13047'))).status, 409)
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
      assert.equal(placed, 25)
      assert.deepEqual(outcome?.missing, [])
    }
    const reasons = new Set(summaries.flatMap(({ outcome }) => Object.keys(outcome?.cancelled ?? {})))
    for (const reason of ['invalid', 'payment_declined', 'timed_out', 'out_of_range'])
      assert.ok(reasons.has(reason), reason)
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
    assert.ok(reasons[0])
    await producer.stop()
    await letters.stop()
    assert.deepEqual((await system.generate('--count', '8', '--rate', '20')).outcome?.missing, [])
  })

  it('leaves every book right', () => system.audit())
})
