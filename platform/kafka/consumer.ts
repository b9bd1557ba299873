import { setTimeout as sleep } from 'node:timers/promises'
import type { EachBatchPayload, IHeaders, Consumer as KafkaJsConsumer, KafkaMessage } from 'kafkajs'
import { stopAll, waitUntilUp } from '../lifecycle.ts'
import { reasonOf } from '../logger.ts'
import type { KafkaContext } from './context.ts'
import { createDeadLetters, type DeadLetters } from './dead-letters.ts'
import { createFaults, type Faults } from './faults.ts'

export type IncomingMessage = {
  topic: string
  partition: number
  offset: string
  /** '' when the message has none. */
  key: string
  value: Uint8Array
  headers: Record<string, string>
  timestamp: Date
}

export type ConsumeOptions = {
  groupId: string
  topics: readonly string[]
  /**
   * Sees one message of a partition after the other. Throw UnreadableMessage for what can never be understood;
   * anything else thrown is a fault: the partition waits, and the message comes again until it works.
   */
  onMessage: (message: IncomingMessage) => Promise<void>
  /** Unreadable messages go to `<topic>.dlq` (the default); otherwise they count as faults. */
  deadLetter?: boolean
  /** Where a group that never read starts. */
  fromBeginning?: boolean
  /** How many partitions are worked on at the same time. */
  concurrency?: number
}

export type Consumer = {
  /** Finishes the message in hand and commits. */
  stop(): Promise<void>
}

type Handling = { context: KafkaContext; options: ConsumeOptions; deadLetters: DeadLetters; faults: Faults }

// So long may one partition keep the others of its broker waiting: kafkajs fetches again when all are done.
const TURN = 500
const HEARTBEAT = 2_000

export async function startConsumer(context: KafkaContext, options: ConsumeOptions): Promise<Consumer> {
  const stopping = new AbortController()
  const signal = context.signal ? AbortSignal.any([context.signal, stopping.signal]) : stopping.signal
  const deadLetters = await createDeadLetters(context, options)
  const joined = Promise.withResolvers<void>()
  const consuming = keepConsuming({ ...context, signal }, options, deadLetters, joined.resolve)
  await Promise.race([joined.promise, consuming])
  return {
    stop: async () => {
      stopping.abort()
      await stopAll({ stop: () => consuming }, deadLetters)
    },
  }
}

/** One kafkajs consumer after the other: one that crashed is replaced, for kafkajs restarts only after some crashes. */
async function keepConsuming(
  context: KafkaContext & { signal: AbortSignal },
  options: ConsumeOptions,
  deadLetters: DeadLetters,
  onJoined: () => void,
): Promise<void> {
  const { logger, signal } = context
  while (!signal.aborted) {
    try {
      await consumeUntilCrash(context, options, deadLetters, onJoined)
    } catch (error) {
      if (signal.aborted) return
      logger.warn({ groupId: options.groupId }, `consumer lost its broker, joining again: ${reasonOf(error)}`)
      await sleep(500, undefined, { signal }).catch(() => {})
    }
  }
}

async function consumeUntilCrash(
  context: KafkaContext & { signal: AbortSignal },
  options: ConsumeOptions,
  deadLetters: DeadLetters,
  onJoined: () => void,
): Promise<void> {
  const { signal } = context
  const consumer = createConsumer(context, options.groupId)
  const faults = createFaults(consumer, context.logger)
  const ended = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  ended.catch(() => {})
  consumer.on(consumer.events.GROUP_JOIN, onJoined)
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
      eachBatch: (payload) => handleBatch(payload, { context, options, deadLetters, faults }),
    })
    await ended
  } finally {
    faults.forget()
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

async function handleBatch(payload: EachBatchPayload, handling: Handling): Promise<void> {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload
  const until = Date.now() + TURN
  for (const kafkaMessage of batch.messages) {
    if (!isRunning() || isStale() || handling.context.signal?.aborted || Date.now() > until) return
    const message = incoming(batch.topic, batch.partition, kafkaMessage)
    const done = await whileBeating(heartbeat, () => handle(message, handling))
    if (!done) return
    resolveOffset(message.offset)
    await heartbeat()
    await commitOffsetsIfNecessary()
  }
}

/** False after a fault: the partition is paused, and its next fetch begins with this message again. */
async function handle(
  message: IncomingMessage,
  { options, deadLetters, faults }: Handling,
): Promise<boolean> {
  try {
    await options.onMessage(message).catch((error) => deadLetters.take(message, error))
    faults.over(message)
    return true
  } catch (error) {
    faults.waitAfter(message, error)
    return false
  }
}

/** A rebalance shows as a failed heartbeat; the beat after the message reports it to kafkajs. */
async function whileBeating<T>(heartbeat: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  const beating = setInterval(() => heartbeat().catch(() => {}), HEARTBEAT)
  try {
    return await work()
  } finally {
    clearInterval(beating)
  }
}

function incoming(topic: string, partition: number, message: KafkaMessage): IncomingMessage {
  return {
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString() ?? '',
    value: message.value ?? new Uint8Array(),
    headers: textHeaders(message.headers),
    timestamp: new Date(Number(message.timestamp)),
  }
}

function textHeaders(headers: IHeaders = {}): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    String(Array.isArray(value) ? value.at(-1) : (value ?? '')),
  ])
  return Object.fromEntries(entries)
}
