import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Cluster } from 'kafkajs'
import {
  type Bounds,
  boundsOf,
  committedBy,
  connectCluster,
  type Fetched,
  fetchFrom,
  type Place,
} from './cluster.ts'
import type { IncomingMessage } from './consume-options.ts'
import type { KafkaContext } from './context.ts'

/**
 * Reads what topics hold, joining no group and leaving no trace. What fails on an old connection is tried on a new
 * one; what passes by itself is tried for 3 s; then it is thrown.
 */
export type TopicReader = {
  /** Every partition's; none for a topic that is not there. `since`: `low` is the first message from that time on. */
  bounds(topics: readonly string[], since?: Date): Promise<Bounds[]>
  /**
   * From each place on what fits into `bytes` (default 1 MB), one message at least when there is one; waits up to `wait` ms
   * (default 0) for the first to come.
   */
  fetch(places: readonly Place[], options?: FetchOptions): Promise<Fetched[]>
  /** Where a group goes on in each partition of the topics; -1 where it has never been. */
  committed(groupId: string, topics: readonly string[]): Promise<Place[]>
  stop(): Promise<void>
}

export type FetchOptions = { wait?: number; bytes?: number }

const MEGABYTE = 1_048_576
const PAUSES = [50, 100, 200, 400, 800, 1_600]

/** Connects when first asked. */
export function createReader({ client }: Pick<KafkaContext, 'client'>): TopicReader {
  let current: Promise<Cluster> | undefined

  const discard = (failed: Promise<Cluster>) => {
    if (current === failed) current = undefined
    failed.then((cluster) => cluster.disconnect()).catch(() => {})
  }

  async function attempt<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    current ??= connectCluster(client)
    const used = current
    try {
      return await work(await used)
    } catch (error) {
      discard(used)
      throw error
    }
  }

  /**
   * A connection of before may be stale, and so may be what it knew of topics and leaders: once more on a new one.
   * A broker may lead a partition for some moments before it knows: until it does.
   */
  async function patiently<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    let before = current
    for (const pause of PAUSES) {
      try {
        return await attempt(work)
      } catch (error) {
        if (!before && !isPassing(error)) throw error
        before = undefined
        await sleep(pause)
      }
    }
    return attempt(work)
  }

  return {
    bounds: (topics, since) => patiently((cluster) => boundsOf(cluster, topics, since)),
    fetch: (places, { wait = 0, bytes = MEGABYTE } = {}) =>
      patiently((cluster) => fetchFrom(cluster, places, { wait, bytes })),
    committed: (groupId, topics) => patiently((cluster) => committedBy(cluster, groupId, topics)),
    stop: async () => {
      const last = current
      current = undefined
      await (await last?.catch(() => undefined))?.disconnect()
    },
  }
}

const isPassing = (error: unknown) => error instanceof kafkajs.KafkaJSProtocolError && error.retriable

/** The messages from `low` to just before `high`, piece by piece. */
export async function* messagesWithin(
  reader: Pick<TopicReader, 'fetch'>,
  { topic, partition, low, high }: Bounds,
): AsyncGenerator<IncomingMessage[]> {
  for (let offset = low; offset < high; ) {
    const [fetched] = await reader.fetch([{ topic, partition, offset }], { wait: 1_000 })
    if (!fetched || fetched.next === offset) throw new Error(`${topic}/${partition} ends at ${offset}`)
    yield fetched.messages.filter((message) => BigInt(message.offset) < high)
    offset = fetched.next
  }
}
