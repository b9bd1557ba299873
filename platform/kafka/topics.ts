import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { waitUntilUp } from '../process/lifecycle.ts'
import { entriesFor, keepAsSet } from './configuring.ts'
import type { KafkaContext } from './context.ts'
import { lagsOf } from './groups.ts'

export type TopicSpec = { topic: string; partitions: number }

export function createTopics(context: KafkaContext, topics: readonly TopicSpec[]): Promise<void> {
  const { settings, signal } = context
  return withAdmin(context, async (admin) => {
    const there = new Set(await admin.listTopics())
    const [present, missing] = [true, false].map((is) =>
      topics.filter(({ topic }) => there.has(topic) === is),
    )
    if (missing?.length) {
      const specs = missing.map(({ topic, partitions }) => ({
        topic,
        numPartitions: partitions,
        ...(settings && { replicationFactor: settings.replication }),
        configEntries: entriesFor(topic, settings),
      }))
      await admin.createTopics({ topics: specs, waitForLeaders: false })
    }
    // Another process may be creating the same topics just now, so all are looked at, whoever made them.
    while (!(await haveLeaders(admin, topics))) await sleep(50, undefined, { signal })
    await keepAsSet(admin, context, present?.map(({ topic }) => topic) ?? [])
  })
}

async function haveLeaders(admin: Admin, topics: readonly TopicSpec[]): Promise<boolean> {
  const names = topics.map(({ topic }) => topic)
  const metadata = await admin.fetchTopicMetadata({ topics: names }).catch(() => ({ topics: [] }))
  const led = metadata.topics.filter(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
  return led.length === topics.length
}

export function deleteTopics(context: KafkaContext, names: readonly string[]): Promise<void> {
  return withAdmin(context, async (admin) => {
    const there = new Set(await admin.listTopics())
    await admin.deleteTopics({ topics: names.filter((name) => there.has(name)) })
  })
}

export function topicNames(context: KafkaContext): Promise<string[]> {
  return withAdmin(context, (admin) => admin.listTopics())
}

export function lagOf(context: KafkaContext, groupId: string): Promise<Record<string, number>> {
  return withAdmin(context, (admin) => lagsOf(admin, groupId, (topic) => admin.fetchTopicOffsets(topic)))
}

async function withAdmin<T>(
  { client, logger, signal }: KafkaContext,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = client.admin()
  await waitUntilUp('Kafka', () => admin.connect(), { logger, signal })
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}
