import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import type { KafkaSource } from '../facts/kafka.ts'
import { naming, type Sources } from '../sources.ts'
import type { Tally } from './tally.ts'

/** Why a message that was heard had no effect: it is tried again, or it is a dead letter. Undefined: neither. */
export type Aside = (names: readonly string[]) => 'retried' | 'given up' | undefined

/** As it is now: to be asked before the record is read again. */
export async function asideNow(
  { kafka, unavailable }: Sources,
  which: keyof KafkaSource['channels'],
): Promise<Aside> {
  if (!kafka) return () => undefined
  const { retried, given } = await naming(unavailable, 'Kafka', () => kafka.aside(kafka.channels[which]))
  return (names) => {
    if (names.some((name) => retried.has(name))) return 'retried'
    return names.some((name) => given.has(name)) ? 'given up' : undefined
  }
}

/** What can be read of messages; the rest is counted exempt. */
export function contentsOf<T>(
  messages: readonly IncomingMessage[],
  tally: Tally,
  read: (message: IncomingMessage) => T | undefined,
) {
  return messages.flatMap((message) => {
    try {
      const content = read(message)
      if (content !== undefined) return [content]
    } catch {
      // What is no such message is the dead letters' matter.
    }
    tally.exempt++
    return []
  })
}
