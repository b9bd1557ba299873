import { UnreadableMessage } from '../messages.ts'
import type { ConsumeOptions, IncomingMessage } from './consumer.ts'
import type { KafkaContext } from './context.ts'
import { createProducer } from './producer.ts'
import { createTopics } from './topics.ts'

export type DeadLetters = {
  /** Puts an unreadable message aside; throws any other error on. */
  take(message: IncomingMessage, error: unknown): Promise<void>
  stop(): Promise<void>
}

export const deadLetterTopic = (topic: string): string => `${topic}.dlq`

export async function createDeadLetters(
  context: KafkaContext,
  options: ConsumeOptions,
): Promise<DeadLetters> {
  if (options.deadLetter === false) return { take: (_, error) => Promise.reject(error), stop: async () => {} }
  await createTopics(
    context,
    options.topics.map((topic) => ({ topic: deadLetterTopic(topic), partitions: 1 })),
  )
  const producer = await createProducer(context)
  return {
    take: async (message, error) => {
      if (!(error instanceof UnreadableMessage)) throw error
      await producer.send([asDeadLetter(message, error.message)])
      const { topic, partition, offset } = message
      context.logger.warn({ topic, partition, offset }, `unreadable message put aside: ${error.message}`)
    },
    stop: () => producer.stop(),
  }
}

function asDeadLetter({ topic, partition, offset, key, value, headers }: IncomingMessage, reason: string) {
  const origin = {
    'dlq-reason': reason,
    'dlq-topic': topic,
    'dlq-partition': String(partition),
    'dlq-offset': offset,
    'dlq-at': new Date().toISOString(),
  }
  return { topic: deadLetterTopic(topic), key, value, headers: { ...headers, ...origin } }
}
