import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { Worker } from '@temporalio/worker'
import { createWebhookActivities } from '#activities/webhook.ts'
import { createWebhookWorkflows } from '#clients/temporal/webhooks.ts'
import { taskQueues, webhookWorkflowId } from '#contracts/temporal.ts'
import type { WebhookOutcome } from '#contracts/webhook.ts'
import { silent } from '#platform/testing/fixtures.ts'
import { newEvent, openRedis, redisUrl } from '#services/notification/fixtures.ts'
import { createDeliveries, newDelivery } from '#services/notification/webhooks/deliveries.ts'
import { createSend, type Send } from '#services/notification/webhooks/send.ts'
import { createWebhookStore, type Webhook } from '#services/notification/webhooks/store.ts'
import { beQuiet } from '#workflows/testing/quiet.ts'
import { connect } from './workflow.ts'

type Options = {
  server: 'time-skipping' | { address: string; namespace: string }
  send?: Send
  /** Between attempts, in ms; absent: the real ones. */
  pauses?: readonly number[]
}

export const allowed = ['http://127.0.0.1:*', 'https://partner.example']
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** The webhook workflow with its activities on a real Redis; what is posted where, `send` decides. */
export async function startWebhookWorld({ server, send = createSend(), pauses }: Options) {
  beQuiet()
  const env = await connect(server)
  // Two files use this at once, and each hears of its own webhooks alone.
  const { redis } = await openRedis(redisUrl(server === 'time-skipping' ? 7 : 8))
  const store = createWebhookStore(redis)
  const common = { store, send, allowed, clock: () => new Date(), random: () => 0 }
  const deliveries = createDeliveries({ ...common, ...(pauses && { pauses }) })
  const activities = createWebhookActivities({ deliveries, logger: silent })
  const at = { connection: env.nativeConnection, namespace: env.namespace ?? 'default' }
  const workflowBundle = { codePath: resolve('generated/workflow-bundle.js') }
  const workers = await Promise.all([
    Worker.create({ ...at, taskQueue: taskQueues.order, workflowBundle }),
    Worker.create({ ...at, taskQueue: taskQueues.notification, activities }),
  ])
  const running = workers.map((worker) => worker.run())
  const workflows = createWebhookWorkflows(env.client)
  const handle = (webhookId: string, deliveryId: string) =>
    env.client.workflow.getHandle<() => Promise<WebhookOutcome>>(webhookWorkflowId(webhookId, deliveryId))
  const added: string[] = []

  return {
    env,
    redis,
    store,
    workflows,
    handle,
    async webhook(given: Partial<Webhook> = {}): Promise<Webhook> {
      const webhook: Webhook = {
        webhookId: randomUUID(),
        url: 'https://partner.example/hooks',
        events: [],
        secret: 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0',
        oldSecrets: [],
        rotation: '',
        paused: false,
        createdAt: new Date().toISOString(),
        ...given,
      }
      await store.add(webhook)
      added.push(webhook.webhookId)
      return webhook
    },
    /** An event of its own, on its way to the partner. */
    async deliver({ webhookId }: Webhook) {
      const delivery = newDelivery(webhookId, newEvent({ type: 'order.completed' }), new Date())
      const { deliveryId } = delivery
      await store.open(delivery)
      await workflows.deliver({ webhookId, deliveryId, attemptFrom: 0, traceparent }, 'order.completed')
      return handle(webhookId, deliveryId)
    },
    async stop(): Promise<void> {
      await Promise.all(added.map((webhookId) => store.remove(webhookId)))
      for (const worker of workers) worker.shutdown()
      await Promise.all(running)
      await env.teardown()
      await redis.close()
    },
  }
}

export type WebhookWorld = Awaited<ReturnType<typeof startWebhookWorld>>
