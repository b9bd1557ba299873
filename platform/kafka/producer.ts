import { type Producer as KafkaJsProducer, Partitioners, type TopicMessages } from 'kafkajs'
import { waitUntilUp } from '../process/lifecycle.ts'
import type { KafkaContext } from './context.ts'

export type OutgoingMessage = {
  topic: string
  /** Messages of one key stay in order. */
  key: string
  value: Uint8Array
  headers: Record<string, string>
}

export type Producer = {
  /** Resolves when all in-sync replicas have all messages. After a rejection some may have been written. */
  send(messages: readonly OutgoingMessage[]): Promise<void>
  stop(): Promise<void>
}

// A broker takes about 1 MB (message.max.bytes) in one batch; headers and framing need some of it.
const BATCH_BYTES = 900_000

/** An idempotent producer: its own retries write nothing twice. */
export async function createProducer({ client, logger, signal }: KafkaContext): Promise<Producer> {
  let current: Promise<KafkaJsProducer> | undefined
  const connected = () => {
    current ??= connect(client).catch((error) => {
      current = undefined
      throw error
    })
    return current
  }
  // After a failure the broker may or may not have the batch. With the same producer id, other messages sent next
  // under the same sequence numbers would pass for a repeat and be dropped, so the failed producer must go. For the
  // same reason one send waits for the other: kafkajs gives the numbers of a batch back before it tries it again.
  let last: Promise<void> = Promise.resolve()
  let stopped = false
  const discard = (failed: KafkaJsProducer) => {
    current = undefined
    failed.disconnect().catch(() => {})
  }
  const sendAll = async (messages: readonly OutgoingMessage[]) => {
    for (const batch of inBatches(messages)) {
      if (stopped) throw new Error('the producer is stopped')
      const producer = await connected()
      await producer.sendBatch({ acks: -1, topicMessages: byTopic(batch) }).catch((error) => {
        discard(producer)
        throw error
      })
    }
  }
  await waitUntilUp('Kafka', connected, { logger, signal })
  return {
    send: (messages) => {
      const sending = last.then(() => sendAll(messages))
      last = sending.catch(() => {})
      return sending
    },
    stop: async () => {
      stopped = true
      await last
      await (await current)?.disconnect()
    },
  }
}

async function connect(client: KafkaContext['client']): Promise<KafkaJsProducer> {
  const producer = client.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  })
  await producer.connect()
  return producer
}

function inBatches(messages: readonly OutgoingMessage[]): OutgoingMessage[][] {
  const batches: OutgoingMessage[][] = []
  let room = 0
  for (const message of messages) {
    const size = message.value.byteLength + message.key.length + 300
    if (size > room) {
      batches.push([])
      room = BATCH_BYTES
    }
    batches.at(-1)?.push(message)
    room -= size
  }
  return batches
}

function byTopic(messages: readonly OutgoingMessage[]): TopicMessages[] {
  const topics = Map.groupBy(messages, (message) => message.topic)
  return [...topics].map(([topic, ofTopic]) => ({
    topic,
    messages: ofTopic.map(({ key, value, headers }) => ({ key, value: Buffer.from(value), headers })),
  }))
}
