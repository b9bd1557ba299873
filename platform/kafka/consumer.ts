import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer as KafkaJsConsumer } from 'kafkajs'
import { stopAll, waitUntilUp } from '../process/lifecycle.ts'
import { reasonOf } from '../process/logger.ts'
import { HEARTBEAT, handleBatch } from './batch.ts'
import type { ConsumeOptions } from './consume-options.ts'
import type { KafkaContext } from './context.ts'
import { createDeadLetters, type DeadLetters } from './dead-letters.ts'
import { trackFailedPartitions } from './failed-partitions.ts'
import { createRetries, type Retries } from './retries.ts'

export type Consumer = {
  /** Throws when the group has not heard of this member for a while. */
  prove(): Promise<void>
  /** Finishes the message in hand and commits. */
  stop(): Promise<void>
}

/** In ms: a member that was silent for so long has lost its group. */
const SILENCE_MAY_TAKE = 30_000

export async function startConsumer(context: KafkaContext, options: ConsumeOptions): Promise<Consumer> {
  const stopping = new AbortController()
  const signal = context.signal ? AbortSignal.any([context.signal, stopping.signal]) : stopping.signal
  const deadLetters = await createDeadLetters(context, options)
  const { groupId, retry, onMessage: handle } = options
  const retries =
    retry && (await createRetries(context, { groupId, retry }, { handle, giveUp: deadLetters.take, signal }))
  const joined = Promise.withResolvers<void>()
  let heardAt = 0
  const onHeard = () => {
    heardAt = Date.now()
    joined.resolve()
  }
  const given = { ...context, signal }
  const own = keepConsuming(given, options, { deadLetters, retries }, onHeard)
  const again = retries && keepConsuming(given, retrying(options, retries), { deadLetters }, () => {})
  const consuming = Promise.all([own, again])
  await Promise.race([joined.promise, consuming])
  if (signal.aborted) await stopAll(deadLetters, ...(retries ? [retries] : []))
  signal.throwIfAborted()
  return {
    prove: async () => {
      const silence = Date.now() - heardAt
      if (silence > SILENCE_MAY_TAKE) throw new Error(`no heartbeat for ${silence} ms`)
    },
    stop: async () => {
      stopping.abort()
      const ended = { stop: async () => void (await consuming) }
      await stopAll(ended, deadLetters, ...(retries ? [retries] : []))
    },
  }
}

/** A group of its own, so that what waits there keeps no fetch of the group's own topics waiting. */
const retrying = (options: ConsumeOptions, { topic, onMessage }: Retries): ConsumeOptions => ({
  ...options,
  groupId: topic,
  topics: [topic],
  onMessage,
})

type Aside = { deadLetters: DeadLetters; retries?: Retries | undefined }

/** One kafkajs consumer after the other: one that crashed is replaced, for kafkajs restarts only after some crashes. */
async function keepConsuming(
  context: KafkaContext & { signal: AbortSignal },
  options: ConsumeOptions,
  aside: Aside,
  onHeard: () => void,
): Promise<void> {
  const { logger, signal } = context
  while (!signal.aborted) {
    try {
      await consumeUntilCrash(context, options, aside, onHeard)
    } catch (error) {
      if (signal.aborted) return
      logger.warn({ groupId: options.groupId }, `consumer lost its broker, rejoining: ${reasonOf(error)}`)
      await sleep(500, undefined, { signal }).catch(() => {})
    }
  }
}

async function consumeUntilCrash(
  context: KafkaContext & { signal: AbortSignal },
  options: ConsumeOptions,
  aside: Aside,
  onHeard: () => void,
): Promise<void> {
  const { signal } = context
  const consumer = createConsumer(context, options.groupId)
  const failedPartitions = trackFailedPartitions(consumer, context.logger)
  const ended = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  ended.catch(() => {})
  consumer.on(consumer.events.GROUP_JOIN, onHeard)
  consumer.on(consumer.events.HEARTBEAT, onHeard)
  try {
    await waitUntilUp(
      `Kafka topics ${options.topics.join(', ')}`,
      () => subscribe(consumer, options),
      context,
    )
    await consumer.run({
      eachBatchAutoResolve: false,
      autoCommitInterval: 1_000,
      partitionsConsumedConcurrently: options.concurrency ?? 3,
      eachBatch: (payload) =>
        handleBatch(payload, {
          onMessage: options.onMessage,
          atOnce: options.atOnce ?? 1,
          keysApart: !options.retry,
          signal,
          ...aside,
          failedPartitions,
        }),
    })
    await ended
  } finally {
    failedPartitions.forget()
    await consumer.disconnect().catch(() => {})
  }
}

function createConsumer({ client }: KafkaContext, groupId: string): KafkaJsConsumer {
  return client.consumer({
    groupId,
    // A member that was killed is missed after 10 s; one that is busy holds up a rebalance for at most 20 s.
    sessionTimeout: 10_000,
    rebalanceTimeout: 20_000,
    heartbeatInterval: HEARTBEAT,
    maxWaitTimeInMs: 500,
    maxBytesPerPartition: 256 * 1024,
    allowAutoTopicCreation: false,
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
  })
}

async function subscribe(consumer: KafkaJsConsumer, { topics, fromBeginning = true }: ConsumeOptions) {
  await consumer.connect()
  await consumer.subscribe({ topics: [...topics], fromBeginning })
}
