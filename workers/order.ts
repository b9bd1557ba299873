import { join } from 'node:path'
import { type ConnectRouter, createClient } from '@connectrpc/connect'
import { z } from 'zod'
import { createDeadLetterActivities } from '#activities/dead-letter.ts'
import { createLogisticsActivities } from '#activities/logistics.ts'
import { createOrderActivities } from '#activities/order.ts'
import { createCustomerDirectory } from '#clients/customer.ts'
import { createOrderWorkflows } from '#clients/temporal/orders.ts'
import type { OrderPolicy } from '#contracts/order-record.ts'
import { localRpcUrl, services } from '#contracts/services.ts'
import { searchAttributes, taskQueues } from '#contracts/temporal.ts'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { CustomerService } from '#generated/proto/customer/v1/customer_pb.ts'
import { LogisticsService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { connectKafka, topicSettings } from '#platform/kafka/kafka.ts'
import { slotsFor } from '#platform/postgres/pool.ts'
import { readConfig, zDuration, zPort, zUrl } from '#platform/process/config.ts'
import { adopting, type ProcessContext, runProcess } from '#platform/process/lifecycle.ts'
import { createReadiness } from '#platform/process/readiness.ts'
import { droppingByKey } from '#platform/redis/cache.ts'
import { connectRedis } from '#platform/redis/redis.ts'
import { connectTemporal, ensureSearchAttributes, startWorker } from '#platform/temporal/temporal.ts'
import { createCodec } from '#services/dead-letter/codec.ts'
import { createDeadLetterReader } from '#services/dead-letter/reader.ts'
import { createRedrive } from '#services/dead-letter/redrive.ts'
import { deadLetterRoutes } from '#services/dead-letter/rpc.ts'
import { cachedOrders, createOrderCache } from '#services/order/cached-store.ts'
import { startOrderConsumers } from '#services/order/consumers.ts'
import { createIdempotencyKeys } from '#services/order/data/idempotency-keys.ts'
import { orderClient } from '#services/order/database.ts'
import { orderRoutes } from '#services/order/rpc.ts'
import { createOrderStore } from '#services/order/store.ts'
import { startRelays } from './relays.ts'
import { openShardsOf } from './shards.ts'
import { serviceVariables } from './variables.ts'

const root = join(import.meta.dirname, '..')
const minute = 60_000
const hour = 60 * minute

export const OrderConfig = z.object({
  /** With discovery only its user and password count, which are those of every shard. */
  ORDER_DATABASE_URL: zUrl,
  DISCOVERY_RPC_URL: zUrl.optional(),
  ORDER_RPC_PORT: zPort.default(services.order.rpcPort),
  CUSTOMER_RPC_URL: zUrl.default(localRpcUrl('customer')),
  LOGISTICS_RPC_URL: zUrl.default(localRpcUrl('logistics')),
  REDIS_URL: zUrl.default('redis://127.0.0.1:6380'),
  CACHE_LIFETIME: zDuration.default(5 * minute),
  ...serviceVariables,
  WORKFLOW_BUNDLE: z.string().default(join(root, 'generated/workflow-bundle.js')),
  /** How many running workflows stay in memory, some 1 MB each. */
  WORKFLOW_CACHE: z.coerce.number({ error: 'a number of workflows' }).int().min(10).default(500),
  ORDER_DECISION_TIMEOUT: zDuration.default(30 * minute),
  ORDER_PARCEL_DEADLINE: zDuration.default(72 * hour),
  ORDER_STEP_PATIENCE: zDuration.default(24 * hour),
  /** How long a message from Kafka that fails is tried before it is a dead letter. */
  ORDER_MESSAGE_PATIENCE: zDuration.default(24 * hour),
  RETURN_ARRIVAL_TIMEOUT: zDuration.default(30 * 24 * hour),
})
export type OrderConfig = z.infer<typeof OrderConfig>

const policyOf = (config: OrderConfig): OrderPolicy => ({
  decisionTimeout: config.ORDER_DECISION_TIMEOUT,
  parcelDeadline: config.ORDER_PARCEL_DEADLINE,
  stepPatience: config.ORDER_STEP_PATIENCE,
})

/** The order process: runs the workflows with their database steps, takes orders and shipment events from Kafka. */
export async function startOrder({ logger, signal }: ProcessContext, config: OrderConfig) {
  // Stops in reverse what was started; a start that fails on the way, too.
  await using started = new AsyncDisposableStack()
  const stoppable = adopting(started)

  const readiness = createReadiness('database', 'kafka', 'temporal')
  const shards = stoppable(
    await openShardsOf({
      discoveryUrl: config.DISCOVERY_RPC_URL,
      service: 'order',
      max: config.DATABASE_POOL,
      url: config.ORDER_DATABASE_URL,
      client: orderClient,
      schemaFolder: join(root, 'prisma/order'),
      logger,
      signal,
    }),
  )
  // With one shard of several it can take orders.
  readiness.ask('database', () => Promise.any(shards.all().map(({ database }) => database.query('select 1'))))
  const redis = stoppable(connectRedis(config.REDIS_URL, logger))
  const cache = createOrderCache({ redis, lifetime: config.CACHE_LIFETIME, logger })
  const store = cachedOrders(createOrderStore({ shards }), cache)
  const settings = topicSettings(config)
  const kafka = connectKafka({ brokers: config.KAFKA_BROKERS, clientId: 'order', logger, signal, settings })
  const codec = createCodec()
  const deadLetters = createDeadLetterReader({
    reader: stoppable(kafka.reader()),
    topics: Object.values(topics),
  })
  const routes = (router: ConnectRouter) => {
    orderRoutes(store, createIdempotencyKeys({ shards }))(router)
    deadLetterRoutes({ deadLetters, codec })(router)
  }
  const rpc = stoppable(
    await serveRpc({
      port: config.ORDER_RPC_PORT,
      host: config.RPC_HOST,
      routes,
      probes: readiness.probes,
      shards,
      logger,
    }),
  )

  const used = [topics.preOrders, topics.newOrders, topics.ordersEvents, topics.orderEvents]
  await kafka.createTopics(used.map((topic) => ({ topic, partitions: partitionsPerTopic })))
  const producer = stoppable(await kafka.producer())
  stoppable(startRelays({ shards, producer, logger }))
  const cacheGroup = { groupId: 'order.cache', topics: [topics.orderEvents], ...droppingByKey(cache) }
  stoppable(await kafka.consume(cacheGroup))

  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = config
  const { client, native } = stoppable(await connectTemporal({ address, namespace, logger, signal }))
  await ensureSearchAttributes(client, namespace, searchAttributes, { logger, signal })
  const activities = {
    ...createOrderActivities({
      store,
      customers: createCustomerDirectory({
        client: createClient(CustomerService, rpcTransport(config.CUSTOMER_RPC_URL)),
      }),
      policy: policyOf(config),
      returnPolicy: { arriveWithin: config.RETURN_ARRIVAL_TIMEOUT },
      clock: () => new Date(),
      logger,
    }),
    ...createLogisticsActivities({
      client: createClient(LogisticsService, rpcTransport(config.LOGISTICS_RPC_URL)),
      logger,
    }),
    ...createDeadLetterActivities({
      redriveLetter: createRedrive({ deadLetters, producer, codec, clock: () => new Date() }),
      logger,
    }),
  }
  const workflowBundle = { codePath: config.WORKFLOW_BUNDLE }
  const taskQueue = taskQueues.order
  const worker = stoppable(
    await startWorker({
      native,
      namespace,
      taskQueue,
      workflowBundle,
      activities,
      maxCachedWorkflows: config.WORKFLOW_CACHE,
      slots: slotsFor(config.DATABASE_POOL, { local: true }),
      logger,
    }),
  )
  readiness.ask('temporal', worker.prove)
  const workflows = createOrderWorkflows(client)
  const patience = config.ORDER_MESSAGE_PATIENCE
  const consumers = stoppable(await startOrderConsumers(kafka, { shards, workflows, patience, logger }))
  readiness.ask('kafka', consumers.prove)

  const running = started.move()
  return { port: rpc.port, stop: () => running.disposeAsync() }
}

if (import.meta.main) {
  await runProcess('order', (context) => startOrder(context, readConfig(OrderConfig)))
}
