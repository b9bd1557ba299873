import { asDeadLetter, deadLetterTopic } from '../dead-letters.ts'
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
      const { groupId: group } = options
      await producer.send([asDeadLetter(message, { group, reason: error.message, at: new Date() })])
      const { topic, partition, offset } = message
      context.logger.warn({ topic, partition, offset }, `unreadable message put aside: ${error.message}`)
    },
    stop: () => producer.stop(),
  }
}
