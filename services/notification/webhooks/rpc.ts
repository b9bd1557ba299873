import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import type { WebhookWorkflows } from '#contracts/clients.ts'
import { maxDeliveriesListed } from '#contracts/limits.ts'
import { type EventType, eventTypes, testEventType } from '#contracts/notification.ts'
import { WebhookService } from '#generated/proto/notification/v1/notification_pb.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { addressProblem } from './addresses.ts'
import { testDelivery } from './deliveries.ts'
import { maxOldSecrets, newSecret, oldSecretsAt, rotated } from './secrets.ts'
import {
  type Delivery,
  type DeliveryPlace,
  type DeliveryStatus,
  maxWebhooks,
  type Webhook,
  type WebhookStore,
} from './store.ts'

type Dependencies = {
  store: WebhookStore
  workflows: Pick<WebhookWorkflows, 'deliver' | 'redeliver'>
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
          secret: newSecret(),
          oldSecrets: [],
          rotation: '',
          paused: false,
          createdAt: clock().toISOString(),
        }
        await store.add(webhook)
        return { webhook: asMessage(webhook, clock()), secret: webhook.secret }
      },
      listWebhooks: async () => ({ webhooks: (await store.list()).map((one) => asMessage(one, clock())) }),
      getWebhook: async ({ webhookId }) => {
        const webhook = await store.find(webhookId)
        if (!webhook) throw noWebhook(webhookId)
        return { webhook: asMessage(webhook, clock()) }
      },
      updateWebhook: async ({ webhookId, url, events, paused }) => {
        const problems = [url === undefined ? undefined : addressProblem(url, allowed)]
        problems.push(...(events?.types ?? []).map(eventProblem))
        refuseIfAny(problems.filter((problem) => problem !== undefined))
        const changed = await store.change(webhookId, (webhook) => ({
          ...webhook,
          ...(url !== undefined && { url: new URL(url).href }),
          ...(events && { events: [...new Set(events.types)] as EventType[] }),
          ...(paused !== undefined && { paused }),
        }))
        if (!changed) throw noWebhook(webhookId)
        return { webhook: asMessage(changed, clock()) }
      },
      rotateSecret: async ({ webhookId, key }) => {
        const [secret, now] = [newSecret(), clock()]
        const webhook = await store.change(webhookId, (found) => {
          const changed = rotated(found, key, secret, now)
          if (!changed) throw tooManySecrets()
          return changed
        })
        if (!webhook) throw noWebhook(webhookId)
        return { webhook: asMessage(webhook, now), secret: webhook.secret }
      },
      sendTest: async ({ webhookId, deliveryId }) => {
        const webhook = await store.find(webhookId)
        if (!webhook) throw noWebhook(webhookId)
        const status = await store.open(testDelivery(webhookId, deliveryId, clock()))
        if (status !== 'pending') return {}
        const request = { webhookId, deliveryId, attemptFrom: 0, traceparent: newTraceparent() }
        await workflows.deliver(request, `${testEventType} to ${new URL(webhook.url).host}`)
        return {}
      },
      deleteWebhook: async ({ webhookId }) => {
        if (!(await store.remove(webhookId))) throw noWebhook(webhookId)
        return {}
      },
      listDeliveries: async ({ webhookId, pageSize, cursor, status }) => {
        const after = placeIn(cursor)
        refuseIfAny(
          [
            pageSize < 0 || pageSize > maxDeliveriesListed
              ? `page_size: must be from 1 to ${maxDeliveriesListed}`
              : undefined,
            cursor !== '' && !after ? 'cursor: must be the nextCursor of a page' : undefined,
            status === '' || isStatus(status) ? undefined : 'status: must be pending, delivered or failed',
          ].filter((problem) => problem !== undefined),
        )
        if (!(await store.find(webhookId))) throw noWebhook(webhookId)
        const { deliveries, next } = await store.listDeliveries(webhookId, {
          limit: pageSize || maxDeliveriesListed,
          after,
          status: isStatus(status) ? status : undefined,
        })
        return { deliveries: deliveries.map(asDelivery), nextCursor: next ? cursorOf(next) : '' }
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

const tooManySecrets = () =>
  refusal(
    Code.FailedPrecondition,
    `webhook_id: ${maxOldSecrets} old secrets still sign; rotate again when one has run out`,
  )

const statuses: readonly string[] = ['pending', 'delivered', 'failed'] satisfies DeliveryStatus[]
const isStatus = (text: string): text is DeliveryStatus => statuses.includes(text)

const cursorOf = ({ createdAt, deliveryId }: DeliveryPlace) => `${createdAt}.${deliveryId}`

function placeIn(cursor: string): DeliveryPlace | undefined {
  const [, createdAt, deliveryId] = /^(\d{1,15})\.(.{1,100})$/.exec(cursor) ?? []
  return createdAt && deliveryId ? { createdAt: Number(createdAt), deliveryId } : undefined
}

const stillTrying = (deliveryId: string) =>
  refusal(Code.FailedPrecondition, `delivery_id: ${deliveryId} is still being tried`)

function asMessage(webhook: Webhook, now: Date) {
  const { webhookId, url, events, createdAt, paused } = webhook
  const [lastOld] = oldSecretsAt(webhook, now)
  return {
    webhookId,
    url,
    events,
    paused,
    createdAt: timestampFromDate(new Date(createdAt)),
    ...(lastOld && { oldSecretUntil: timestampFromDate(new Date(lastOld.until)) }),
  }
}

function asDelivery({ deliveryId, event, orderId, status, attempts, lastAnswer, ...times }: Delivery) {
  const { createdAt, attemptedAt } = times
  return {
    deliveryId,
    event,
    test: event === testEventType,
    orderId,
    status,
    attempts,
    lastAnswer,
    createdAt: timestampFromDate(new Date(createdAt)),
    ...(attemptedAt !== '' && { attemptedAt: timestampFromDate(new Date(attemptedAt)) }),
  }
}
