import { setTimeout as sleep } from 'node:timers/promises'
import type { DeadLetterCause } from '../messaging/dead-letters.ts'
import { backoff } from '../process/backoff.ts'
import { reasonOf } from '../process/logger.ts'
import type { ConsumeOptions, IncomingMessage } from './consume-options.ts'
import type { KafkaContext } from './context.ts'
import { createProducer, type OutgoingMessage } from './producer.ts'
import { createTopics } from './topics.ts'

/** Where a group's messages wait that failed, and are tried again while their partitions go on. */
export const retryTopicOf = (groupId: string): string => `${groupId}.retry`

export type Retries = {
  topic: string
  /** Takes a message of the group's own topics that failed. */
  take(message: IncomingMessage, error: unknown): Promise<void>
  /** Handles what the retry topic brings: waits until it is due, tries it, and takes it again when it fails. */
  onMessage(message: IncomingMessage): Promise<void>
  stop(): Promise<void>
}

/** In ms: the second try comes after the first, the others after twice as long each; a full minute is no news any more. */
const FIRST_PAUSE = 2_000
const LONGEST_PAUSE = 30_000

type Given = {
  handle: ConsumeOptions['onMessage']
  /** Puts aside for good what cannot be handled; throws what is a fault. */
  giveUp(message: IncomingMessage, error: unknown, cause?: DeadLetterCause): Promise<void>
  signal: AbortSignal
}

export async function createRetries(
  context: KafkaContext,
  { groupId, retry }: Pick<ConsumeOptions, 'groupId'> & Required<Pick<ConsumeOptions, 'retry'>>,
  { handle, giveUp, signal }: Given,
): Promise<Retries> {
  const topic = retryTopicOf(groupId)
  await createTopics(context, [{ topic, partitions: 1 }])
  const producer = await createProducer(context)

  const take = async (waiting: Waiting, error: unknown) => {
    const { message, since, attempts } = waiting
    const place = { topic: message.topic, partition: message.partition, offset: message.offset }
    const age = Date.now() - since.getTime()
    if (age >= retry.longest) {
      const why = `failed for ${Math.round(age / 1_000)} s: ${reasonOf(error)}`
      return giveUp(message, new Error(why), 'failed')
    }
    const pause = backoff(attempts, { first: retry.firstPause ?? FIRST_PAUSE, longest: LONGEST_PAUSE })
    context.logger.warn(
      { err: error, ...place, attempts },
      `message failed, retrying in ${pause} ms while others go on: ${reasonOf(error)}`,
    )
    await producer.send([asRetry(topic, { ...waiting, due: new Date(Date.now() + pause) })])
  }

  return {
    topic,
    take: (message, error) => take({ message, since: new Date(), attempts: 1, due: new Date() }, error),
    onMessage: async (received) => {
      const waiting = readRetry(received)
      const { message, attempts, due } = waiting
      await sleep(Math.max(due.getTime() - Date.now(), 0), undefined, { signal })
      try {
        await handle(message)
      } catch (error) {
        signal.throwIfAborted()
        await giveUp(message, error).catch((fault) => take({ ...waiting, attempts: attempts + 1 }, fault))
      }
    },
    stop: () => producer.stop(),
  }
}

/** A message with how it has fared. */
type Waiting = { message: IncomingMessage; since: Date; attempts: number; due: Date }

const PREFIX = 'retry-'
const [TOPIC, PARTITION, OFFSET, TIMESTAMP] = [
  'retry-topic',
  'retry-partition',
  'retry-offset',
  'retry-timestamp',
]
const [SINCE, ATTEMPTS, DUE] = ['retry-since', 'retry-attempts', 'retry-due']

function asRetry(topic: string, { message, since, attempts, due }: Waiting): OutgoingMessage {
  const { key, value } = message
  const headers = {
    ...ownHeaders(message.headers),
    [TOPIC]: message.topic,
    [PARTITION]: String(message.partition),
    [OFFSET]: message.offset,
    [TIMESTAMP]: message.timestamp.toISOString(),
    [SINCE]: since.toISOString(),
    [ATTEMPTS]: String(attempts),
    [DUE]: due.toISOString(),
  }
  return { topic, key, value, headers }
}

/** The message that waits, as it first came. */
export function readRetry(received: IncomingMessage): Waiting {
  const { key, value, headers } = received
  const timeOf = (name: string) => {
    const time = new Date(headers[name] ?? '')
    return Number.isNaN(time.getTime()) ? received.timestamp : time
  }
  const message = {
    topic: headers[TOPIC] ?? received.topic,
    partition: Number(headers[PARTITION] ?? 0),
    offset: headers[OFFSET] ?? received.offset,
    key,
    value,
    headers: ownHeaders(headers),
    timestamp: timeOf(TIMESTAMP),
  }
  return { message, since: timeOf(SINCE), attempts: Number(headers[ATTEMPTS] ?? 1), due: timeOf(DUE) }
}

const ownHeaders = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(PREFIX)))
