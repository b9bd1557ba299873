import kafkajs, { type Admin, type IResourceConfigEntry } from 'kafkajs'
import { isDeadLetterTopic } from '../messaging/dead-letters.ts'
import { reasonOf } from '../process/logger.ts'
import type { KafkaContext } from './context.ts'
import { retentionIn, segmentTime, type TopicSettings } from './settings.ts'

const { ConfigResourceTypes } = kafkajs
// ConfigSource.TOPIC_CONFIG, which kafkajs names in its types alone.
const OF_THE_TOPIC = '1'

/** How a topic is to be kept. Without settings it is left to the broker, except that dead letters wait for people. */
export function entriesFor(topic: string, settings: TopicSettings | undefined): IResourceConfigEntry[] {
  const isForPeople = isDeadLetterTopic(topic)
  const retention = isForPeople ? -1 : settings && retentionIn(settings, topic)
  return [
    ...(isForPeople ? [entry('cleanup.policy', 'delete'), entry('retention.bytes', -1)] : []),
    ...(retention === undefined ? [] : [entry('retention.ms', retention)]),
    ...(settings && retention !== undefined && !isForPeople
      ? [entry('segment.ms', segmentTime(retention))]
      : []),
    ...(settings ? [entry('min.insync.replicas', settings.minInsync)] : []),
  ]
}

const entry = (name: string, value: string | number): IResourceConfigEntry => ({ name, value: String(value) })

/** Sets what topics that were there before have otherwise. Somebody who may not do so says it, and goes on. */
export async function keepAsSet(
  admin: Admin,
  context: KafkaContext,
  topics: readonly string[],
): Promise<void> {
  const { settings, logger } = context
  for (const topic of topics) {
    const wanted = entriesFor(topic, settings)
    if (wanted.length === 0) continue
    try {
      await keepTopicAsSet(admin, topic, wanted, context)
    } catch (error) {
      logger.warn({ topic }, `could not set how ${topic} is kept: ${reasonOf(error)}`)
    }
  }
}

async function keepTopicAsSet(
  admin: Admin,
  topic: string,
  wanted: IResourceConfigEntry[],
  { settings, logger }: KafkaContext,
): Promise<void> {
  const type = ConfigResourceTypes.TOPIC
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type, name: topic }],
  })
  const known = resources[0]?.configEntries ?? []
  const replicas = await replicasOf(admin, topic)
  if (settings && replicas < settings.replication)
    logger.warn(
      { topic },
      `${topic} has ${replicas} of ${settings.replication} replicas: reassign its partitions`,
    )
  const right = wanted.map(({ name, value }) =>
    entry(name, name === 'min.insync.replicas' ? Math.min(Number(value), replicas) : value),
  )
  const isSo = ({ name, value }: IResourceConfigEntry) =>
    known.some((one) => one.configName === name && one.configValue === value)
  if (right.every(isSo)) return
  // The request replaces all of the topic's own settings: those that others made stay.
  const others = known
    .filter(({ configSource }) => `${configSource}` === OF_THE_TOPIC)
    .filter(({ configName }) => right.every(({ name }) => name !== configName))
    .map(({ configName, configValue }) => entry(configName, configValue))
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type, name: topic, configEntries: [...others, ...right] }],
  })
  const changed = right.filter((one) => !isSo(one)).map(({ name, value }) => `${name}=${value}`)
  logger.info({ topic }, `${topic} is now kept with ${changed.join(', ')}`)
}

async function replicasOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return Math.min(...topics.flatMap(({ partitions }) => partitions.map(({ replicas }) => replicas.length)))
}
