import { Kafka } from 'kafkajs'
import { deadLetterOf, topics } from '#contracts/topics.ts'
import { intoOurLog } from '#platform/kafka/noise.ts'
import { createLogger } from '#platform/logger.ts'
import type { CountDeadLetters } from './books.ts'

/**
 * Counts what lies in the dead-letter topics, by their offsets: no group is joined and nothing is read or created.
 * What Kafka has dropped since, by its retention, is not counted. Throws when no broker answers.
 */
export function deadLettersIn(
  brokers: readonly string[],
  names: readonly string[] = Object.values(topics).map(deadLetterOf),
): CountDeadLetters {
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId: 'audit',
    connectionTimeout: 3_000,
    logCreator: intoOurLog(createLogger({ process: 'audit', level: 'silent' })),
    retry: { retries: 2, initialRetryTime: 200 },
  })
  return async () => {
    const admin = kafka.admin()
    try {
      await admin.connect()
      const there = await admin.listTopics()
      const counts: [string, number][] = []
      for (const topic of names.filter((name) => there.includes(name))) {
        const ends = await admin.fetchTopicOffsets(topic)
        counts.push([topic, ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)])
      }
      return Object.fromEntries(counts)
    } finally {
      await admin.disconnect()
    }
  }
}
