import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from '@jest/globals'
import kafkajs from 'kafkajs'
import { z } from 'zod'
import { ensure } from '#platform/testing/expect.ts'
import { readConfig } from '../process/config.ts'
import { randomName, silent, testServer, until } from '../testing/fixtures.ts'
import {
  type ConsumeOptions,
  connectKafka,
  type IncomingMessage,
  inboxKeepFor,
  kafkaVariables,
  messagesWithin,
  RefusedMessage,
  topicSettings,
  UnreadableMessage,
} from './kafka.ts'

const { ConfigResourceTypes, Kafka: KafkaJs, logLevel } = kafkajs
const brokers = testServer('TEST_KAFKA_BROKERS').split(',')
const kafka = connectKafka({
  brokers,
  clientId: 'platform-test',
  logger: silent,
})
const producer = await kafka.producer()
const reader = kafka.reader()
const topics: string[] = []
let consumers: { stop(): Promise<void> }[] = []

afterAll(async () => {
  await producer.stop()
  await reader.stop()
  const names = await kafka.topicNames()
  await kafka.deleteTopics(names.filter((name) => topics.some((topic) => name.startsWith(topic))))
})
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()))
  consumers = []
})

async function newTopic(partitions = 3): Promise<string> {
  const topic = randomName('platform')
  topics.push(topic)
  await kafka.createTopics([{ topic, partitions }])
  return topic
}

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (message: IncomingMessage) => new TextDecoder().decode(message.value)
const send = (topic: string, key: string, ...texts: string[]) =>
  producer.send(texts.map((text) => ({ topic, key, value: bytes(text), headers: { 'message-id': text } })))

async function consume(
  topic: string,
  onMessage: ConsumeOptions['onMessage'],
  options: Partial<ConsumeOptions> = {},
) {
  const consumer = await kafka.consume({
    groupId: randomName('group'),
    topics: [topic],
    onMessage,
    ...options,
  })
  consumers.push(consumer)
  return consumer
}

test('creates a topic once, however often it is asked to', async () => {
  const topic = await newTopic()
  await kafka.createTopics([{ topic, partitions: 3 }])
  expect(await kafka.topicNames()).toContain(topic)
})

test('delivers key, value, headers and place of a message', async () => {
  const topic = await newTopic(1)
  const seen: IncomingMessage[] = []
  await send(topic, 'k', 'hello')
  await consume(topic, async (message) => void seen.push(message))
  const message = await until('delivered', () => seen[0])
  expect(textOf(message)).toBe('hello')
  expect(Date.now() - message.timestamp.getTime()).toBeLessThan(60_000)
  const { topic: from, partition, offset, key, headers } = message
  expect({ from, partition, offset, key, headers }).toStrictEqual({
    from: topic,
    partition: 0,
    offset: '0',
    key: 'k',
    headers: { 'message-id': 'hello' },
  })
})

test('hands over one message of a key after the other, and different partitions at the same time', async () => {
  const topic = await newTopic()
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  const busy = new Set<string>()
  let maxBusy = 0
  const seen = new Map<string, string[]>(keys.map((key) => [key, []]))
  for (const key of keys) await send(topic, key, ...Array.from({ length: 10 }, (_, n) => String(n)))
  await consume(topic, async (message) => {
    expect(busy.has(message.key)).toBeFalsy()
    busy.add(message.key)
    maxBusy = Math.max(maxBusy, busy.size)
    await sleep(2)
    busy.delete(message.key)
    seen.get(message.key)?.push(textOf(message))
  })
  await until('all read', () => [...seen.values()].every((texts) => texts.length === 10))
  for (const texts of seen.values())
    expect(texts).toStrictEqual(Array.from({ length: 10 }, (_, n) => String(n)))
  expect(maxBusy).toBeGreaterThan(1)
})

test('handles different keys of one partition at the same time when asked, each in its order', async () => {
  const topic = await newTopic(1)
  const keys = ['a', 'b', 'c', 'd']
  const busy = new Set<string>()
  let maxBusy = 0
  const seen = new Map<string, string[]>(keys.map((key) => [key, []]))
  for (const text of ['1', '2', '3']) for (const key of keys) await send(topic, key, text)
  await consume(
    topic,
    async (message) => {
      expect(busy.has(message.key)).toBeFalsy()
      busy.add(message.key)
      maxBusy = Math.max(maxBusy, busy.size)
      await sleep(5)
      busy.delete(message.key)
      seen.get(message.key)?.push(textOf(message))
    },
    { atOnce: 3 },
  )
  await until('all read', () => [...seen.values()].every((texts) => texts.length === 3))
  for (const texts of seen.values()) expect(texts).toStrictEqual(['1', '2', '3'])
  expect(maxBusy).toBe(3)
})

test('a fault among messages handled at once skips none of them', async () => {
  const topic = await newTopic(1)
  const groupId = randomName('group')
  const seen: string[] = []
  let faults = 2
  for (const key of ['a', 'b', 'c', 'd']) await send(topic, key, key)
  const onMessage = async (message: IncomingMessage) => {
    if (message.key === 'b' && faults-- > 0) throw new Error('away')
    seen.push(message.key)
  }
  const consumer = await consume(topic, onMessage, { groupId, atOnce: 4 })
  await until('all done', () => ['a', 'b', 'c', 'd'].every((key) => seen.includes(key)))
  expect(seen.filter((key) => key === 'a').length).toBe(1)
  expect(seen.filter((key) => key === 'b').length).toBe(1)
  await consumer.stop()
  expect(await kafka.lag(groupId)).toStrictEqual({ [topic]: 0 })
})

test('puts what is unreadable into the dead-letter topic and goes on', async () => {
  const topic = await newTopic(1)
  const seen: string[] = []
  const dead: IncomingMessage[] = []
  await send(topic, 'k', 'before', 'poison', 'after')
  await consume(topic, async (message) => {
    if (textOf(message) === 'poison') throw new UnreadableMessage('not my language')
    seen.push(textOf(message))
  })
  await until('the next one', () => seen.includes('after'))
  await consume(`${topic}.dlq`, async (message) => void dead.push(message), { deadLetter: false })
  const { headers, key, value } = await until('the dead letter', () => dead[0])
  const { 'dlq-at': at, 'dlq-group': group, ...others } = headers
  expect([key, new TextDecoder().decode(value)]).toStrictEqual(['k', 'poison'])
  expect(Date.parse(at ?? '')).toBeGreaterThan(0)
  expect(group ?? '').toMatch(/^group_/)
  expect(others).toStrictEqual({
    'message-id': 'poison',
    'dlq-reason': 'not my language',
    'dlq-cause': 'unreadable',
    'dlq-topic': topic,
    'dlq-partition': '0',
    'dlq-offset': '1',
  })
})

test('puts what is refused into the dead-letter topic as well, and says so there', async () => {
  const topic = await newTopic(1)
  const seen: string[] = []
  const dead: IncomingMessage[] = []
  await send(topic, 'k', 'refused', 'after')
  await consume(topic, async (message) => {
    if (textOf(message) === 'refused') throw new RefusedMessage('the name is taken')
    seen.push(textOf(message))
  })
  await until('the next one', () => seen.includes('after'))
  await consume(`${topic}.dlq`, async (message) => void dead.push(message), { deadLetter: false })
  const { headers } = await until('the dead letter', () => dead[0])
  expect([headers['dlq-cause'], headers['dlq-reason']]).toStrictEqual(['refused', 'the name is taken'])
})

test('repeats a message that failed until it works, and never skips it', async () => {
  const topic = await newTopic(1)
  const seen: string[] = []
  let faults = 0
  await send(topic, 'k', '1', '2', '3')
  await consume(topic, async (message) => {
    if (textOf(message) === '2' && faults < 3) {
      faults++
      throw new Error('database away')
    }
    seen.push(textOf(message))
  })
  await until('all read', () => seen.length === 3)
  expect([seen, faults]).toStrictEqual([['1', '2', '3'], 3])
})

/** What lies in the dead-letter topic of a topic, when something does. */
async function deadLetterOf(topic: string): Promise<IncomingMessage> {
  const dead: IncomingMessage[] = []
  await consume(`${topic}.dlq`, async (message) => void dead.push(message), { deadLetter: false })
  return until('the dead letter', () => dead[0])
}

const retry = { longest: 60_000, firstPause: 50 }

test('tries a message that failed again while its partition goes on, when the consumer asks for it', async () => {
  const topic = await newTopic(1)
  const groupId = randomName('group')
  const seen: IncomingMessage[] = []
  let mended = false
  await send(topic, 'k', '1', 'poisoned', '3')
  const consumer = await consume(
    topic,
    async (message) => {
      if (textOf(message) === 'poisoned' && !mended) throw new Error('its database is away')
      seen.push(message)
    },
    { groupId, retry },
  )
  topics.push(groupId)
  await until('the others', () => seen.length === 2)
  await until('all of them committed', async () => (await kafka.lag(groupId))[topic] === 0)
  mended = true
  const last = await until('the one that failed', () => seen[2])
  const { topic: from, partition, offset, key, headers } = last
  expect({ text: textOf(last), from, partition, offset, key, headers }).toStrictEqual({
    text: 'poisoned',
    from: topic,
    partition: 0,
    offset: '1',
    key: 'k',
    headers: { 'message-id': 'poisoned' },
  })
  await consumer.stop()
})

test('a message that fails until it is too old becomes a dead letter of the place that it came from', async () => {
  const topic = await newTopic(1)
  const groupId = randomName('group')
  topics.push(groupId)
  let tries = 0
  await send(topic, 'k', 'hopeless')
  await consume(
    topic,
    async () => {
      tries++
      throw new Error('the order hangs')
    },
    { groupId, retry: { longest: 1_000, firstPause: 50 } },
  )
  const { headers } = await deadLetterOf(topic)
  expect(tries).toBeGreaterThan(2)
  expect(headers['dlq-cause']).toBe('failed')
  expect(headers['dlq-reason'] ?? '').toMatch(/^failed for \d+ s: the order hangs$/)
  expect([headers['dlq-topic'], headers['dlq-offset'], headers['dlq-group']]).toStrictEqual([
    topic,
    '0',
    groupId,
  ])
  expect(headers['retry-attempts']).toBeUndefined()
})

test('a message that is refused when it is tried again is put aside', async () => {
  const topic = await newTopic(1)
  const groupId = randomName('group')
  topics.push(groupId)
  let tries = 0
  await send(topic, 'k', 'late')
  await consume(
    topic,
    async () => {
      throw tries++ === 0 ? new Error('away') : new RefusedMessage('the order has ended')
    },
    { groupId, retry },
  )
  const { headers } = await deadLetterOf(topic)
  expect([headers['dlq-cause'], headers['dlq-reason']]).toStrictEqual(['refused', 'the order has ended'])
})

test('while everything fails little is put aside, and afterwards every message is handled', async () => {
  const topic = await newTopic(1)
  const groupId = randomName('group')
  topics.push(groupId)
  const texts = Array.from({ length: 400 }, (_, n) => String(n))
  const handled = new Set<string>()
  let away = true
  let failed = 0
  await send(topic, 'k', ...texts)
  await consume(
    topic,
    async (message) => {
      if (away) {
        failed++
        throw new Error('away')
      }
      handled.add(textOf(message))
    },
    { groupId, retry, atOnce: 8 },
  )
  await until('some faults', () => failed > 24)
  const [waiting] = await reader.bounds([`${groupId}.retry`])
  ensure(waiting && waiting.high < 200n, `${waiting?.high} are aside`)
  away = false
  await until('all handled', () => handled.size === texts.length)
})

test('lets other partitions go on while one waits for its fault to end', async () => {
  const topic = await newTopic(3)
  const seen: string[] = []
  let stuck = ''
  await send(topic, 'stuck', 'stuck')
  await consume(topic, async (message) => {
    if (message.key === 'stuck') {
      stuck = String(message.partition)
      throw new Error('database away')
    }
    if (String(message.partition) !== stuck) seen.push(textOf(message))
  })
  await until('the fault', () => stuck !== '')
  for (let n = 0; n < 10; n++) await send(topic, `key-${n}`, `text-${n}`)
  await until('others', () => seen.length > 3)
})

test('keeps its place in the group while a handler takes longer than the session of 10 s', async () => {
  const topic = await newTopic(1)
  const groupId = randomName('group')
  const seen: string[] = []
  const slowly = async (message: IncomingMessage) => {
    if (textOf(message) === 'slow') await sleep(11_000)
    seen.push(textOf(message))
  }
  await send(topic, 'k', 'slow', 'quick')
  await consume(topic, slowly, { groupId })
  await until('both read and committed', async () => (await kafka.lag(groupId))[topic] === 0)
  expect(seen).toStrictEqual(['slow', 'quick'])
})

test('finishes the message in hand when stopped, and the next consumer goes on behind it', async () => {
  const topic = await newTopic(1)
  const groupId = randomName('group')
  const seen: string[] = []
  await send(topic, 'k', '1', '2', '3')
  const first = await consume(
    topic,
    async (message) => {
      await sleep(100)
      seen.push(textOf(message))
    },
    { groupId },
  )
  await until('the first one', () => seen.length === 1)
  await first.stop()
  const stoppedAt = seen.length
  expect(stoppedAt).toBeLessThan(3)
  expect(await kafka.lag(groupId)).toStrictEqual({ [topic]: 3 - stoppedAt })
  await consume(topic, async (message) => void seen.push(textOf(message)), { groupId })
  await until('all read', () => seen.length >= 3)
  expect(seen).toStrictEqual(['1', '2', '3'])
})

test('stops at once while a fault is waited out', async () => {
  const topic = await newTopic(1)
  let faults = 0
  await send(topic, 'k', '1')
  const consumer = await consume(topic, async () => {
    faults++
    throw new Error('database away')
  })
  await until('a fault', () => faults > 3)
  const before = Date.now()
  await consumer.stop()
  expect(Date.now() - before).toBeLessThan(3_000)
})

test('hands the partitions of a group to whoever joins', async () => {
  const topic = await newTopic(4)
  const groupId = randomName('group')
  const readers = new Set<string>()
  const texts = new Set<string>()
  const as = (name: string) => async (message: IncomingMessage) => {
    readers.add(name)
    texts.add(textOf(message))
  }
  await consume(topic, as('first'), { groupId })
  await consume(topic, as('second'), { groupId })
  let sent = 0
  await until('both read', async () => {
    await send(topic, `key-${sent}`, `text-${sent}`)
    sent++
    return readers.size === 2
  })
  await until('nothing lost', () => texts.size === sent)
})

test('sends more than one broker batch can hold, in order', async () => {
  const topic = await newTopic(1)
  const value = new Uint8Array(300_000)
  const sizes: number[] = []
  await producer.send(
    Array.from({ length: 10 }, (_, n) => ({ topic, key: 'k', value: value.subarray(n), headers: {} })),
  )
  await consume(topic, async (message) => void sizes.push(message.value.byteLength))
  await until('all read', () => sizes.length === 10)
  expect(sizes).toStrictEqual(Array.from({ length: 10 }, (_, n) => 300_000 - n))
})

test('rejects a message for a topic that does not exist, and then goes on', async () => {
  const topic = await newTopic(1)
  await expect(send(randomName('missing'), 'k', '1')).rejects.toThrow()
  await send(topic, 'k', '1')
})

test('a send that fails takes nothing from those at the same time: each goes out once', async () => {
  const topic = await newTopic(1)
  const missing = randomName('missing')
  const texts = Array.from({ length: 20 }, (_, n) => String(n))
  const sends = await Promise.allSettled(texts.map((text) => send(text === '7' ? missing : topic, 'k', text)))
  expect(sends.flatMap(({ status }, n) => (status === 'rejected' ? n : []))).toStrictEqual([7])
  expect(await allOf(topic)).toStrictEqual(texts.filter((text) => text !== '7'))
})

test('creates the same topics from several processes at once', async () => {
  const prefix = await newTopic(1)
  const wanted = ['a', 'b', 'c'].map((name) => ({ topic: `${prefix}_${name}`, partitions: 2 }))
  await Promise.all([0, 1, 2].map((from) => kafka.createTopics(wanted.slice(from))))
  for (const { topic } of wanted) await send(topic, 'k', '1')
})

async function allOf(topic: string, since?: Date): Promise<string[]> {
  const texts: string[] = []
  for (const bounds of await reader.bounds([topic], since)) {
    for await (const messages of messagesWithin(reader, bounds)) texts.push(...messages.map(textOf))
  }
  return texts
}

test('reads what a topic holds without a group, from the beginning or from a time on', async () => {
  const topic = await newTopic(2)
  await send(topic, 'a', '1', '2')
  await send(topic, 'b', '3')
  expect((await allOf(topic)).sort()).toStrictEqual(['1', '2', '3'])
  const sentBy = Date.now()
  await until('a later moment', () => Date.now() > sentBy)
  const since = new Date()
  expect(await allOf(topic, since)).toStrictEqual([])
  await send(topic, 'a', '4')
  expect(await allOf(topic, since)).toStrictEqual(['4'])
})

test('reads more than comes with one fetch, each message once and in its order', async () => {
  const topic = await newTopic(1)
  const value = new Uint8Array(200_000)
  const messages = Array.from({ length: 15 }, (_, n) => ({
    topic,
    key: 'k',
    value: value.subarray(n),
    headers: {},
  }))
  await producer.send(messages)
  const [bounds] = await reader.bounds([topic])
  ensure(bounds)
  let pieces = 0
  const offsets: string[] = []
  for await (const piece of messagesWithin(reader, { ...bounds, low: 1n, high: 14n })) {
    pieces++
    offsets.push(...piece.map(({ offset }) => offset))
  }
  expect(pieces).toBeGreaterThan(1)
  expect(offsets).toStrictEqual(Array.from({ length: 13 }, (_, n) => String(n + 1)))
})

test('a reader waits for the next message, and finds nothing when none comes', async () => {
  const topic = await newTopic(1)
  const place = { topic, partition: 0, offset: 0n }
  expect(await reader.fetch([place])).toStrictEqual([{ topic, partition: 0, messages: [], next: 0n }])
  const waiting = reader.fetch([place], { wait: 9_000 })
  await send(topic, 'k', 'late')
  const [fetched] = await waiting
  expect([fetched?.messages.map(textOf), fetched?.next]).toStrictEqual([['late'], 1n])
})

test('a reader knows no bounds of topics that are not there, and finds those that come later', async () => {
  const topic = randomName('platform_later')
  topics.push(topic)
  expect(await reader.bounds([topic])).toStrictEqual([])
  await kafka.createTopics([{ topic, partitions: 1 }])
  expect(await reader.bounds([topic])).toStrictEqual([{ topic, partition: 0, low: 0n, high: 0n }])
  await kafka.deleteTopics([topic])
  await until('it is gone', async () => (await reader.bounds([topic])).length === 0)
})

test('a reader fails when no broker answers', async () => {
  const away = connectKafka({ brokers: ['127.0.0.1:1'], clientId: 'away', logger: silent }).reader()
  await expect(away.bounds(['any'])).rejects.toThrow(/ECONNREFUSED|Connection error/)
  await away.stop()
})

/** How a topic is kept, as the broker says it. */
async function keptWith(topic: string, ...names: string[]): Promise<(string | undefined)[]> {
  const admin = new KafkaJs({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
  })
  await admin.disconnect()
  const entries = new Map(resources[0]?.configEntries.map((one) => [one.configName, one.configValue]))
  return names.map((name) => entries.get(name))
}

const settingsFrom = (given: Record<string, string>) =>
  topicSettings(readConfig(z.object(kafkaVariables), { KAFKA_BROKERS: brokers.join(), ...given }))

const keeping = (given: Record<string, string>) =>
  connectKafka({ brokers, clientId: 'keeping', logger: silent, settings: settingsFrom(given) })

test('makes topics that are kept as it is set, and sets those that are there already', async () => {
  const [old, young] = [await newTopic(), randomName('platform')]
  topics.push(young)
  const both = [old, young].map((topic) => ({ topic, partitions: 1 }))
  const set = ['retention.ms', 'min.insync.replicas', 'segment.ms']
  for (const [kept, ...values] of [
    ['2d', '172800000', '1', '86400000'],
    ['3h', '10800000', '1', '10800000'],
    ['forever', '-1', '1', '604800000'],
  ] as const) {
    await keeping({
      KAFKA_RETENTION: '5d',
      KAFKA_TOPIC_RETENTION: `${old}=${kept},${young}=${kept}`,
    }).createTopics(both)
    for (const topic of [old, young]) expect(await keptWith(topic, ...set)).toStrictEqual(values)
  }
  await keeping({ KAFKA_RETENTION: '5d' }).createTopics(both)
  expect(await keptWith(old, 'retention.ms')).toStrictEqual(['432000000'])
})

test('leaves what others have set on a topic, and without settings everything', async () => {
  const topic = await newTopic()
  const admin = new KafkaJs({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const configEntries = ['max.message.bytes', 'retention.ms'].map((name) => ({ name, value: '500000' }))
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  })
  await admin.disconnect()
  await kafka.createTopics([{ topic, partitions: 3 }])
  expect(await keptWith(topic, 'max.message.bytes', 'retention.ms')).toStrictEqual(['500000', '500000'])
  await keeping({ KAFKA_RETENTION: '2d' }).createTopics([{ topic, partitions: 3 }])
  expect(await keptWith(topic, 'max.message.bytes', 'retention.ms')).toStrictEqual(['500000', '172800000'])
})

test('dead letters never expire, whoever makes their topic, and though it was there before', async () => {
  const topic = randomName('platform')
  topics.push(topic)
  const [own, before] = [`${topic}.dlq`, `${topic}-old.dlq`]
  const admin = new KafkaJs({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: before, numPartitions: 1 }] })
  await admin.disconnect()
  await kafka.createTopics([{ topic: own, partitions: 1 }])
  await keeping({ KAFKA_RETENTION: '1h' }).createTopics([{ topic: before, partitions: 1 }])
  for (const one of [own, before])
    expect(await keptWith(one, 'retention.ms', 'retention.bytes')).toStrictEqual(['-1', '-1'])
})

test('an inbox row outlives every message that could come again', () => {
  const [hour, day] = [3_600_000, 86_400_000]
  const keepFor = (given: Record<string, string>, ...of: string[]) => inboxKeepFor(settingsFrom(given), of)
  expect(keepFor({}, 'a')).toBe(9 * day)
  expect(keepFor({ KAFKA_RETENTION: '1h' }, 'a')).toBe(2 * hour + day)
  expect(keepFor({ KAFKA_TOPIC_RETENTION: 'b=30d' }, 'a', 'b')).toBe(32 * day)
  expect(keepFor({ KAFKA_TOPIC_RETENTION: 'b=forever' }, 'a', 'b')).toBeUndefined()
})

test('tells of groups how much of each topic they have to read, whoever is there to read it, and waits for no broker', async () => {
  const topic = await newTopic()
  const groupId = randomName('group')
  const { stop } = await consume(topic, async () => {}, { groupId })
  await send(topic, 'k', 'one', 'two')
  await until('both read and committed', async () => (await kafka.lag(groupId))[topic] === 0)
  expect(await kafka.groups([groupId])).toStrictEqual([{ groupId, members: 1, topics: { [topic]: 0 } }])

  await stop()
  await send(topic, 'k', 'three', 'four', 'five')
  const found = (await kafka.groups()).find((group) => group.groupId === groupId)
  expect(found).toStrictEqual({ groupId, members: 0, topics: { [topic]: 3 } })

  const nowhere = connectKafka({ brokers: ['127.0.0.1:1'], clientId: 'platform-test', logger: silent })
  await expect(nowhere.groups()).rejects.toThrow(/ECONNREFUSED/)
})
