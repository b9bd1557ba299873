import { z } from 'zod'
import { createPaymentActivities } from '#activities/payment.ts'
import { services } from '#contracts/services.ts'
import { taskQueues } from '#contracts/temporal.ts'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { serveRpc } from '#platform/grpc/rpc.ts'
import { connectKafka, topicSettings } from '#platform/kafka/kafka.ts'
import { readConfig, zPort, zUrl } from '#platform/process/config.ts'
import { adopting, type ProcessContext, runProcess } from '#platform/process/lifecycle.ts'
import { createReadiness } from '#platform/process/readiness.ts'
import { oneShard } from '#platform/shards/shards.ts'
import { paymentClient } from '#services/payment/database.ts'
import { paymentRoutes } from '#services/payment/rpc.ts'
import { createPaymentStore } from '#services/payment/store.ts'
import { startActivityWorker } from './activities.ts'
import { openDatabaseOf } from './database.ts'
import { startRelays } from './relays.ts'
import { serviceVariables } from './variables.ts'

export const PaymentConfig = z.object({
  PAYMENT_DATABASE_URL: zUrl,
  PAYMENT_RPC_PORT: zPort.default(services.payment.rpcPort),
  ...serviceVariables,
})
export type PaymentConfig = z.infer<typeof PaymentConfig>

/** The payment process: accounts by gRPC, charges and refunds for the workflows, events to Kafka. */
export async function startPayment({ logger, signal }: ProcessContext, config: PaymentConfig) {
  // Stops in reverse what was started; a start that fails on the way, too.
  await using started = new AsyncDisposableStack()
  const stoppable = adopting(started)

  const readiness = createReadiness('database', 'temporal')
  const database = stoppable(
    await openDatabaseOf({
      service: 'payment',
      url: config.PAYMENT_DATABASE_URL,
      max: config.DATABASE_POOL,
      client: paymentClient,
      logger,
      signal,
    }),
  )
  readiness.ask('database', () => database.query('select 1'))
  const store = createPaymentStore({ database, clock: () => new Date() })
  const rpc = stoppable(
    await serveRpc({
      port: config.PAYMENT_RPC_PORT,
      host: config.RPC_HOST,
      routes: paymentRoutes(store),
      probes: readiness.probes,
      shards: oneShard(database, 'payment'),
      logger,
    }),
  )

  const kafka = connectKafka({
    brokers: config.KAFKA_BROKERS,
    clientId: 'payment',
    logger,
    signal,
    settings: topicSettings(config),
  })
  await kafka.createTopics([{ topic: topics.paymentEvents, partitions: partitionsPerTopic }])
  const producer = stoppable(await kafka.producer())
  stoppable(startRelays({ shards: oneShard(database), producer, logger }))

  const worker = await startActivityWorker({
    config,
    taskQueue: taskQueues.payment,
    activities: createPaymentActivities({ store, logger }),
    logger,
    signal,
  })
  readiness.ask('temporal', stoppable(worker).prove)

  const running = started.move()
  return { port: rpc.port, stop: () => running.disposeAsync() }
}

if (import.meta.main) {
  await runProcess('payment', (context) => startPayment(context, readConfig(PaymentConfig)))
}
