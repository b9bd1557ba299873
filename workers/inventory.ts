import { z } from 'zod'
import { createInventoryActivities } from '#activities/inventory.ts'
import { services } from '#contracts/services.ts'
import { taskQueues } from '#contracts/temporal.ts'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { serveRpc } from '#platform/grpc/rpc.ts'
import { connectKafka, inboxKeepFor, topicSettings } from '#platform/kafka/kafka.ts'
import { startCleaning } from '#platform/postgres/cleaning.ts'
import { readConfig, zPort, zUrl } from '#platform/process/config.ts'
import { adopting, type ProcessContext, runProcess } from '#platform/process/lifecycle.ts'
import { createReadiness } from '#platform/process/readiness.ts'
import { oneShard } from '#platform/shards/shards.ts'
import { createOrderEventsConsumer } from '#services/inventory/consumers.ts'
import { inventoryClient } from '#services/inventory/database.ts'
import { inventoryRoutes } from '#services/inventory/rpc.ts'
import { createInventoryStore } from '#services/inventory/store.ts'
import { startActivityWorker } from './activities.ts'
import { openDatabaseOf } from './database.ts'
import { startRelays } from './relays.ts'
import { serviceVariables } from './variables.ts'

export const InventoryConfig = z.object({
  INVENTORY_DATABASE_URL: zUrl,
  INVENTORY_RPC_PORT: zPort.default(services.inventory.rpcPort),
  ...serviceVariables,
})
export type InventoryConfig = z.infer<typeof InventoryConfig>

/** The inventory process: products by gRPC, stock for the workflows, events to Kafka, and the ends of orders from it. */
export async function startInventory({ logger, signal }: ProcessContext, config: InventoryConfig) {
  // Stops in reverse what was started; a start that fails on the way, too.
  await using started = new AsyncDisposableStack()
  const stoppable = adopting(started)

  const readiness = createReadiness('database', 'kafka', 'temporal')
  const database = stoppable(
    await openDatabaseOf({
      service: 'inventory',
      url: config.INVENTORY_DATABASE_URL,
      max: config.DATABASE_POOL,
      client: inventoryClient,
      logger,
      signal,
    }),
  )
  readiness.ask('database', () => database.query('select 1'))
  const store = createInventoryStore({ database, clock: () => new Date() })
  const rpc = stoppable(
    await serveRpc({
      port: config.INVENTORY_RPC_PORT,
      host: config.RPC_HOST,
      routes: inventoryRoutes(store),
      probes: readiness.probes,
      shards: oneShard(database, 'inventory'),
      logger,
    }),
  )

  const settings = topicSettings(config)
  const kafka = connectKafka({
    brokers: config.KAFKA_BROKERS,
    clientId: 'inventory',
    logger,
    signal,
    settings,
  })
  await kafka.createTopics(
    [topics.inventoryEvents, topics.orderEvents].map((topic) => ({ topic, partitions: partitionsPerTopic })),
  )
  const producer = stoppable(await kafka.producer())
  stoppable(startRelays({ shards: oneShard(database), producer, logger }))
  const keepFor = inboxKeepFor(settings, [topics.orderEvents])
  stoppable(startCleaning({ database, table: 'inbox', keepFor, logger }))
  const onMessage = createOrderEventsConsumer({ store, logger })
  const consumer = await kafka.consume({ groupId: 'inventory', topics: [topics.orderEvents], onMessage })
  readiness.ask('kafka', stoppable(consumer).prove)

  const worker = await startActivityWorker({
    config,
    taskQueue: taskQueues.inventory,
    activities: createInventoryActivities({ store, logger }),
    logger,
    signal,
  })
  readiness.ask('temporal', stoppable(worker).prove)

  const running = started.move()
  return { port: rpc.port, stop: () => running.disposeAsync() }
}

if (import.meta.main) {
  await runProcess('inventory', (context) => startInventory(context, readConfig(InventoryConfig)))
}
