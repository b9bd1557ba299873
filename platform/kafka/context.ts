import type { Kafka } from 'kafkajs'
import type { Logger } from '../process/logger.ts'
import type { TopicSettings } from './settings.ts'

/** What the parts of the Kafka client share. */
export type KafkaContext = {
  client: Kafka
  logger: Logger
  signal: AbortSignal | undefined
  settings: TopicSettings | undefined
}
