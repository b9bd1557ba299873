import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'
import { asStaff, authorization } from '#api/testing/tokens.ts'
import { withToken } from '#clients/rest/session.ts'
import { topics as names } from '#contracts/topics.ts'
import { type PreOrder, PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import { decode } from '#platform/messaging/messages.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { testTopics } from '../../fixtures.ts'
import { readTopics } from '../../reader.ts'
import { generate } from '../generate.ts'
import { farMore } from '../plan/catalogue.ts'

let topics: Awaited<ReturnType<typeof testTopics>>
let gateway: TestGateway
beforeAll(async () => {
  topics = await testTopics(names.preOrders, names.orderEvents, names.paymentEvents)
  gateway = await startTestGateway({ demo: true })
})
afterAll(async () => {
  await gateway.stop()
  await topics.drop()
})

const noShares = { invalid: 0, duplicate: 0, unaffordable: 0, outOfStock: 0, far: 0 }

test('A generator places what staff say at the gateway, from one order to the next', async () => {
  const placed: PreOrder[] = []
  let lastAt = 0
  const reader = await readTopics({
    brokers: topics.brokers,
    clientId: 'test',
    topics: [topics.topicOf(names.preOrders)],
    from: 'now',
    logger: silent,
    onMessage: ({ value }) => {
      placed.push(decode(PreOrderSchema, value))
      lastAt = Date.now()
    },
  })
  const stopping = new AbortController()
  const { Authorization = '' } = await authorization(asStaff)
  // By itself it would place an order an hour.
  const generating = generate({
    origin: {
      kind: 'draw',
      log: 'data/online-retail-2010-12-01.csv',
      rate: 1 / 3_600,
      shares: noShares,
      steered: true,
    },
    source: 'mobile',
    seed: '1',
    brokers: topics.brokers,
    gatewayUrl: gateway.url,
    session: withToken(Authorization.replace('Bearer ', '')),
    dryRun: false,
    register: false,
    wait: false,
    patience: 20_000,
    logger: silent,
    signal: stopping.signal,
    terminal: { write: () => true },
    topicOf: topics.topicOf,
  })

  const heard = async () => (await gateway.send('GET', '/v1/demo/generators')).body
  await until('the gateway has heard of it', async () => (await heard()).rate === 1 / 3_600)
  expect(await heard()).toStrictEqual({ ...noShares, rate: 1 / 3_600, running: true, sources: ['mobile'] })
  const say = (settings: object) =>
    gateway.send('PUT', '/v1/demo/generators', {
      body: { ...noShares, rate: 50, running: true, ...settings },
    })

  await say({})
  await until('20 orders', () => placed.length >= 20)
  const plain = placed.length
  await say({ outOfStock: 1 })
  const wantsTooMuch = ({ lines }: PreOrder) => lines.some(({ quantity }) => quantity === farMore)
  await until('20 that want too much', () => placed.filter(wantsTooMuch).length >= 20)
  expect(placed.slice(0, plain).filter(wantsTooMuch)).toStrictEqual([])

  await say({ running: false })
  await until('none has come for a second and a half', () => Date.now() - lastAt > 1_500)

  stopping.abort()
  const summary = await generating
  expect(summary.placed).toBe(new Set(placed.map(({ reference }) => reference)).size)
  await reader.stop()
})
