import type { Cluster, Kafka } from 'kafkajs'
import { incoming } from './batch.ts'
import type { IncomingMessage } from './consume-options.ts'
import { createCluster, FetchedBatch, type PartitionData } from './kafkajs-patches.ts'

export type Partition = { topic: string; partition: number }
export type Place = Partition & { offset: bigint }
/** What a partition holds: from `low` to just before `high`. */
export type Bounds = Partition & { low: bigint; high: bigint }
/** What was found from a place on; `next` is where to go on, and the place itself when nothing was. */
export type Fetched = Partition & { messages: IncomingMessage[]; next: bigint }

const READ_COMMITTED = 1

export async function connectCluster(client: Kafka): Promise<Cluster> {
  const cluster = createCluster(client, {
    allowAutoTopicCreation: false,
    metadataMaxAge: 300_000,
    isolationLevel: READ_COMMITTED,
  })
  try {
    await cluster.connect()
    // No topic is targeted, so this is about all topics: one that is deleted later is no error.
    await cluster.refreshMetadata()
    return cluster
  } catch (error) {
    await cluster.disconnect().catch(() => {})
    throw error
  }
}

export async function boundsOf(cluster: Cluster, topics: readonly string[], since?: Date): Promise<Bounds[]> {
  const partitionsOf = (topic: string) =>
    cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }))
  if (topics.some((topic) => partitionsOf(topic).length === 0)) await cluster.refreshMetadata()
  const there = topics
    .map((topic) => ({ topic, partitions: partitionsOf(topic) }))
    .filter(({ partitions }) => partitions.length > 0)
  if (there.length === 0) return []
  const from = since ? { fromTimestamp: since.getTime() } : { fromBeginning: true }
  const [lows, highs] = await Promise.all([
    cluster.fetchTopicsOffset(there.map((one) => ({ ...one, ...from }))),
    cluster.fetchTopicsOffset(there.map((one) => ({ ...one, fromBeginning: false }))),
  ])
  const lowOf = new Map(
    lows.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}/${partition}`, BigInt(offset)] as const),
    ),
  )
  return highs.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => {
      const [low = -1n, high] = [lowOf.get(`${topic}/${partition}`), BigInt(offset)]
      // -1: nothing has come since that time.
      return { topic, partition, low: low < 0n ? high : low, high }
    }),
  )
}

/** Where a group goes on in each partition of the topics; -1 where it has never been. */
export async function committedBy(
  cluster: Cluster,
  groupId: string,
  topics: readonly string[],
): Promise<Place[]> {
  const asked = topics.map((topic) => ({
    topic,
    partitions: cluster
      .findTopicPartitionMetadata(topic)
      .map(({ partitionId }) => ({ partition: partitionId, offset: '-1' })),
  }))
  const coordinator = await cluster.findGroupCoordinator({ groupId })
  const { responses } = await coordinator.offsetFetch({ groupId, topics: asked })
  return responses.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
  )
}

export async function fetchFrom(
  cluster: Cluster,
  places: readonly Place[],
  { wait, bytes }: { wait: number; bytes: number },
): Promise<Fetched[]> {
  await cluster.refreshMetadataIfNecessary()
  const byLeader = Map.groupBy(places, (place) => leaderOf(cluster, place))
  const found = [...byLeader].map(async ([nodeId, ofLeader]) => {
    const broker = await cluster.findBroker({ nodeId })
    const { responses } = (await broker.fetch({
      maxWaitTime: wait,
      minBytes: 1,
      isolationLevel: READ_COMMITTED,
      topics: [...Map.groupBy(ofLeader, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
        topic,
        partitions: ofTopic.map(({ partition, offset }) => ({
          partition,
          fetchOffset: String(offset),
          maxBytes: bytes,
        })),
      })),
    })) as FetchResponse
    return responses.flatMap(({ topicName, partitions }) =>
      partitions.flatMap((data) => {
        const asked = ofLeader.find((one) => one.topic === topicName && one.partition === data.partition)
        return asked ? [fetched(asked, data)] : []
      }),
    )
  })
  return (await Promise.all(found)).flat()
}

function leaderOf(cluster: Cluster, { topic, partition }: Partition): string {
  const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (leader === undefined) throw new Error(`there is no partition ${topic}/${partition}`)
  return leader
}

type FetchResponse = { responses: { topicName: string; partitions: PartitionData[] }[] }

function fetched({ topic, partition, offset }: Place, data: PartitionData): Fetched {
  const batch = new FetchedBatch(topic, String(offset), data)
  const messages = batch.messages.map((message) => incoming(topic, partition, message))
  const next = batch.rawMessages.length === 0 ? offset : BigInt(batch.lastOffset()) + 1n
  return { topic, partition, messages, next }
}
