import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, type EachBatchPayload, Kafka, type Consumer as KafkaJsConsumer, logLevel } from 'kafkajs'
import { intoOurLog } from '#platform/kafka/noise.ts'
import { waitUntilUp } from '#platform/lifecycle.ts'
import { type Logger, reasonOf } from '#platform/logger.ts'

export type ReadMessage = {
  topic: string
  key: string
  value: Uint8Array
  headers: Record<string, string>
  timestamp: Date
}

export type ReadOptions = {
  brokers: readonly string[]
  clientId: string
  /** They must exist. */
  topics: readonly string[]
  from: 'now' | 'earliest' | Date
  /** Sees every message from there on at least once, one partition in its order. Must not throw. */
  onMessage: (message: ReadMessage) => void
  logger: Logger
  signal?: AbortSignal | undefined
}

export type TopicReader = {
  /** Resolves when everything that the topics held when the reading began has been seen. */
  caughtUp: Promise<void>
  stop(): Promise<void>
}

type Position = { topic: string; partition: number; next: bigint; end: bigint }
type Reading = { options: ReadOptions; client: Kafka; positions: Position[]; onRead: () => void }

/**
 * Reads topics from a place in time, by itself: it commits nothing and shares nothing with other readers.
 * Resolves once the place is fixed, so that nothing published after that is missed.
 */
export async function readTopics(options: ReadOptions): Promise<TopicReader> {
  const client = new Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    logLevel: logLevel.WARN,
    logCreator: intoOurLog(options.logger),
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  })
  const positions = await findPositions(client, options)
  const stopping = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal
  const caughtUp = Promise.withResolvers<void>()
  const onRead = () => positions.every(({ next, end }) => next >= end) && caughtUp.resolve()
  onRead()
  const reading = keepReading({ options, client, positions, onRead }, signal)
  return {
    caughtUp: caughtUp.promise,
    stop: () => {
      stopping.abort()
      return reading
    },
  }
}

/** Tried until it works: a topic just created has its leaders, yet its broker may still say that it is none. */
function findPositions(client: Kafka, options: ReadOptions): Promise<Position[]> {
  const { topics, from } = options
  return waitUntilUp(
    `Kafka topics ${topics.join(', ')}`,
    async () => {
      const admin = client.admin()
      try {
        await admin.connect()
        return (await Promise.all(topics.map((topic) => positionsOf(admin, topic, from)))).flat()
      } finally {
        await admin.disconnect()
      }
    },
    options,
  )
}

async function positionsOf(admin: Admin, topic: string, from: ReadOptions['from']): Promise<Position[]> {
  const ends = await admin.fetchTopicOffsets(topic)
  const since = from instanceof Date ? await admin.fetchTopicOffsetsByTimestamp(topic, from.getTime()) : []
  return ends.map(({ partition, low, high }) => {
    const found = since.find((place) => place.partition === partition)?.offset
    const next = from === 'now' ? high : (found ?? low)
    return { topic, partition, next: BigInt(next), end: BigInt(high) }
  })
}

/** One kafkajs consumer after the other, each going on where the one before it crashed. */
async function keepReading(reading: Reading, signal: AbortSignal): Promise<void> {
  const { logger, topics } = reading.options
  while (!signal.aborted) {
    try {
      await readUntilCrash(reading, signal)
    } catch (error) {
      if (signal.aborted) return
      logger.warn({ topics }, `reader lost its broker, reading on soon: ${reasonOf(error)}`)
      await sleep(500, undefined, { signal }).catch(() => {})
    }
  }
}

async function readUntilCrash(reading: Reading, signal: AbortSignal): Promise<void> {
  const { client, options, positions } = reading
  const consumer = client.consumer({
    // A group of its own each time: kafkajs reads only as a member of one.
    groupId: `${options.clientId}-${randomUUID()}`,
    maxWaitTimeInMs: 200,
    allowAutoTopicCreation: false,
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
  })
  const ended = untilEnded(consumer, signal)
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: async (payload) => readBatch(payload, reading) })
    for (const { topic, partition, next } of positions) {
      consumer.seek({ topic, partition, offset: String(next) })
    }
    await ended
  } finally {
    await consumer.disconnect().catch(() => {})
  }
}

function untilEnded(consumer: KafkaJsConsumer, signal: AbortSignal): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
  ended.catch(() => {})
  return ended
}

/** The first fetch may have left before the seek: what lies before the position is passed over. */
function readBatch({ batch }: EachBatchPayload, { options, positions, onRead }: Reading): void {
  const { topic, partition } = batch
  const position = positions.find((one) => one.topic === topic && one.partition === partition)
  if (!position) return
  for (const { offset, key, value, headers, timestamp } of batch.messages) {
    if (BigInt(offset) < position.next) continue
    position.next = BigInt(offset) + 1n
    options.onMessage({
      topic,
      key: key?.toString() ?? '',
      value: value ?? new Uint8Array(),
      headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
      timestamp: new Date(Number(timestamp)),
    })
  }
  onRead()
}
