import { asDeadLetter, type DeadLetterCause, deadLetterTopic } from '../messaging/dead-letters.ts'
import { RefusedMessage, UnreadableMessage } from '../messaging/messages.ts'
import { reasonOf } from '../process/logger.ts'
import type { ConsumeOptions, IncomingMessage } from './consume-options.ts'
import type { KafkaContext } from './context.ts'
import { createProducer } from './producer.ts'
import { createTopics } from './topics.ts'

export type DeadLetters = {
  /** Puts a message aside that is unreadable or refused, or for the `cause` given; throws any other error on. */
  take(message: IncomingMessage, error: unknown, cause?: DeadLetterCause): Promise<void>
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
    take: async (message, error, cause = causeOf(error)) => {
      if (!cause) throw error
      const { groupId: group } = options
      const reason = reasonOf(error)
      await producer.send([asDeadLetter(message, { group, cause, reason, at: new Date() })])
      const { topic, partition, offset } = message
      context.logger.warn({ topic, partition, offset }, `${cause} message put aside: ${reason}`)
    },
    stop: () => producer.stop(),
  }
}

function causeOf(error: unknown): DeadLetterCause | undefined {
  if (error instanceof UnreadableMessage) return 'unreadable'
  if (error instanceof RefusedMessage) return 'refused'
  return undefined
}
