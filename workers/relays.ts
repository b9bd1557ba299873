import type { Producer } from '#platform/kafka/kafka.ts'
import { asOutgoing, type OutboxMessage } from '#platform/messaging/outbox.ts'
import { startRelay } from '#platform/messaging/relay.ts'
import { stopAll } from '#platform/process/lifecycle.ts'
import type { Logger } from '#platform/process/logger.ts'
import type { Shards } from '#platform/shards/shards.ts'

/** From the outbox of each of a service's databases to Kafka. */
export function startRelays({
  shards,
  producer,
  logger,
}: {
  shards: Pick<Shards, 'all'>
  producer: Producer
  logger: Logger
}) {
  const publish = (messages: OutboxMessage[]) => producer.send(messages.map(asOutgoing))
  const relays = shards
    .all()
    .map(({ name, database }) => startRelay({ database, publish, logger: logger.child({ shard: name }) }))
  return { stop: () => stopAll(...relays) }
}
