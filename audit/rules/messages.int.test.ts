import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Cluster, Kafka } from 'kafkajs'
import type { CourierStatus } from '#contracts/logistics.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import { bucketOf, derivedIdInBucket } from '#platform/ids.ts'
import { boundsOf, connectCluster } from '#platform/kafka/cluster.ts'
import { connectKafka, type Producer } from '#platform/kafka/kafka.ts'
import { retryTopicOf } from '#platform/kafka/retries.ts'
import { asDeadLetter } from '#platform/messaging/dead-letters.ts'
import { encode } from '#platform/messaging/messages.ts'
import { randomName, silent, testServer } from '#platform/testing/fixtures.ts'
import { openKafkaSource } from '../facts/kafka.ts'
import { createTestSources, type TestSources, tablesOf } from '../fixtures.ts'
import { type AuditReport, audit } from '../report.ts'
import { customer, ids, shipmentId } from '../testing/orders.ts'

const brokers = [testServer('TEST_KAFKA_BROKERS')]
const kafka = connectKafka({ brokers, clientId: 'audit-test', logger: silent })

let sources: TestSources
let producer: Producer
let cluster: Cluster
beforeAll(async () => {
  sources = await createTestSources()
  producer = await kafka.producer()
  cluster = await connectCluster(new Kafka({ brokers, clientId: 'audit-test' }))
})
afterAll(async () => {
  await producer.stop()
  await cluster.disconnect()
  await sources.drop()
})

/** Topics of a test's own; `pass` lets the group go past all that is in a topic. */
async function withTopics() {
  const name = randomName('audit')
  const channel = (of: string) => ({ topic: `${name}.${of}`, group: `${name}.${of}.readers` })
  const channels = { preOrders: channel('pre'), courier: channel('courier'), orderEnds: channel('ends') }
  const topics = Object.values(channels).map(({ topic }) => topic)
  await kafka.createTopics(
    [...topics, `${channels.preOrders.topic}.dlq`].map((topic) => ({ topic, partitions: 1 })),
  )
  const read = openKafkaSource(brokers, channels, topics)
  // As a member of no group: joining one takes seconds.
  const pass = async ({ topic, group }: { topic: string; group: string }) => {
    const [end] = await boundsOf(cluster, [topic])
    const coordinator = await cluster.findGroupCoordinator({ groupId: group })
    const partitions = [{ partition: 0, offset: String(end?.high ?? 0) }]
    await coordinator.offsetCommit({
      groupId: group,
      groupGenerationId: -1,
      memberId: '',
      topics: [{ topic, partitions }],
    })
  }
  return { channels, read, pass, drop: async () => read.stop() }
}

type Topics = Awaited<ReturnType<typeof withTopics>>

const preOrder = (reference: string) => ({
  key: `mobile/${reference}`,
  value: encode(PreOrderSchema, { source: 'mobile', reference, customerId: customer, currency: 'GBP' }),
  headers: {},
})

const event = (orderId: string, status: CourierStatus) => ({
  key: shipmentId({ orderId }, 0),
  value: encode(ShipmentEventSchema, { shipmentId: shipmentId({ orderId }, 0), orderId, status }),
  headers: {},
})

const placedAs = (reference: string) => derivedIdInBucket(bucketOf(customer), `mobile/${reference}`)

const lookAt = ({ read }: Topics, more: Partial<Parameters<typeof audit>[0]> = {}) =>
  audit({
    databases: sources.databases,
    temporal: sources.temporal,
    kafka: read,
    settle: 20,
    answerWithin: 100,
    ...more,
  })

const ruleIn = ({ rules }: AuditReport, name: string) => {
  const rule = rules.find((one) => one.name === name)
  if (!rule) throw new Error(`there is no rule ${name}`)
  return rule
}

describe('pre-orders in Kafka', () => {
  it('are in flight until they are heard, and wrong when they were and no order is on record', async () => {
    const topics = await withTopics()
    const { preOrders } = topics.channels
    await producer.send(
      ['M-1', 'M-2'].map((reference) => ({ topic: preOrders.topic, ...preOrder(reference) })),
    )
    const before = ruleIn(await lookAt(topics), 'messages.pre_orders')
    expect([before.counted, before.offending, before.reasons]).toStrictEqual([0, 0, { 'not heard yet': 2 }])
    await topics.pass(preOrders)
    const after = ruleIn(await lookAt(topics), 'messages.pre_orders')
    expect([after.counted, after.offenders.map(({ id }) => id)]).toStrictEqual([2, [placedAs('M-2')]])
    expect(after.offenders[0]?.found ?? '').toMatch(/^mobile\/M-2 at .*\/0\/1 is no order on record$/)
    await topics.drop()
  })

  it('are in flight while they are tried again', async () => {
    const topics = await withTopics()
    const { topic, group } = topics.channels.preOrders
    await kafka.createTopics([{ topic: retryTopicOf(group), partitions: 1 }])
    await producer.send([{ topic, ...preOrder('M-4') }])
    await topics.pass(topics.channels.preOrders)
    const origin = { 'retry-topic': topic, 'retry-partition': '0', 'retry-offset': '0' }
    await producer.send([{ topic: retryTopicOf(group), ...preOrder('M-4'), headers: origin }])
    const rule = ruleIn(await lookAt(topics), 'messages.pre_orders')
    expect([rule.offending, rule.reasons]).toStrictEqual([0, { 'it failed, and is tried again': 1 }])
    await topics.pass({ topic: retryTopicOf(group), group: retryTopicOf(group) })
    expect(ruleIn(await lookAt(topics), 'messages.pre_orders').offending).toBe(1)
    await topics.drop()
  })

  it('that were put aside, cannot be read, or are older than the databases are no offence', async () => {
    const topics = await withTopics()
    const { preOrders } = topics.channels
    await producer.send([
      { topic: preOrders.topic, ...preOrder('M-3') },
      { topic: preOrders.topic, key: '?', value: Buffer.from('garbage'), headers: {} },
    ])
    const origin = { topic: preOrders.topic, partition: 0, offset: '0', ...preOrder('M-3') }
    await producer.send([asDeadLetter(origin, { group: preOrders.group, reason: 'refused', at: new Date() })])
    await topics.pass(preOrders)
    expect(ruleIn(await lookAt(topics), 'messages.pre_orders').offending).toBe(0)
    await sources.breaking(async (copy) => {
      await tablesOf(copy).order.query(`update orders set recorded_at = now() + interval '1 hour'`)
      const rule = ruleIn(await lookAt(topics, { databases: copy }), 'messages.pre_orders')
      expect([rule.offending, rule.exempt?.count]).toStrictEqual([0, 2])
    })
    await topics.drop()
  })
})

describe('what the courier told', () => {
  it('is in flight until it is heard, and wrong when it was and the record says otherwise', async () => {
    const topics = await withTopics()
    const { courier } = topics.channels
    const told = [
      event(ids.shipping, 'created'),
      event(ids.shipping, 'delivered'),
      event(ids.delivered, 'lost'),
    ]
    await producer.send(told.map((message) => ({ topic: courier.topic, ...message })))
    expect(ruleIn(await lookAt(topics), 'messages.courier').reasons).toStrictEqual({ 'not heard yet': 3 })
    await topics.pass(courier)
    const rule = ruleIn(await lookAt(topics), 'messages.courier')
    expect([rule.counted, rule.offenders.map(({ id }) => id)]).toStrictEqual([3, [ids.shipping]])
    expect(rule.offenders[0]?.found ?? '').toMatch(
      /is sent_to_customer, the courier said delivered at .*\/0\/1$/,
    )
    const busy = await sources.inTemporal((order) =>
      order.workflow === 'idle' ? { ...order, workflow: 'busy' } : order,
    )
    const waiting = ruleIn(await lookAt(topics, { temporal: busy }), 'messages.courier')
    expect([waiting.offending, waiting.reasons]).toStrictEqual([0, { 'its workflow has a task to do': 1 }])
    await topics.drop()
  })

  it('of parcels that nobody here has, or before they were handed off, is counted exempt', async () => {
    const topics = await withTopics()
    const { courier } = topics.channels
    await producer.send([
      { topic: courier.topic, ...event('nobody', 'lost') },
      { topic: courier.topic, ...event(ids.cancelled, 'lost') },
      { topic: courier.topic, key: '?', value: Buffer.from('garbage'), headers: {} },
    ])
    await topics.pass(courier)
    const rule = ruleIn(await lookAt(topics), 'messages.courier')
    expect([rule.counted, rule.offending, rule.exempt?.count]).toStrictEqual([0, 0, 3])
    await topics.drop()
  })
})

describe('an order’s end', () => {
  it('is in flight until inventory has heard of it, and its stock is wrong after that', async () => {
    const topics = await withTopics()
    const { orderEnds } = topics.channels
    await producer.send([{ topic: orderEnds.topic, key: ids.delivered, value: Buffer.from(''), headers: {} }])
    await sources.breaking(async (copy) => {
      await tablesOf(copy).inventory.query(
        `update reserved_lines set state = 'reserved' where order_id = '${ids.delivered}';
         update reservations set status = 'open' where order_id = '${ids.delivered}';
         update stock set on_hand = on_hand + 6, reserved = 6 where product_id = 'A1'`,
      )
      const before = ruleIn(await lookAt(topics, { databases: copy }), 'stock.returned')
      expect([before.offending, before.reasons]).toStrictEqual([
        0,
        { 'inventory has not heard of its end': 1 },
      ])
      await topics.pass(orderEnds)
      const after = ruleIn(await lookAt(topics, { databases: copy }), 'stock.returned')
      expect(after.offenders.map(({ id }) => id)).toStrictEqual([ids.delivered])
    })
    await topics.drop()
  })
})

describe('dead letters', () => {
  it('are counted, and an offence only when asked for', async () => {
    const topics = await withTopics()
    const { topic, group } = topics.channels.preOrders
    const origin = { topic, partition: 0, offset: '7', ...preOrder('M-9') }
    await producer.send([asDeadLetter(origin, { group, reason: 'not protobuf', at: new Date() })])
    const lenient = await lookAt(topics)
    expect([lenient.clean, lenient.deadLetters?.[topic]]).toStrictEqual([true, 1])
    const strict = await lookAt(topics, { noDeadLetters: true })
    expect(ruleIn(strict, 'messages.readable').offenders).toStrictEqual([{ id: topic, found: '1 messages' }])
    expect(strict.clean).toBe(false)
    await topics.drop()
  })
})

it('says that Kafka is away, and judges the rest', async () => {
  const read = openKafkaSource(['127.0.0.1:1'])
  const report = await audit({
    databases: sources.databases,
    temporal: sources.temporal,
    kafka: read,
    settle: 20,
  })
  await read.stop()
  expect([report.clean, report.complete, Object.keys(report.unavailable)]).toStrictEqual([
    true,
    false,
    ['Kafka'],
  ])
  expect(ruleIn(report, 'messages.courier').unseen.join()).toMatch(/^Kafka cannot be read/)
})
