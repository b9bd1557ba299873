import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'
import type { ConsumeOptions, IncomingMessage } from './consume-options.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { FailedPartitions } from './failed-partitions.ts'
import type { Retries } from './retries.ts'

export const HEARTBEAT = 2_000

// So long may one partition keep the others of its broker waiting: kafkajs fetches again when all are done.
const TURN = 500

type Handling = {
  onMessage: ConsumeOptions['onMessage']
  atOnce: number
  /** Whether a message may be handled beside another one of its key. */
  keysApart: boolean
  signal: AbortSignal
  deadLetters: DeadLetters
  retries?: Retries | undefined
  failedPartitions: FailedPartitions
}

/** Handles the messages of a partition in waves; what is left when its turn ends is fetched again. */
export async function handleBatch(payload: EachBatchPayload, handling: Handling): Promise<void> {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload
  const until = Date.now() + TURN
  const messages = batch.messages.map((message) => incoming(batch.topic, batch.partition, message))
  for (const wave of wavesOf(messages, handling)) {
    if (!isRunning() || isStale() || handling.signal.aborted || Date.now() > until) return
    const { done, goOn } = await whileBeating(heartbeat, () => handleWave(wave, handling))
    const last = done.at(-1)
    if (last) resolveOffset(last.offset)
    if (!goOn) return
    await heartbeat()
    await commitOffsetsIfNecessary()
  }
}

/** Up to `atOnce` messages that follow each other, no two of one key where keys are kept apart. */
function* wavesOf(
  messages: readonly IncomingMessage[],
  { atOnce, keysApart }: Pick<Handling, 'atOnce' | 'keysApart'>,
): Generator<IncomingMessage[]> {
  let wave: IncomingMessage[] = []
  const keys = new Set<string>()
  for (const message of messages) {
    if (wave.length === atOnce || (keysApart && keys.has(message.key))) {
      yield wave
      wave = []
      keys.clear()
    }
    wave.push(message)
    keys.add(message.key)
  }
  if (wave.length > 0) yield wave
}

type Handled = { done: IncomingMessage[]; goOn: boolean }
type Failure = { message: IncomingMessage; error: unknown }

/**
 * What failed is put aside where the consumer retries, and the wave is done. Otherwise the messages before the first fault
 * are: its partition is paused, and its next fetch begins with it again.
 */
async function handleWave(wave: IncomingMessage[], handling: Handling): Promise<Handled> {
  const { retries, failedPartitions } = handling
  const failures = await failuresIn(wave, handling)
  const left = retries ? await leftAfter(failures, retries) : failures
  const [first] = left
  if (first) {
    failedPartitions.pauseAfter(first.message, first.error)
    return { done: wave.slice(0, wave.indexOf(first.message)), goOn: false }
  }
  const [any] = wave
  const goOn = failures.length < wave.length
  if (any && goOn) failedPartitions.recovered(any)
  else if (any) failedPartitions.rest(any)
  return { done: wave, goOn }
}

async function failuresIn(wave: IncomingMessage[], { onMessage, deadLetters }: Handling): Promise<Failure[]> {
  const attempt = async (message: IncomingMessage) => onMessage(message)
  const results = await Promise.allSettled(
    wave.map((message) => attempt(message).catch((error) => deadLetters.take(message, error))),
  )
  return wave.flatMap((message, i) => {
    const result = results[i]
    return result?.status === 'rejected' ? [{ message, error: result.reason }] : []
  })
}

/** Those that could not be put aside either. */
async function leftAfter(failures: Failure[], retries: Retries): Promise<Failure[]> {
  const left: Failure[] = []
  for (const { message, error } of failures)
    await retries.take(message, error).catch((fault) => left.push({ message, error: fault }))
  return left
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

export function incoming(topic: string, partition: number, message: KafkaMessage): IncomingMessage {
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
