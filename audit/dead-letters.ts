import { topics } from '#contracts/topics.ts'
import { type Bounds, connectKafka, messagesWithin, type TopicReader } from '#platform/kafka/kafka.ts'
import { deadLetterTopic, readDeadLetter } from '#platform/messaging/dead-letters.ts'
import { createLogger } from '#platform/process/logger.ts'

/** Messages per dead-letter topic. */
export type CountDeadLetters = () => Promise<Record<string, number>>

/**
 * Counts the open dead letters of each topic that has a dead-letter topic: those that nobody has redriven. A message that
 * several groups could not read counts once, and what Kafka has dropped by its retention does not.
 */
export async function countDeadLetters(
  reader: TopicReader,
  names: readonly string[],
): Promise<Record<string, number>> {
  const bounds = await reader.bounds(names.map(deadLetterTopic))
  const counts: [string, number][] = []
  for (const name of names) {
    const own = bounds.filter(({ topic }) => topic === deadLetterTopic(name))
    if (own.length > 0) counts.push([name, await openLetters(reader, own)])
  }
  return Object.fromEntries(counts)
}

/** As `countDeadLetters`, for once. No group is joined and nothing is created. Throws when no broker answers. */
export function deadLettersIn(
  brokers: readonly string[],
  names: readonly string[] = Object.values(topics),
): CountDeadLetters {
  const logger = createLogger({ process: 'audit', level: 'silent' })
  return async () => {
    const reader = connectKafka({ brokers, clientId: 'audit', logger }).reader()
    try {
      return await countDeadLetters(reader, names)
    } finally {
      await reader.stop()
    }
  }
}

/** Only ids are kept: a marker takes its letter off the count. */
async function openLetters(reader: TopicReader, partitions: readonly Bounds[]): Promise<number> {
  const [letters, redriven] = [new Set<string>(), new Set<string>()]
  for (const bounds of partitions) {
    for await (const messages of messagesWithin(reader, bounds)) {
      for (const message of messages) {
        const record = readDeadLetter(message)
        if (record) (record.kind === 'letter' ? letters : redriven).add(record.id)
      }
    }
  }
  return [...letters].filter((id) => !redriven.has(id)).length
}
