import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'
import type { ConsumeOptions, IncomingMessage } from './consumer.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Faults } from './faults.ts'

export const HEARTBEAT = 2_000

// So long may one partition keep the others of its broker waiting: kafkajs fetches again when all are done.
const TURN = 500

type Handling = {
  onMessage: ConsumeOptions['onMessage']
  atOnce: number
  signal: AbortSignal
  deadLetters: DeadLetters
  faults: Faults
}

/** Handles the messages of a partition in waves; what is left when its turn ends is fetched again. */
export async function handleBatch(payload: EachBatchPayload, handling: Handling): Promise<void> {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload
  const until = Date.now() + TURN
  const messages = batch.messages.map((message) => incoming(batch.topic, batch.partition, message))
  for (const wave of wavesOf(messages, handling.atOnce)) {
    if (!isRunning() || isStale() || handling.signal.aborted || Date.now() > until) return
    const done = await whileBeating(heartbeat, () => handleWave(wave, handling))
    const last = done.at(-1)
    if (last) resolveOffset(last.offset)
    if (done.length < wave.length) return
    await heartbeat()
    await commitOffsetsIfNecessary()
  }
}

/** Up to `atOnce` messages that follow each other, no two of one key. */
function* wavesOf(messages: readonly IncomingMessage[], atOnce: number): Generator<IncomingMessage[]> {
  let wave = new Map<string, IncomingMessage>()
  for (const message of messages) {
    if (wave.size === atOnce || wave.has(message.key)) {
      yield [...wave.values()]
      wave = new Map()
    }
    wave.set(message.key, message)
  }
  if (wave.size > 0) yield [...wave.values()]
}

/** Answers with the messages before the first fault; its partition is paused, and its next fetch begins with it again. */
async function handleWave(wave: IncomingMessage[], handling: Handling): Promise<IncomingMessage[]> {
  const { onMessage, deadLetters, faults } = handling
  const attempt = async (message: IncomingMessage) => onMessage(message)
  const results = await Promise.allSettled(
    wave.map((message) => attempt(message).catch((error) => deadLetters.take(message, error))),
  )
  const failed = results.findIndex(({ status }) => status === 'rejected')
  const [message, result] = [wave[failed], results[failed]]
  if (message && result?.status === 'rejected') {
    faults.waitAfter(message, result.reason)
    return wave.slice(0, failed)
  }
  if (wave[0]) faults.over(wave[0])
  return wave
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
