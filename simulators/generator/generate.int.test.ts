import { type DescMessage, type MessageInitShape, type MessageShape, toJsonString } from '@bufbuild/protobuf'
import { timestampDate, timestampNow } from '@bufbuild/protobuf/wkt'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withServer } from '#clients/rest/fixtures.ts'
import { withToken } from '#clients/rest/session.ts'
import type { OrderSource } from '#contracts/order.ts'
import { topics as names } from '#contracts/topics.ts'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
  type PreOrder,
  PreOrderSchema,
} from '#generated/proto/order/v1/events_pb.ts'
import { newId } from '#platform/ids.ts'
import { asDeadLetter, deadLetterTopic } from '#platform/messaging/dead-letters.ts'
import { decode, encode, messageHeaders } from '#platform/messaging/messages.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { ensure } from '#platform/testing/expect.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { testTopics } from '../fixtures.ts'
import { type ReadMessage, readTopics, type TopicReader } from '../reader.ts'
import { createReturnDesk, type DeskOrder } from './fixtures.ts'
import { generate } from './generate.ts'
import { logColumns } from './log/columns.ts'
import { withLog } from './log/fixtures.ts'
import { identityOf, orderIdOf } from './plan/identity.ts'
import type { GenerateOptions } from './plan/run.ts'
import { addsUp, isClean } from './report/summary.ts'

const seedLog = 'data/online-retail-2010-12-01.csv'
const noShares = { invalid: 0, duplicate: 0, unaffordable: 0, outOfStock: 0, far: 0 }

let topics: Awaited<ReturnType<typeof testTopics>>
beforeAll(async () => {
  topics = await testTopics(names.preOrders, names.orderEvents, names.paymentEvents)
})
const readers: TopicReader[] = []
afterAll(async () => {
  for (const reader of readers) await reader.stop()
  await topics.drop()
})

const run = (options: Partial<GenerateOptions>) =>
  generate({
    origin: { kind: 'draw', log: seedLog, rate: 200, count: 30, shares: noShares },
    source: 'web',
    seed: '1',
    brokers: topics.brokers,
    gatewayUrl: 'http://127.0.0.1:9',
    session: withToken('mine'),
    dryRun: false,
    register: false,
    wait: false,
    patience: 20_000,
    logger: silent,
    signal: new AbortController().signal,
    terminal: { write: () => true },
    topicOf: topics.topicOf,
    ...options,
  })

async function listen(onMessage: (message: ReadMessage) => void) {
  const reader = await readTopics({
    brokers: topics.brokers,
    clientId: 'test',
    topics: [topics.topicOf(names.preOrders)],
    from: 'now',
    logger: silent,
    onMessage,
  })
  readers.push(reader)
  return reader
}

const replayed = (prefix: string) =>
  ({ kind: 'replay', file: seedLog, earlier: [], speed: Number.POSITIVE_INFINITY, prefix }) as const

/** Answers pre-orders in the stead of the services: all are completed, but those of `poor-1`. */
function answerOrders(onOrder: (orderId: string, order: PreOrder) => void = () => {}) {
  return listen((message) => {
    const order = decode(PreOrderSchema, message.value)
    const { source, reference, customerId } = order
    const lines = order.lines.map(({ agreedPrice, ...line }) => ({
      ...line,
      ...(agreedPrice !== undefined && { agreedPrice: Number(agreedPrice) }),
    }))
    const asked = { source: source as OrderSource, reference, customerId, lines }
    const { orderId, fingerprint } = identityOf(asked)
    onOrder(orderId, order)
    const total = BigInt(
      order.lines.reduce((sum, line) => sum + line.quantity * Number(line.agreedPrice ?? 0), 0),
    )
    const at = timestampNow()
    const end =
      order.customerId === 'poor-1'
        ? event(orderId, OrderCancelledSchema, { orderId, reason: 'payment_declined', at })
        : event(orderId, OrderStatusChangedSchema, { orderId, status: 'completed', total, at })
    void topics.producer.send([
      event(orderId, OrderCreatedSchema, { orderId, source, reference, fingerprint, at }),
      end,
    ])
  })
}

function event<Desc extends DescMessage>(key: string, schema: Desc, message: MessageInitShape<Desc>) {
  const headers = messageHeaders({ id: newId(), type: schema.name, traceparent: newTraceparent() })
  return { topic: topics.topicOf(names.orderEvents), key, value: encode(schema, message), headers }
}

test('a replayed day arrives whole: every invoice an order, every line with its price', async () => {
  const got: { message: ReadMessage; order: PreOrder }[] = []
  const reader = await listen((message) =>
    got.push({ message, order: decode(PreOrderSchema, message.value) }),
  )
  const summary = await run({ origin: replayed(''), source: 'partner' })
  await until('all orders', () => got.length === 121)
  await reader.stop()

  expect([summary.ordersIn, summary.placed, summary.outcome]).toStrictEqual([143, 121, null])
  expect([summary.returns?.open, summary.returns?.unmatched]).toStrictEqual([1, 5])
  const lines = got.flatMap(({ order }) => order.lines)
  expect(lines.length).toBe(1_936)
  expect(
    lines.reduce((sum, { quantity, agreedPrice = 0n }) => sum + BigInt(quantity) * agreedPrice, 0n),
  ).toBe(4_621_929n)
  const first = got.find(({ order }) => order.reference === '536365')
  ensure(first?.order.placedAt)
  expect(first.message.key).toBe('partner/536365')
  expect(first.message.headers['message-id']).toBe('partner/536365')
  expect(first.message.headers.type).toBe('PreOrder')
  expect(first.message.headers.traceparent ?? '').toMatch(/^00-[0-9a-f]{32}-/)
  expect(first.order.currency).toBe('GBP')
  expect(timestampDate(first.order.placedAt).toISOString()).toBe('2010-12-01T08:26:00.000Z')
})

test('two runs with one seed draw the same baskets under references of their own', async () => {
  const got: MessageShape<typeof PreOrderSchema>[] = []
  const reader = await listen((message) => got.push(decode(PreOrderSchema, message.value)))
  const first = await run({})
  await run({})
  await until('both runs', () => got.length === 60)
  await reader.stop()
  expect(first.placed).toBe(30)
  expect(new Set(got.map(({ reference }) => reference)).size).toBe(60)
  const shown = (order: PreOrder) =>
    toJsonString(PreOrderSchema, {
      ...order,
      reference: order.reference.replace(/^.*-/, ''),
      placedAt: undefined,
    })
  expect(new Set(got.map(shown)).size).toBe(30)
})

test('with wait, every order is followed to its end, and the summary adds up', async () => {
  const services = await answerOrders()
  const shares = { ...noShares, unaffordable: 0.5, duplicate: 0.2 }
  const summary = await run({
    origin: { kind: 'draw', log: seedLog, rate: 200, count: 40, shares },
    wait: true,
  })
  await services.stop()
  expect(addsUp(summary)).toBeTruthy()
  expect(summary.ordersIn).toBe(40)
  expect(summary.outcome?.completed).toBe(summary.kinds.plain)
  expect(summary.outcome?.cancelled).toStrictEqual({ payment_declined: summary.kinds.unaffordable })
  expect(summary.repeats > 0 && summary.outcome?.placedToCompleted).toBeTruthy()
})

test('a replay with wait tells the revenue of the day and takes its returns back, a second one nothing twice', async () => {
  const orders: Record<string, DeskOrder> = {}
  const services = await answerOrders((orderId, { lines }) => {
    const delivered = lines.map(({ quantity }, i) => ({ lineNumber: i + 1, quantity }))
    orders[orderId] = {
      status: 'completed',
      products: lines.map(({ productId }) => productId),
      shipments: [{ status: 'delivered', lines: delivered }],
    }
  })
  await withServer(createReturnDesk(orders), async (gatewayUrl, calls) => {
    const first = await run({ origin: replayed('w-'), wait: true, gatewayUrl })
    await services.stop()
    expect(addsUp(first)).toBeTruthy()
    expect(first.outcome?.revenue.amount).toBe(4_621_929)
    expect((first.outcome?.completed ?? 0) + 6 + 16).toBe(143)
    const { returned, unmatched, pieces, amount } = first.returns ?? {}
    expect([returned, unmatched, pieces, amount?.amount]).toStrictEqual([1, 5, 6, 600])

    const second = await run({ origin: replayed('w-'), wait: true, gatewayUrl })
    expect(addsUp(second)).toBeTruthy()
    expect([second.outcome?.revenue, second.returns]).toStrictEqual([first.outcome?.revenue, first.returns])
    expect(calls.every(({ request }) => !request.includes('/returns/2/'))).toBeTruthy()
  })
})

test('a dry run says the same of a log as a run, and asks neither Kafka nor the gateway', async () => {
  const nowhere = { brokers: ['127.0.0.1:9'], gatewayUrl: 'http://127.0.0.1:9', register: true }
  const dry = await run({ origin: replayed('d-'), ...nowhere, dryRun: true })
  const real = await run({ origin: replayed('d-') })
  expect([dry.ordersIn, dry.rows, dry.refused, dry.returns, dry.problems]).toStrictEqual([
    real.ordersIn,
    real.rows,
    real.refused,
    real.returns,
    real.problems,
  ])
  expect([dry.placed, dry.toPlace?.orders, dry.toPlace?.worth.amount]).toStrictEqual([0, 121, 4_621_929])
  expect(dry.toPlace?.first[0]?.reference).toBe('d-536365')
})

test('what the order service refuses is counted with its reason, and another file’s order of that number is not', async () => {
  const till = await listen((message) => {
    const { source, reference } = decode(PreOrderSchema, message.value)
    const orderId = orderIdOf('17850', message.key)
    const at = timestampNow()
    // Somebody else's, under the same reference and of the same customer.
    const created = { orderId, source, reference, fingerprint: 'another', at }
    const completed = { orderId, status: 'completed', total: 1_700n, at }
    const letter = asDeadLetter(
      { ...message, partition: 0, offset: '0' },
      {
        group: 'g',
        cause: 'refused',
        reason: 'its reference is of another order',
        at: new Date(),
      },
    )
    void topics.producer.send([
      event(orderId, OrderCreatedSchema, created),
      event(orderId, OrderStatusChangedSchema, completed),
      { ...letter, topic: deadLetterTopic(topics.topicOf(names.preOrders)) },
    ])
  })
  const rows = '1300001,22960,JAM,1,2010-12-01 08:00:00,4.25,17850,France'
  await withLog(`${logColumns.join()}\n${rows}\n`, async (file) => {
    const summary = await run({ origin: { ...replayed('t-'), file }, wait: true })
    expect([summary.outcome?.completed, summary.outcome?.revenue.amount]).toStrictEqual([0, 0])
    expect([summary.refused, summary.problems]).toStrictEqual([
      { refused: 1 },
      ['web/t-1300001: its reference is of another order'],
    ])
    expect([addsUp(summary), isClean(summary)]).toStrictEqual([true, false])
  })
  await till.stop()
})

test('seed data stays as it is when staff have another password by now, and a replay says that it may not sign in', async () => {
  await withServer(
    () => ({ status: 401 }),
    async (gatewayUrl, calls) => {
      const draw = { kind: 'draw', log: seedLog, rate: 200, count: 0, shares: noShares } as const
      const { registered } = await run({ origin: draw, register: true, gatewayUrl })
      expect(registered).toBe(null)
      expect(calls.every(({ request }) => request.startsWith('GET '))).toBeTruthy()
      await expect(run({ origin: replayed(''), register: true, gatewayUrl })).rejects.toThrow(
        /401.*GATEWAY_PASSWORD/,
      )
    },
  )
})

test('orders that nobody answers are named as missing when the patience is over', async () => {
  const origin = { kind: 'draw', log: seedLog, rate: 200, count: 2, shares: noShares } as const
  const summary = await run({ origin, wait: true, patience: 300 })
  expect(addsUp(summary)).toBe(false)
  expect(summary.outcome?.missing.length).toBe(2)
})

test('a run without an end stops when it is told to', async () => {
  const stopping = new AbortController()
  const reader = await listen(() => stopping.abort())
  const origin = { kind: 'draw', log: seedLog, rate: 50, shares: noShares } as const
  const summary = await run({ origin, signal: stopping.signal })
  await reader.stop()
  expect(summary.placed).toBeGreaterThan(0)
})
