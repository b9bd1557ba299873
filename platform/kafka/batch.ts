import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'
import type { ConsumeOptions, IncomingMessage } from './consumer.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Faults } from './faults.ts'

export const HEARTBEAT = 2_000

// So long may one partition keep the others of its broker waiting: kafkajs fetches again when all are done.
const TURN = 500

type Handling = {
  onMessage: ConsumeOptions['onMessage']
  signal: AbortSignal
  deadLetters: DeadLetters
  faults: Faults
}

/** Handles one message of a partition after the other; what is left when its turn ends is fetched again. */
export async function handleBatch(payload: EachBatchPayload, handling: Handling): Promise<void> {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload
  const until = Date.now() + TURN
  for (const kafkaMessage of batch.messages) {
    if (!isRunning() || isStale() || handling.signal.aborted || Date.now() > until) return
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
  { onMessage, deadLetters, faults }: Handling,
): Promise<boolean> {
  try {
    const attempt = async () => onMessage(message)
    await attempt().catch((error) => deadLetters.take(message, error))
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
