// All that is reached for inside kafkajs 2.2.4, and all that is changed in it: whoever takes another version looks here first.
import { createRequire } from 'node:module'
import type { Cluster, Kafka, KafkaMessage } from 'kafkajs'

/** From here, so that nobody has it without the patches. */
export { Kafka } from 'kafkajs'

const internals = createRequire(import.meta.url)

type RequestQueue = { pending: unknown[]; throttledUntil: number; scheduleCheckPendingRequests(): void }
const queue = internals('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
const arm = queue.prototype.scheduleCheckPendingRequests

/**
 * A connection that is neither throttled nor overloaded re-arms a timer of minus now (so: 1 ms) for ever. It burns CPU, and
 * Node 24 answers with a TimeoutNegativeWarning. Now it is armed only when there is a reason.
 * May go when `scheduleCheckPendingRequests` does not call `setTimeout` with a negative time.
 */
queue.prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) arm.call(this)
}

type CreateCluster = (options: object) => Cluster

/**
 * kafkajs reads only as a member of a group; the cluster under its consumers is in the client, behind a symbol.
 * May go when a consumer can read given partitions from given offsets without a group.
 */
export function createCluster(client: Kafka, options: object): Cluster {
  const symbol = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  if (!symbol) throw new Error('this version of kafkajs hides its cluster elsewhere')
  const create = (client as unknown as Record<symbol, CreateCluster>)[symbol] as CreateCluster
  return create(options)
}

export type PartitionData = { partition: number }
type Batch = { messages: KafkaMessage[]; rawMessages: unknown[]; lastOffset(): string }

/**
 * What a broker answered for a partition, without what lies before the offset, what was rolled back and what is no message.
 * May go with `createCluster`.
 */
export const FetchedBatch = internals('kafkajs/src/consumer/batch') as new (
  topic: string,
  offset: string,
  data: PartitionData,
) => Batch
