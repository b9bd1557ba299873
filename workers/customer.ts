import { join } from 'node:path'
import type { ConnectRouter } from '@connectrpc/connect'
import { z } from 'zod'
import { idForm, idInWords } from '#contracts/ids.ts'
import { services } from '#contracts/services.ts'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { serveRpc } from '#platform/grpc/rpc.ts'
import { connectKafka, kafkaVariables, topicSettings } from '#platform/kafka/kafka.ts'
import { poolVariables } from '#platform/postgres/pool.ts'
import { readConfig, zDuration, zPort, zUrl } from '#platform/process/config.ts'
import { adopting, type ProcessContext, runProcess, waitUntilUp } from '#platform/process/lifecycle.ts'
import { createReadiness } from '#platform/process/readiness.ts'
import { droppingByKey } from '#platform/redis/cache.ts'
import { connectRedis } from '#platform/redis/redis.ts'
import { cachedCustomers, createCustomerCache } from '#services/customer/cached-store.ts'
import { createPasswords } from '#services/customer/data/passwords.ts'
import { createUserStore, type UserStore } from '#services/customer/data/users.ts'
import { customerClient } from '#services/customer/database.ts'
import { isPassword, passwordInWords } from '#services/customer/domain/user-rules.ts'
import { customerRoutes } from '#services/customer/rpc.ts'
import { createCustomerStore } from '#services/customer/store.ts'
import { userRoutes } from '#services/customer/user-rpc.ts'
import { startRelays } from './relays.ts'
import { openShardsOf } from './shards.ts'
import { rpcVariables } from './variables.ts'

export const CustomerConfig = z
  .object({
    /** With discovery only its user and password count, which are those of every shard. */
    CUSTOMER_DATABASE_URL: zUrl,
    DISCOVERY_RPC_URL: zUrl.optional(),
    ...rpcVariables,
    CUSTOMER_RPC_PORT: zPort.default(services.customer.rpcPort),
    ...poolVariables,
    ...kafkaVariables,
    REDIS_URL: zUrl.default('redis://127.0.0.1:6380'),
    CACHE_LIFETIME: zDuration.default(5 * 60_000),
    /** Who is staff from the start: a user of this name, whose id it is as well; one that is there stays as it is. */
    STAFF_USER: z.string().regex(idForm, idInWords).optional(),
    STAFF_PASSWORD: z.string().refine(isPassword, passwordInWords).optional(),
  })
  .refine((config) => (config.STAFF_USER === undefined) === (config.STAFF_PASSWORD === undefined), {
    path: ['STAFF_PASSWORD'],
    error: 'both STAFF_USER and STAFF_PASSWORD, or neither',
  })
export type CustomerConfig = z.infer<typeof CustomerConfig>

const schemaFolder = join(import.meta.dirname, '../prisma/customer')
const clock = () => new Date()

/** The customer process: who the customers are, and who may sign in, by gRPC; what changed, to Kafka. */
export async function startCustomer({ logger, signal }: ProcessContext, config: CustomerConfig) {
  // Stops in reverse what was started; a start that fails on the way, too.
  await using started = new AsyncDisposableStack()
  const stoppable = adopting(started)

  const readiness = createReadiness('database', 'kafka')
  const shards = stoppable(
    await openShardsOf({
      discoveryUrl: config.DISCOVERY_RPC_URL,
      service: 'customer',
      client: customerClient,
      max: config.DATABASE_POOL,
      url: config.CUSTOMER_DATABASE_URL,
      schemaFolder,
      logger,
      signal,
    }),
  )
  // With one shard of several it can answer for its customers.
  readiness.ask('database', () => Promise.any(shards.all().map(({ database }) => database.query('select 1'))))
  const redis = stoppable(connectRedis(config.REDIS_URL, logger))
  const cache = createCustomerCache({ redis, lifetime: config.CACHE_LIFETIME, logger })
  const store = cachedCustomers(createCustomerStore({ shards, clock }), cache)
  const users = createUserStore({ shards, clock, passwords: createPasswords() })
  stoppable(addingStaff(users, config, { logger, signal }))
  const routes = (router: ConnectRouter) => {
    customerRoutes(store)(router)
    userRoutes(users)(router)
  }
  const rpc = stoppable(
    await serveRpc({
      port: config.CUSTOMER_RPC_PORT,
      host: config.RPC_HOST,
      routes,
      probes: readiness.probes,
      shards,
      logger,
    }),
  )

  const kafka = connectKafka({
    brokers: config.KAFKA_BROKERS,
    clientId: 'customer',
    logger,
    signal,
    settings: topicSettings(config),
  })
  await kafka.createTopics([{ topic: topics.customerEvents, partitions: partitionsPerTopic }])
  const producer = stoppable(await kafka.producer())
  stoppable(startRelays({ shards, producer, logger }))
  const cacheGroup = { groupId: 'customer.cache', topics: [topics.customerEvents], ...droppingByKey(cache) }
  readiness.ask('kafka', stoppable(await kafka.consume(cacheGroup)).prove)

  const running = started.move()
  return { port: rpc.port, stop: () => running.disposeAsync() }
}

/** Once: from then on the password is what somebody made it. As soon as the shard of the name can be asked. */
function addingStaff(
  users: UserStore,
  { STAFF_USER: userName, STAFF_PASSWORD: password }: CustomerConfig,
  { logger, signal }: ProcessContext,
) {
  const stopping = new AbortController()
  const until = { logger, signal: AbortSignal.any([signal, stopping.signal]) }
  const add = async () => {
    if (userName && password) await users.add([{ userName, password, role: 'staff', id: userName }])
  }
  const added = waitUntilUp('the shard of the staff user', add, until).catch(() => {})
  return {
    stop: async () => {
      stopping.abort()
      await added
    },
  }
}

if (import.meta.main) {
  await runProcess('customer', (context) => startCustomer(context, readConfig(CustomerConfig)))
}
