import type { z } from 'zod'
import { isoAt, isoOf, orNull } from '#api/http/from-protobuf.ts'
import type { WebhookView } from '#contracts/rest/webhooks.ts'
import { type WebhookDelivery } from '#contracts/rest/webhooks.ts'
import type { Delivery, Webhook } from '#generated/proto/notification/v1/notification_pb.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

export const exampleWebhook: z.output<typeof WebhookView> = {
  webhookId: '019a8f3c-7001-7a10-9d3e-112233445566',
  url: 'https://partner.example/hooks',
  events: ['order.completed'],
  paused: false,
  oldSecretUntil: null,
  createdAt: '2010-12-01T08:00:00.000Z',
}

export const exampleDelivery: WebhookDelivery = {
  deliveryId: '019a8f3c-6b11-7d04-8c22-5e6f70819203',
  event: 'order.completed',
  test: false,
  orderId: exampleOrderId,
  status: 'failed',
  attempts: 8,
  lastAnswer: '503',
  createdAt: '2010-12-01T08:31:00.000Z',
  attemptedAt: '2010-12-02T16:40:00.000Z',
}

export function webhookOf(webhook: Webhook | undefined): z.output<typeof WebhookView> {
  if (!webhook) throw new Error('the notification service answered without a webhook')
  const { webhookId, url, events, paused, oldSecretUntil, createdAt } = webhook
  return {
    webhookId,
    url,
    events,
    paused,
    oldSecretUntil: isoOf(oldSecretUntil),
    createdAt: isoAt(createdAt),
  }
}

export const deliveryOf = (delivery: Delivery): WebhookDelivery => ({
  deliveryId: delivery.deliveryId,
  event: delivery.event,
  test: delivery.test,
  orderId: orNull(delivery.orderId),
  status: delivery.status as WebhookDelivery['status'],
  attempts: delivery.attempts,
  lastAnswer: orNull(delivery.lastAnswer),
  createdAt: isoAt(delivery.createdAt),
  attemptedAt: isoOf(delivery.attemptedAt),
})
