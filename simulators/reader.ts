import { setTimeout as sleep } from 'node:timers/promises'
import { connectKafka, type IncomingMessage, type TopicReader as KafkaReader } from '#platform/kafka/kafka.ts'
import { waitUntilUp } from '#platform/process/lifecycle.ts'
import { type Logger, reasonOf } from '#platform/process/logger.ts'

export type ReadMessage = Pick<IncomingMessage, 'topic' | 'key' | 'value' | 'headers' | 'timestamp'>

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

type Position = { topic: string; partition: number; offset: bigint; end: bigint }

/** How long, in ms, one look may wait for a message to come; so long may stopping take. */
const LOOK = 200

/**
 * Reads topics from a place in time, by itself: it commits nothing and shares nothing with other readers.
 * Resolves once the place is fixed, so that nothing published after that is missed.
 */
export async function readTopics(options: ReadOptions): Promise<TopicReader> {
  const { brokers, clientId, logger } = options
  const reader = connectKafka({ brokers, clientId, logger }).reader()
  const positions = await findPositions(reader, options).catch(async (error: unknown) => {
    await reader.stop()
    throw error
  })
  const stopping = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal
  const caughtUp = Promise.withResolvers<void>()
  const onRead = () => positions.every(({ offset, end }) => offset >= end) && caughtUp.resolve()
  onRead()
  const reading = keepReading(reader, positions, { options, onRead, signal }).finally(() => reader.stop())
  return {
    caughtUp: caughtUp.promise,
    stop: () => {
      stopping.abort()
      return reading
    },
  }
}

/** Tried until it works: a topic just created has its leaders, yet its broker may still say that it is none. */
function findPositions(reader: KafkaReader, options: ReadOptions): Promise<Position[]> {
  const { topics, from } = options
  return waitUntilUp(
    `Kafka topics ${topics.join(', ')}`,
    async () => {
      const bounds = await reader.bounds(topics, from instanceof Date ? from : undefined)
      const missing = topics.find((topic) => !bounds.some((one) => one.topic === topic))
      if (missing !== undefined) throw new Error(`there is no topic ${missing}`)
      return bounds.map(({ topic, partition, low, high }) => ({
        topic,
        partition,
        offset: from === 'now' ? high : low,
        end: high,
      }))
    },
    options,
  )
}

type Reading = { options: ReadOptions; onRead: () => void; signal: AbortSignal }

/** Goes on where it was when a broker was away. */
async function keepReading(
  reader: KafkaReader,
  positions: Position[],
  { options, onRead, signal }: Reading,
): Promise<void> {
  const { logger, topics, onMessage } = options
  while (!signal.aborted) {
    try {
      for (const { topic, partition, messages, next } of await reader.fetch(positions, { wait: LOOK })) {
        const position = positions.find((one) => one.topic === topic && one.partition === partition)
        for (const message of messages) onMessage(message)
        if (position) position.offset = next
      }
      onRead()
    } catch (error) {
      logger.warn({ topics }, `reader lost its broker, reading on soon: ${reasonOf(error)}`)
      await sleep(500, undefined, { signal }).catch(() => {})
      await passOverDropped(reader, positions).catch(() => {})
    }
  }
}

/** Where Kafka has dropped what was not read yet, the reading goes on with what is left. */
async function passOverDropped(reader: KafkaReader, positions: Position[]): Promise<void> {
  const topics = new Set(positions.map(({ topic }) => topic))
  for (const { topic, partition, low } of await reader.bounds([...topics])) {
    const position = positions.find((one) => one.topic === topic && one.partition === partition)
    if (position && position.offset < low) position.offset = low
  }
}
