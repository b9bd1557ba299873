import { z } from 'zod'
import { At, isoAt, isoOf, orNull } from '#api/http/schemas.ts'
import { type EventType, eventTypes } from '#contracts/notification.ts'
import type { Delivery, Webhook } from '#generated/proto/notification/v1/notification_pb.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

export const NewWebhook = z
  .strictObject({
    url: z.string().min(1).max(2_000).meta({ example: 'https://partner.example/hooks' }),
    events: z
      .array(z.enum(eventTypes as [EventType, ...EventType[]]))
      .max(eventTypes.length)
      .default([])
      .meta({ description: 'Which events it wants; none means all' }),
  })
  .meta({ id: 'NewWebhook' })

export const WebhookView = z
  .object({ webhookId: z.string(), url: z.string(), events: z.array(z.string()), createdAt: At })
  .meta({ id: 'Webhook' })

export const CreatedWebhook = WebhookView.extend({
  secret: z.string().meta({ description: 'What deliveries are signed with; it is told only here' }),
}).meta({ id: 'CreatedWebhook' })

export const DeliveryView = z
  .object({
    deliveryId: z.string().meta({ description: 'The header webhook-id: the same for every attempt' }),
    event: z.string(),
    orderId: z.string(),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    lastAnswer: z.string().nullable().meta({ description: 'The HTTP status, or the fault' }),
    createdAt: At,
    attemptedAt: At.nullable(),
  })
  .meta({ id: 'WebhookDelivery' })

export const Redelivery = z.object({
  webhookId: z.string(),
  deliveryId: z.string(),
  status: z.literal('pending'),
})

export const exampleWebhook: z.output<typeof WebhookView> = {
  webhookId: '019a8f3c-7001-7a10-9d3e-112233445566',
  url: 'https://partner.example/hooks',
  events: ['order.completed'],
  createdAt: '2010-12-01T08:00:00.000Z',
}

export const exampleDelivery: z.output<typeof DeliveryView> = {
  deliveryId: '019a8f3c-6b11-7d04-8c22-5e6f70819203',
  event: 'order.completed',
  orderId: exampleOrderId,
  status: 'failed',
  attempts: 8,
  lastAnswer: '503',
  createdAt: '2010-12-01T08:31:00.000Z',
  attemptedAt: '2010-12-02T16:40:00.000Z',
}

export const webhookOf = ({ webhookId, url, events, createdAt }: Webhook): z.output<typeof WebhookView> => ({
  webhookId,
  url,
  events,
  createdAt: isoAt(createdAt),
})

export const deliveryOf = (delivery: Delivery): z.output<typeof DeliveryView> => ({
  deliveryId: delivery.deliveryId,
  event: delivery.event,
  orderId: delivery.orderId,
  status: delivery.status as z.output<typeof DeliveryView>['status'],
  attempts: delivery.attempts,
  lastAnswer: orNull(delivery.lastAnswer),
  createdAt: isoAt(delivery.createdAt),
  attemptedAt: isoOf(delivery.attemptedAt),
})
