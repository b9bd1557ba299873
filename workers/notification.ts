import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@connectrpc/connect'
import { z } from 'zod'
import { createWebhookActivities } from '#activities/webhook.ts'
import { askRevocations } from '#clients/revocations.ts'
import { createWebhookWorkflows } from '#clients/temporal/webhooks.ts'
import { localHttpUrl, localRpcUrl, services } from '#contracts/services.ts'
import { taskQueues } from '#contracts/temporal.ts'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { CustomerService, UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import { followRevocations, refusingRevoked } from '#platform/auth/revocations.ts'
import { createTokenVerifier } from '#platform/auth/tokens.ts'
import { rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { newId } from '#platform/ids.ts'
import {
  type ConsumeOptions,
  type Consumer,
  connectKafka,
  kafkaVariables,
  topicSettings,
} from '#platform/kafka/kafka.ts'
import { readConfig, zList, zPort, zUrl } from '#platform/process/config.ts'
import { type Adopt, adopting, type ProcessContext, runProcess } from '#platform/process/lifecycle.ts'
import { answerHealth, createReadiness, type Probe, watchReadiness } from '#platform/process/readiness.ts'
import { connectRedis, type Redis } from '#platform/redis/redis.ts'
import { connectTemporal, startWorker } from '#platform/temporal/temporal.ts'
import {
  createMailConsumer,
  createOverviewConsumer,
  createUpdateConsumer,
} from '#services/notification/consumers.ts'
import { serveUpdates } from '#services/notification/live/sockets.ts'
import { createOverviewStore } from '#services/notification/overview/store.ts'
import { createRecipients } from '#services/notification/recipients.ts'
import { notificationRoutes } from '#services/notification/rpc.ts'
import { createNotificationStore, type NotificationStore } from '#services/notification/store.ts'
import { allowedForm } from '#services/notification/webhooks/addresses.ts'
import { createWebhookConsumer } from '#services/notification/webhooks/consumers.ts'
import { createDeliveries } from '#services/notification/webhooks/deliveries.ts'
import { webhookRoutes } from '#services/notification/webhooks/rpc.ts'
import { createSend } from '#services/notification/webhooks/send.ts'
import { createWebhookStore } from '#services/notification/webhooks/store.ts'
import { bothOrNeither, externalIssuers, externalIssuerVariables, orElse } from './issuers.ts'
import { rpcVariables, temporalVariables } from './variables.ts'

const origins = 'origins with commas between them, such as https://partner.example or http://127.0.0.1:*'

export const NotificationConfig = z
  .object({
    NOTIFICATION_HOST: z.string().default('127.0.0.1'),
    NOTIFICATION_PORT: zPort.default(services.notification.httpPort),
    ...rpcVariables,
    NOTIFICATION_RPC_PORT: zPort.default(services.notification.rpcPort),
    REDIS_URL: zUrl.default('redis://127.0.0.1:6380'),
    ...kafkaVariables,
    CUSTOMER_RPC_URL: zUrl.default(localRpcUrl('customer')),
    ...temporalVariables,
    JWKS_URL: zUrl.default(`${localHttpUrl('gateway')}/.well-known/jwks.json`),
    TOKEN_ISSUER: z.string().default('order-saga'),
    TOKEN_AUDIENCE: z.string().default('order-saga'),
    ...externalIssuerVariables,
    WEBHOOK_ALLOW: zList.refine((all) => all.every((one) => allowedForm.test(one)), origins).default([]),
  })
  .refine(bothOrNeither, orElse)
export type NotificationConfig = z.infer<typeof NotificationConfig>

/** The notification process: live updates, mails, and webhooks, all made of events. Its memory is Redis. */
export async function startNotification(context: ProcessContext, config: NotificationConfig) {
  const { logger, signal } = context
  // Stops in reverse what was started; a start that fails on the way, too.
  await using started = new AsyncDisposableStack()
  const stoppable = adopting(started)
  const redis = stoppable(connectRedis(config.REDIS_URL, logger))
  const store = createNotificationStore(redis)
  const readiness = createReadiness('redis', 'kafka', 'temporal')
  readiness.ask('redis', () => redis.client.ping())
  const port = await serveScreens({ context, config, redis, store, readiness, stoppable })

  const kafka = connectKafka({
    brokers: config.KAFKA_BROKERS,
    clientId: 'notification',
    logger,
    signal,
    settings: topicSettings(config),
  })
  const consume: Consume = async (groupId, onMessage) => {
    return stoppable(await kafka.consume({ groupId, topics: read, onMessage, atOnce: 16 }))
  }
  await kafka.createTopics(read.map((topic) => ({ topic, partitions: partitionsPerTopic })))
  const updates = await consume('notification', createUpdateConsumer(store))
  readiness.ask('kafka', updates.prove)

  // Groups of their own: while customers or Temporal are away, the screens go on.
  const recipients = createRecipients(createClient(CustomerService, rpcTransport(config.CUSTOMER_RPC_URL)))
  await consume('mail', createMailConsumer({ store, recipients, clock, logger }))
  const overview = createOverviewStore(redis)
  await consume('overview', createOverviewConsumer(overview))
  const webhooks = await startWebhooks({ context, config, redis, stoppable })
  await consume('webhook', webhooks.onMessage)
  readiness.ask('temporal', webhooks.worker.prove)
  const rpc = stoppable(
    await serveRpc({
      port: config.NOTIFICATION_RPC_PORT,
      host: config.RPC_HOST,
      routes: (router) => webhooks.routes(notificationRoutes({ store, overview, clock })(router)),
      probes: readiness.probes,
      logger,
    }),
  )
  const running = started.move()
  return { port, rpcPort: rpc.port, stop: () => running.disposeAsync() }
}

const read = [topics.orderEvents, topics.paymentEvents]
const clock = () => new Date()

type Consume = (groupId: string, onMessage: ConsumeOptions['onMessage']) => Promise<Consumer>
type Part = { context: ProcessContext; config: NotificationConfig; redis: Redis; stoppable: Adopt }

/** Health and live updates, before anything is read. */
async function serveScreens(part: Part & { store: NotificationStore; readiness: { probes(): Probe[] } }) {
  const { context, config, redis, store, readiness, stoppable } = part
  const server = createServer(answerHealth(watchReadiness(readiness.probes)))
  const { logger } = context
  const users = createClient(UserService, rpcTransport(config.CUSTOMER_RPC_URL))
  const revocations = stoppable(
    followRevocations({ issuer: config.TOKEN_ISSUER, ask: askRevocations(users), logger }),
  )
  const { verify } = refusingRevoked(verifierFor(config), revocations)
  const { isRevoked } = revocations
  stoppable(serveUpdates({ server, store, redis, verify, isRevoked, clock, logger }))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.NOTIFICATION_PORT, config.NOTIFICATION_HOST, resolve)
  })
  return (server.address() as AddressInfo).port
}

/** Asked for by gRPC, started by events, attempted for the workflows. */
async function startWebhooks({ context, config, redis, stoppable }: Part) {
  const { logger, signal } = context
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, WEBHOOK_ALLOW: allowed } = config
  const { client, native } = stoppable(await connectTemporal({ address, namespace, logger, signal }))
  const store = createWebhookStore(redis)
  const workflows = createWebhookWorkflows(client)
  const deliveries = createDeliveries({ store, send: createSend(), allowed, clock, random: Math.random })
  const activities = createWebhookActivities({ deliveries, logger })
  const worker = stoppable(
    await startWorker({ native, namespace, taskQueue: taskQueues.notification, activities, logger }),
  )
  return {
    worker,
    onMessage: createWebhookConsumer({ store, workflows, clock }),
    routes: webhookRoutes({ store, workflows, allowed, clock, newId }),
  }
}

function verifierFor(config: NotificationConfig) {
  const ours = { issuer: config.TOKEN_ISSUER, keys: new URL(config.JWKS_URL) }
  const issuers = [ours, ...externalIssuers(config)]
  return createTokenVerifier({ audience: config.TOKEN_AUDIENCE, issuers })
}

if (import.meta.main) {
  await runProcess('notification', (context) => startNotification(context, readConfig(NotificationConfig)))
}
