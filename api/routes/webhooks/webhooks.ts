import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { effectKey } from '#api/http/ids.ts'
import { type Route, route } from '#api/http/route.ts'
import { maxDeliveriesListed, oldSecretSigns } from '#contracts/limits.ts'
import { Cursor, limit } from '#contracts/rest/fields.ts'
import {
  CreatedWebhook,
  DeliveryPage,
  deliveryStatuses,
  NewWebhook,
  Redelivery,
  RotatedSecret,
  WebhookChange,
  WebhookView,
} from '#contracts/rest/webhooks.ts'
import { deliveryOf, exampleDelivery, exampleWebhook, webhookOf } from './webhook-views.ts'

const id = z.string().regex(/^[\w.-]{1,100}$/, 'must be an id as the lists show it')
const params = z.strictObject({ webhookId: id })
const exampleSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'

const beingSent = {
  description: 'It is being sent',
  schema: Redelivery,
  example: {
    webhookId: exampleWebhook.webhookId,
    deliveryId: exampleDelivery.deliveryId,
    status: 'pending' as const,
  },
  headers: { Location: 'Where its outcome shows' },
}

const sending = (webhookId: string, deliveryId: string) => ({
  status: 202 as const,
  headers: { Location: `/v1/webhooks/${webhookId}/deliveries` },
  body: { webhookId, deliveryId, status: 'pending' as const },
})

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
          example: { ...exampleWebhook, secret: exampleSecret },
          headers: { Location: 'Where it is' },
        },
      },
      refusals: ['conflict', 'unavailable'],
    }).handledBy(async ({ body, call }) => {
      const { webhook, secret } = await webhooks.createWebhook(body, call)
      const view = webhookOf(webhook)
      const headers = { Location: `/v1/webhooks/${view.webhookId}` }
      return { status: 201, headers, body: { ...view, secret } }
    }),

    route({
      method: 'get',
      path: '/v1/webhooks/{webhookId}',
      name: 'getWebhook',
      access: 'staff',
      tag: 'webhooks',
      summary: 'One of those who hear of events',
      params,
      answers: { 200: { description: 'The webhook', schema: WebhookView, example: exampleWebhook } },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { webhookId }, call }) => {
      const { webhook } = await webhooks.getWebhook({ webhookId }, call)
      return { status: 200, body: webhookOf(webhook) }
    }),

    route({
      method: 'patch',
      path: '/v1/webhooks/{webhookId}',
      name: 'changeWebhook',
      access: 'staff',
      tag: 'webhooks',
      summary: 'Change its address or events, pause it or let it go on',
      description:
        'What is not given stays. Deliveries under way go on, to the new address. Paused it gets no new ones: what happens meanwhile is not sent, nor when it goes on.',
      params,
      body: WebhookChange,
      example: { paused: true },
      answers: {
        200: {
          description: 'As it is now',
          schema: WebhookView,
          example: { ...exampleWebhook, paused: true },
        },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { webhookId }, body: { url, events, paused }, call }) => {
      const { webhook } = await webhooks.updateWebhook(
        {
          webhookId,
          ...(url !== undefined && { url }),
          ...(events && { events: { types: events } }),
          ...(paused !== undefined && { paused }),
        },
        call,
      )
      return { status: 200, body: webhookOf(webhook) }
    }),

    route({
      method: 'post',
      path: '/v1/webhooks/{webhookId}/secret',
      name: 'rotateWebhookSecret',
      access: 'staff',
      tag: 'webhooks',
      summary: 'A new secret',
      description: `The one before signs beside it for ${oldSecretSigns} h: give the new one to the partner meanwhile.`,
      params,
      answers: {
        200: {
          description: 'The new secret, told only here',
          schema: RotatedSecret,
          example: { ...exampleWebhook, oldSecretUntil: '2010-12-02T08:00:00.000Z', secret: exampleSecret },
        },
      },
      refusals: ['not-found', 'conflict', 'unavailable'],
    }).handledBy(async ({ params: { webhookId }, caller, idempotencyKey, call }) => {
      const key = effectKey(`webhook-secret/${webhookId}`, actorOf(caller), idempotencyKey)
      const { webhook, secret } = await webhooks.rotateSecret({ webhookId, key }, call)
      return { status: 200, body: { ...webhookOf(webhook), secret } }
    }),

    route({
      method: 'post',
      path: '/v1/webhooks/{webhookId}/test',
      name: 'testWebhook',
      access: 'staff',
      tag: 'webhooks',
      summary: 'Send a test event',
      description:
        'Its type is webhook.test, whatever events the partner wants. A paused webhook gets it, too.',
      params,
      answers: { 202: beingSent },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { webhookId }, caller, idempotencyKey, call }) => {
      const deliveryId = effectKey(`webhook-test/${webhookId}`, actorOf(caller), idempotencyKey)
      await webhooks.sendTest({ webhookId, deliveryId }, call)
      return sending(webhookId, deliveryId)
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
      summary: `The latest deliveries, newest first; ${maxDeliveriesListed} are kept`,
      params,
      query: z.strictObject({
        status: z.enum(deliveryStatuses).optional().meta({ description: 'Only those of this outcome' }),
        cursor: Cursor.optional(),
        limit: limit(50, maxDeliveriesListed),
      }),
      answers: {
        200: {
          description: 'What became of them',
          schema: DeliveryPage,
          example: { deliveries: [exampleDelivery], nextCursor: null },
        },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { webhookId }, query, call }) => {
      const { status = '', cursor = '', limit: pageSize } = query
      const page = await webhooks.listDeliveries({ webhookId, status, cursor, pageSize }, call)
      const { deliveries, nextCursor } = page
      return { status: 200, body: { deliveries: deliveries.map(deliveryOf), nextCursor: nextCursor || null } }
    }),

    route({
      method: 'post',
      path: '/v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver',
      name: 'redeliver',
      access: 'staff',
      tag: 'webhooks',
      summary: 'Send it again, under the same webhook-id',
      params: params.extend({ deliveryId: id }),
      answers: { 202: beingSent },
      refusals: ['not-found', 'conflict', 'unavailable'],
    }).handledBy(async ({ params: { webhookId, deliveryId }, call }) => {
      await webhooks.redeliver({ webhookId, deliveryId }, call)
      return sending(webhookId, deliveryId)
    }),
  ]
}
