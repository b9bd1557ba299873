import type { Admin } from 'kafkajs'
import type { KafkaContext } from './context.ts'

/** `topics`: how many messages of each it has still to read. Without members nobody reads them. */
export type GroupLag = { groupId: string; members: number; topics: Record<string, number> }

/** Every consumer group that there is, or those asked for. Throws when the brokers cannot be reached: it waits for none. */
export async function lagOfGroups({ client }: KafkaContext, groups?: readonly string[]): Promise<GroupLag[]> {
  const admin = client.admin({ retry: { retries: 1, initialRetryTime: 100 } })
  await admin.connect()
  try {
    const groupIds = groups ?? (await groupsIn(admin))
    if (groupIds.length === 0) return []
    const endsOf = remembering((topic) => admin.fetchTopicOffsets(topic))
    const described = await admin.describeGroups([...groupIds])
    const found = described.groups.map(async ({ groupId, members }) => ({
      groupId,
      members: members.length,
      topics: await lagsOf(admin, groupId, endsOf),
    }))
    return (await Promise.all(found)).toSorted((one, other) => (one.groupId < other.groupId ? -1 : 1))
  } finally {
    await admin.disconnect()
  }
}

type EndsOf = (topic: string) => ReturnType<Admin['fetchTopicOffsets']>

/** A partition that the group never committed stands at -1: all of it is still to be read. */
export async function lagsOf(admin: Admin, groupId: string, endsOf: EndsOf): Promise<Record<string, number>> {
  const committed = await admin.fetchOffsets({ groupId })
  const lags = committed.map(async ({ topic, partitions }) => {
    const read = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    const ends = await endsOf(topic)
    const behind = ends.map(
      ({ partition, high, low }) => Number(high) - Math.max(read.get(partition) ?? -1, Number(low)),
    )
    return [topic, behind.reduce((sum, lag) => sum + lag, 0)] as const
  })
  return Object.fromEntries(await Promise.all(lags))
}

async function groupsIn(admin: Admin): Promise<string[]> {
  const { groups } = await admin.listGroups()
  return groups.filter(({ protocolType }) => protocolType === 'consumer').map(({ groupId }) => groupId)
}

/** Several groups read one topic. */
function remembering<T>(ask: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>()
  return (name) => {
    const known = asked.get(name) ?? ask(name)
    asked.set(name, known)
    return known
  }
}
