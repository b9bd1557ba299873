import { Partitioners } from 'kafkajs'
import { topics } from '#contracts/topics.ts'
import {
  type Bounds,
  connectKafka,
  type IncomingMessage,
  messagesWithin,
  type TopicReader,
} from '#platform/kafka/kafka.ts'
import { readRetry, retryTopicOf } from '#platform/kafka/retries.ts'
import { deadLetterTopic, readDeadLetter } from '#platform/messaging/dead-letters.ts'
import { createLogger } from '#platform/process/logger.ts'
import { type CountDeadLetters, countDeadLetters } from '../dead-letters.ts'

/** A topic as a group of consumers hears it. */
export type Channel = { topic: string; group: string }

/** Whom the audit knows to hear what; see the workers. */
export const channels = {
  preOrders: { topic: topics.preOrders, group: 'order.pre_orders' },
  courier: { topic: topics.ordersEvents, group: 'order.orders_events' },
  orderEnds: { topic: topics.orderEvents, group: 'inventory' },
} as const
export type Channels = Record<keyof typeof channels, Channel>

export type Aside = {
  /** Tried again. */
  retried: ReadonlySet<string>
  /** Put aside for good, as dead letters. */
  given: ReadonlySet<string>
}

/** What the audit reads of Kafka. It joins no group and creates nothing. */
export type KafkaSource = {
  channels: Channels
  countDeadLetters: CountDeadLetters
  /** What the group has passed, piece by piece, and how much it has still to hear. */
  heard(
    channel: Channel,
    since: Date | null,
  ): Promise<{ passed: AsyncIterable<IncomingMessage[]>; toHear: number }>
  /** Whether what was said of a key until now has been heard. */
  passedNow(channel: Channel): Promise<(key: string) => boolean>
  /** What the group could not handle: by topic/partition/offset of the message, and by its key. */
  aside(channel: Channel): Promise<Aside>
  stop(): Promise<void>
}

export function openKafkaSource(
  brokers: readonly string[],
  given: Channels = channels,
  deadLetterTopics: readonly string[] = Object.values(topics),
): KafkaSource {
  const logger = createLogger({ process: 'audit', level: 'silent' })
  const reader = connectKafka({ brokers, clientId: 'audit', logger }).reader()
  return {
    channels: given,
    countDeadLetters: () => countDeadLetters(reader, deadLetterTopics),
    heard: (channel, since) => heard(reader, channel, since),
    passedNow: (channel) => passedNow(reader, channel),
    aside: (channel) => asideOf(reader, channel),
    stop: () => reader.stop(),
  }
}

/** topic/partition/offset */
export const messagePlace = ({ topic, partition, offset }: IncomingMessage): string =>
  `${topic}/${partition}/${offset}`

const place = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`

async function positions(reader: TopicReader, { topic, group }: Channel, since?: Date) {
  const bounds = await reader.bounds([topic], since)
  if (bounds.length === 0) return []
  const committed = await reader.committed(group, [topic])
  const passed = new Map(committed.map((one) => [place(one), one.offset]))
  return bounds.map((one) => ({ ...one, passed: passed.get(place(one)) ?? -1n }))
}

async function heard(reader: TopicReader, channel: Channel, since: Date | null) {
  const partitions = await positions(reader, channel, since ?? undefined)
  const toHear = partitions.map(({ low, high, passed }) => high - (passed > low ? passed : low))
  async function* passedMessages(): AsyncGenerator<IncomingMessage[]> {
    for (const { passed, high, ...bounds } of partitions) {
      yield* messagesWithin(reader, { ...bounds, high: passed < high ? passed : high })
    }
  }
  return { passed: passedMessages(), toHear: Number(toHear.reduce((sum, behind) => sum + behind, 0n)) }
}

const choose = Partitioners.DefaultPartitioner()

/** Where a key's messages are, as our producers choose it. */
function partitionOf(key: string, partitions: readonly Bounds[]): number {
  const partitionMetadata = partitions.map(({ partition }) => ({
    partitionId: partition,
    leader: 0,
    partitionErrorCode: 0,
    replicas: [],
    isr: [],
  }))
  return choose({ topic: partitions[0]?.topic ?? '', partitionMetadata, message: { key, value: null } })
}

async function passedNow(reader: TopicReader, channel: Channel) {
  const partitions = await positions(reader, channel)
  return (key: string) => {
    const its = partitions.find(({ partition }) => partition === partitionOf(key, partitions))
    return its === undefined || its.passed >= its.high
  }
}

/** What waits first: from there it may become a dead letter meanwhile, never the other way. */
async function asideOf(reader: TopicReader, channel: Channel): Promise<Aside> {
  return { retried: await retriedOf(reader, channel), given: await givenUp(reader, channel) }
}

async function retriedOf(reader: TopicReader, { group }: Channel): Promise<Set<string>> {
  const topic = retryTopicOf(group)
  const found = new Set<string>()
  for (const { passed, low, ...bounds } of await positions(reader, { topic, group: topic })) {
    for await (const messages of messagesWithin(reader, { ...bounds, low: passed > low ? passed : low })) {
      for (const { message } of messages.map(readRetry)) found.add(messagePlace(message)).add(message.key)
    }
  }
  return found
}

async function givenUp(reader: TopicReader, { topic }: Channel): Promise<Set<string>> {
  const found = new Set<string>()
  for (const bounds of await reader.bounds([deadLetterTopic(topic)])) {
    for await (const messages of messagesWithin(reader, bounds)) {
      for (const letter of messages.map(readDeadLetter))
        if (letter?.kind === 'letter') found.add(letter.id).add(letter.key)
    }
  }
  return found
}
