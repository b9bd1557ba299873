import type { ConsumeOptions } from './consume-options.ts'

export type { ConsumeOptions, IncomingMessage } from './consume-options.ts'

import { logLevel } from 'kafkajs'
import type { Logger } from '../process/logger.ts'
import { type Consumer, startConsumer } from './consumer.ts'
import { type GroupLag, lagOfGroups } from './groups.ts'
import { Kafka as KafkaJs } from './kafkajs-patches.ts'
import { intoOurLog } from './log.ts'
import { createProducer, type Producer } from './producer.ts'
import { createReader, type TopicReader } from './reader.ts'
import type { TopicSettings } from './settings.ts'
import { createTopics, deleteTopics, lagOf, type TopicSpec, topicNames } from './topics.ts'

export { RefusedMessage, UnreadableMessage } from '../messaging/messages.ts'
export type { Bounds } from './cluster.ts'
export type { Consumer } from './consumer.ts'
export type { GroupLag } from './groups.ts'
export type { OutgoingMessage, Producer } from './producer.ts'
export { messagesWithin, type TopicReader } from './reader.ts'
export { inboxKeepFor, kafkaVariables, type TopicSettings, topicSettings } from './settings.ts'

export type Kafka = {
  /** Resolves when the brokers are up. */
  producer(): Promise<Producer>
  /** Creates what is missing, waits until each topic has its leaders, and sets how they are kept. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>
  /** Deletes those that are there. */
  deleteTopics(names: readonly string[]): Promise<void>
  topicNames(): Promise<string[]>
  /** How many messages of each topic the group has still to read. */
  lag(groupId: string): Promise<Record<string, number>>
  /** The same of every consumer group, or of those named. Throws when the brokers cannot be reached: it waits for none. */
  groups(names?: readonly string[]): Promise<GroupLag[]>
  /** Resolves when the consumer has joined its group. One group per set of topics. */
  consume(options: ConsumeOptions): Promise<Consumer>
  /** Connects when first asked. */
  reader(): TopicReader
}

type KafkaOptions = {
  brokers: readonly string[]
  clientId: string
  logger: Logger
  /** Ends the waiting for brokers that are not up. */
  signal?: AbortSignal
  /** How the topics that it makes or finds are kept; without, that is left to the broker. */
  settings?: TopicSettings
}

/** Nothing connects until asked; whatever needs brokers that are away waits for them and says so. */
export function connectKafka({ brokers, clientId, logger, signal, settings }: KafkaOptions): Kafka {
  const client = new KafkaJs({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    logLevel: logLevel.WARN,
    logCreator: intoOurLog(logger),
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  })
  const context = { client, logger, signal, settings }
  return {
    producer: () => createProducer(context),
    createTopics: (topics) => createTopics(context, topics),
    deleteTopics: (names) => deleteTopics(context, names),
    topicNames: () => topicNames(context),
    lag: (groupId) => lagOf(context, groupId),
    groups: (names) => lagOfGroups(context, names),
    consume: (options) => startConsumer(context, options),
    reader: () => createReader(context),
  }
}
