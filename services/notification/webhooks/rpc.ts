import { randomBytes } from 'node:crypto'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import type { WebhookWorkflows } from '#contracts/clients.ts'
import { type EventType, eventTypes } from '#contracts/notification.ts'
import { WebhookService } from '#generated/proto/notification/v1/notification_pb.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { addressProblem } from './addresses.ts'
import { type Delivery, maxWebhooks, type Webhook, type WebhookStore } from './store.ts'

type Dependencies = {
  store: WebhookStore
  workflows: Pick<WebhookWorkflows, 'redeliver'>
  /** Origins that webhooks may go to. */
  allowed: readonly string[]
  clock: () => Date
  newId: () => string
}

/** Partners' webhooks, and what became of their deliveries. */
export const webhookRoutes =
  ({ store, workflows, allowed, clock, newId }: Dependencies) =>
  (router: ConnectRouter): ConnectRouter =>
    router.service(WebhookService, {
      createWebhook: async ({ url, events }) => {
        const problems = [addressProblem(url, allowed), ...events.map(eventProblem)]
        refuseIfAny(problems.filter((problem) => problem !== undefined))
        if ((await store.list()).length >= maxWebhooks) throw tooMany()
        const webhook: Webhook = {
          webhookId: newId(),
          url: new URL(url).href,
          events: [...new Set(events)] as EventType[],
          secret: `whsec_${randomBytes(24).toString('base64')}`,
          createdAt: clock().toISOString(),
        }
        await store.add(webhook)
        return { webhook: asMessage(webhook), secret: webhook.secret }
      },
      listWebhooks: async () => ({ webhooks: (await store.list()).map(asMessage) }),
      deleteWebhook: async ({ webhookId }) => {
        if (!(await store.remove(webhookId))) throw noWebhook(webhookId)
        return {}
      },
      listDeliveries: async ({ webhookId }) => {
        if (!(await store.find(webhookId))) throw noWebhook(webhookId)
        return { deliveries: (await store.listDeliveries(webhookId)).map(asDelivery) }
      },
      redeliver: async ({ webhookId, deliveryId }) => {
        const [webhook, delivery] = await Promise.all([
          store.find(webhookId),
          store.findDelivery({ webhookId, deliveryId }),
        ])
        if (!webhook) throw noWebhook(webhookId)
        if (!delivery) {
          throw refusal(Code.NotFound, `delivery_id: there is no delivery ${deliveryId}`)
        }
        const { attempts: attemptFrom, event } = delivery
        const request = { webhookId, deliveryId, attemptFrom, traceparent: newTraceparent() }
        const started = await workflows.redeliver(request, `${event} again to ${new URL(webhook.url).host}`)
        if (started === 'running') throw stillTrying(deliveryId)
        return {}
      },
    })

const eventProblem = (type: string, i: number) =>
  eventTypes.some((one) => one === type)
    ? undefined
    : `events[${i}]: "${type}" is none of ${eventTypes.join(', ')}`

const noWebhook = (webhookId: string) =>
  refusal(Code.NotFound, `webhook_id: there is no webhook ${webhookId}`)

const tooMany = () => refusal(Code.FailedPrecondition, `there are ${maxWebhooks} webhooks; remove one first`)

const stillTrying = (deliveryId: string) =>
  refusal(Code.FailedPrecondition, `delivery_id: ${deliveryId} is still being tried`)

const asMessage = ({ webhookId, url, events, createdAt }: Webhook) => ({
  webhookId,
  url,
  events,
  createdAt: timestampFromDate(new Date(createdAt)),
})

function asDelivery({ deliveryId, event, orderId, status, attempts, lastAnswer, ...times }: Delivery) {
  const { createdAt, attemptedAt } = times
  return {
    deliveryId,
    event,
    orderId,
    status,
    attempts,
    lastAnswer,
    createdAt: timestampFromDate(new Date(createdAt)),
    ...(attemptedAt !== '' && { attemptedAt: timestampFromDate(new Date(attemptedAt)) }),
  }
}
