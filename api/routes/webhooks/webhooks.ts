import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { type Route, route } from '#api/http/route.ts'
import { maxDeliveriesListed } from '#contracts/limits.ts'
import {
  CreatedWebhook,
  DeliveryView,
  NewWebhook,
  Redelivery,
  WebhookView,
} from '#contracts/rest/webhooks.ts'
import { deliveryOf, exampleDelivery, exampleWebhook, webhookOf } from './webhook-views.ts'

const id = z.string().regex(/^[\w.-]{1,100}$/, 'must be an id as the lists show it')
const params = z.strictObject({ webhookId: id })

/** Partners that hear of events by HTTP. */
export function webhookRoutes({ webhooks }: Pick<Clients, 'webhooks'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/webhooks',
      name: 'listWebhooks',
      access: 'staff',
      tag: 'webhooks',
      summary: 'Who hears of events',
      answers: {
        200: {
          description: 'All webhooks',
          schema: z.object({ webhooks: z.array(WebhookView) }),
          example: { webhooks: [exampleWebhook] },
        },
      },
      refusals: ['unavailable'],
    }).handledBy(async ({ call }) => {
      const found = await webhooks.listWebhooks({}, call)
      return { status: 200, body: { webhooks: found.webhooks.map(webhookOf) } }
    }),

    route({
      method: 'post',
      path: '/v1/webhooks',
      name: 'createWebhook',
      access: 'staff',
      tag: 'webhooks',
      summary: 'Let a partner hear of events',
      description: 'Signed as Standard Webhooks; only addresses that the configuration allows.',
      body: NewWebhook,
      example: { url: exampleWebhook.url, events: ['order.completed'] },
      answers: {
        201: {
          description: 'Registered',
          schema: CreatedWebhook,
          example: { ...exampleWebhook, secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' },
          headers: { Location: 'Where its deliveries are' },
        },
      },
      refusals: ['conflict', 'unavailable'],
    }).handledBy(async ({ body, call }) => {
      const { webhook, secret } = await webhooks.createWebhook(body, call)
      if (!webhook) throw new Error('the notification service answered without a webhook')
      const headers = { Location: `/v1/webhooks/${webhook.webhookId}/deliveries` }
      return { status: 201, headers, body: { ...webhookOf(webhook), secret } }
    }),

    route({
      method: 'delete',
      path: '/v1/webhooks/{webhookId}',
      name: 'deleteWebhook',
      access: 'staff',
      tag: 'webhooks',
      summary: 'Tell a partner no more',
      params,
      answers: { 204: { description: 'Gone; deliveries under way are given up' } },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { webhookId }, call }) => {
      await webhooks.deleteWebhook({ webhookId }, call)
      return { status: 204 }
    }),

    route({
      method: 'get',
      path: '/v1/webhooks/{webhookId}/deliveries',
      name: 'listDeliveries',
      access: 'staff',
      tag: 'webhooks',
      summary: `The latest deliveries, newest first, at most ${maxDeliveriesListed}`,
      params,
      answers: {
        200: {
          description: 'What became of them',
          schema: z.object({ deliveries: z.array(DeliveryView) }),
          example: { deliveries: [exampleDelivery] },
        },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { webhookId }, call }) => {
      const { deliveries } = await webhooks.listDeliveries({ webhookId }, call)
      return { status: 200, body: { deliveries: deliveries.map(deliveryOf) } }
    }),

    route({
      method: 'post',
      path: '/v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver',
      name: 'redeliver',
      access: 'staff',
      tag: 'webhooks',
      summary: 'Send it again, under the same webhook-id',
      params: params.extend({ deliveryId: id }),
      answers: {
        202: {
          description: 'It is being sent',
          schema: Redelivery,
          example: {
            webhookId: exampleWebhook.webhookId,
            deliveryId: exampleDelivery.deliveryId,
            status: 'pending' as const,
          },
          headers: { Location: 'Where its outcome shows' },
        },
      },
      refusals: ['not-found', 'conflict', 'unavailable'],
    }).handledBy(async ({ params: { webhookId, deliveryId }, call }) => {
      await webhooks.redeliver({ webhookId, deliveryId }, call)
      const headers = { Location: `/v1/webhooks/${webhookId}/deliveries` }
      return { status: 202, headers, body: { webhookId, deliveryId, status: 'pending' } }
    }),
  ]
}
