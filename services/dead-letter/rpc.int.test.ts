import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { DeadLetterService } from '#generated/proto/deadletter/v1/deadletter_pb.ts'
import { closeRpcTransports, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { asDeadLetter, asMarker } from '#platform/messaging/dead-letters.ts'
import { ensure, satisfying } from '#platform/testing/expect.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { createCodec } from './codec.ts'
import { clock, event, startDeadLetters } from './fixtures.ts'
import { createDeadLetterReader } from './reader.ts'
import { deadLetterRoutes } from './rpc.ts'

type DeadLetters = Awaited<ReturnType<typeof startDeadLetters>>

/** Puts letters into the dead-letter topic, the second a second after the first. */
const write = ({ topic, producer }: DeadLetters, count: number, first = 0) =>
  producer.send(
    Array.from({ length: count }, (_, i) =>
      asDeadLetter(
        {
          topic,
          partition: 0,
          offset: String(first + i),
          key: `k${first + i}`,
          value: event(''),
          headers: { 'message-id': `m${first + i}`, type: 'ShipmentEvent' },
        },
        {
          group: 'readers',
          reason: 'status is missing',
          at: new Date(Date.UTC(2010, 11, 1, 8, 0, first + i)),
        },
      ),
    ),
  )

async function keysOf({ rpc }: DeadLetters, query: Parameters<typeof rpc.listDeadLetters>[0]) {
  const keys: string[] = []
  for (let cursor = ''; ; ) {
    const page = await rpc.listDeadLetters({ ...query, cursor })
    keys.push(...page.deadLetters.map(({ key }) => key))
    if (page.nextCursor === '') return keys
    cursor = page.nextCursor
  }
}

const keys = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => `k${from - i}`)

describe('asking for dead letters', () => {
  let letters: DeadLetters
  beforeEach(async () => {
    letters = await startDeadLetters()
  })
  afterEach(() => letters.stop())

  it('a message that two groups could not read is one letter, shown with its content', async () => {
    await Promise.all(['one', 'two'].map((group) => letters.consume(group)))
    const id = await letters.publishPoison('k', { 'message-id': 'm1', type: 'ShipmentEvent' })
    const { deadLetter } = await until('both have put it aside', async () => {
      const found = await letters.rpc.getDeadLetter({ id })
      return found.deadLetter?.groups.length === 2 ? found : undefined
    })
    ensure(deadLetter)
    const { key, type, messageId, reason, groups, value, json, redrivenBy } = deadLetter
    expect({ key, type, messageId, reason, redrivenBy }).toStrictEqual({
      key: 'k',
      type: 'ShipmentEvent',
      messageId: 'm1',
      reason: 'status is missing',
      redrivenBy: '',
    })
    expect(groups.toSorted()).toStrictEqual([`${letters.topic}.one`, `${letters.topic}.two`])
    expect(Buffer.from(value)).toStrictEqual(Buffer.from(event('')))
    expect((JSON.parse(json) as { shipmentId: string }).shipmentId).toBe('s1')
    expect(await keysOf(letters, {})).toStrictEqual(['k'])
  })

  it('says why a content cannot be shown', async () => {
    await letters.producer.send([
      asDeadLetter(
        {
          topic: letters.topic,
          partition: 0,
          offset: '1',
          key: '',
          value: Buffer.from('not protobuf'),
          headers: {},
        },
        { group: 'readers', reason: 'header message-id is missing', at: clock() },
      ),
    ])
    const { deadLetter } = await letters.rpc.getDeadLetter({ id: `${letters.topic}/0/1` })
    expect(deadLetter?.json).toBe('')
    expect(deadLetter?.undecodable).toMatch(/^no logistics.v1.ShipmentEvent: /)
  })

  it('lists page after page, newest first, while letters come and are redriven', async () => {
    await write(letters, 25)
    const first = await letters.rpc.listDeadLetters({ pageSize: 10 })
    expect(first.deadLetters.map(({ key }) => key)).toStrictEqual(keys(24, 15))
    await write(letters, 5, 25)
    const redriven = { id: `${letters.topic}/0/14`, topic: letters.topic, key: 'k14' }
    await letters.producer.send([asMarker(redriven, { by: 'staff:anna', at: clock(), redriveId: 'r1' })])
    const second = await letters.rpc.listDeadLetters({ pageSize: 20, cursor: first.nextCursor })
    expect(second.deadLetters.map(({ key }) => key)).toStrictEqual(keys(13, 0))
    expect(second.nextCursor).toBe('')
    expect(await keysOf(letters, { withRedriven: true, pageSize: 7 })).toStrictEqual(keys(29, 0))
    const { deadLetter } = await letters.rpc.getDeadLetter({ id: redriven.id })
    expect(deadLetter?.redrivenBy).toBe('staff:anna')
  })

  it('refuses what it cannot list, and finds no letter that is not there', async () => {
    for (const [query, problem] of [
      [{ topic: 'nope' }, /topic: must be one of dead_letter_/],
      [{ pageSize: 201 }, /page_size: must be a whole number from 1 to 200/],
      [{ cursor: 'x' }, /cursor: must be/],
    ] as const) {
      await expect(letters.rpc.listDeadLetters(query)).rejects.toThrow(problem)
    }
    await expect(letters.rpc.getDeadLetter({ id: `${letters.topic}/0/9` })).rejects.toThrow(
      satisfying((error) => ConnectError.from(error).code === Code.NotFound),
    )
  })
})

it('says that it is unavailable while Kafka is away', async () => {
  const kafka = connectKafka({ brokers: ['127.0.0.1:1'], clientId: 'away', logger: silent })
  const reader = kafka.reader()
  const deadLetters = createDeadLetterReader({ reader, topics: ['any'] })
  const server = await serveRpc({
    port: 0,
    routes: deadLetterRoutes({ deadLetters, codec: createCodec() }),
    logger: silent,
  })
  const rpc = createClient(DeadLetterService, rpcTransport(`http://127.0.0.1:${server.port}`))
  await expect(rpc.listDeadLetters({})).rejects.toThrow(
    satisfying((error) => ConnectError.from(error).code === Code.Unavailable),
  )
  closeRpcTransports()
  await server.stop()
})

describe('ten thousand dead letters', () => {
  let letters: DeadLetters
  beforeAll(async () => {
    letters = await startDeadLetters()
    for (let first = 0; first < 10_000; first += 1_000) await write(letters, 1_000, first)
  })
  afterAll(() => letters.stop())

  it('are read once, and each page then takes only what it shows', async () => {
    const startedAt = performance.now()
    await letters.rpc.listDeadLetters({ pageSize: 200 })
    const first = performance.now() - startedAt
    expect(await keysOf(letters, { pageSize: 200 })).toStrictEqual(keys(9_999, 0))
    const perPage = (performance.now() - startedAt - first) / 50
    console.log(`10,000 letters: ${Math.round(first)} ms the first page, ${Math.round(perPage)} ms each`)
    expect(first < 4_000 && perPage < 500).toBeTruthy()
  })

  it('are all there for whoever begins to read, however many ask at once', async () => {
    const deadLetters = letters.newReader()
    const all = { withRedriven: false, limit: 3 }
    const answers = await Promise.all([
      deadLetters.list(all),
      deadLetters.list(all),
      deadLetters.find(`${letters.topic}/0/0`),
    ])
    expect([answers[0].length, answers[1].length, answers[2]?.key]).toStrictEqual([3, 3, 'k0'])
  })
})
