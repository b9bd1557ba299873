import { z } from 'zod'
import type { ZodOpenApiPathItemObject } from 'zod-openapi'
import { At, Money } from '#api/http/schemas.ts'
import { shipmentStatuses } from '#contracts/logistics.ts'
import { type EventType, eventTypes, type WebhookBody } from '#contracts/notification.ts'
import { orderStatuses } from '#contracts/order.ts'
import { returnStatuses } from '#contracts/return.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

const Parcel = z.object({
  shipmentId: z.string(),
  warehouseId: z.string(),
  status: z.enum(shipmentStatuses),
  amount: Money.meta({ description: 'What its goods cost, in minor units' }),
  pieces: z.array(z.object({ productId: z.string(), quantity: z.int() })),
})

/** What partners are sent. Fields may be added: take what you know. */
export const WebhookBodySchema = z
  .object({
    type: z.enum(eventTypes as [EventType, ...EventType[]]),
    timestamp: At.meta({ description: 'When it happened' }),
    data: z.object({
      orderId: z.string(),
      customerId: z.string(),
      stream: z.enum(['order', 'payment']).meta({
        description:
          'Whose numbers `sequence` is of: order.… and return.… are numbered together, payment.… apart',
      }),
      sequence: z.int().meta({
        description:
          'Grows from event to event of this order in its stream, with gaps. Deliveries are tried again and so come in any order: the one with the largest number happened last; one with a smaller number than you have seen is old news',
      }),
      status: z
        .enum([...orderStatuses, ...returnStatuses])
        .optional()
        .meta({ description: "The order's after it; with return.… the return's" }),
      reason: z.string().optional().meta({ description: 'Why it was cancelled, or the payment declined' }),
      amount: Money.optional().meta({ description: "The payment's or the return's; of an order its total" }),
      currency: z.enum(['GBP']).optional(),
      refunded: Money.optional().meta({ description: 'Of the order, what has gone back so far' }),
      returnNumber: z.int().optional(),
      shipments: z
        .array(Parcel)
        .optional()
        .meta({ description: 'With order.completed, order.cancelled and order.cancel_refused' }),
    }),
  })
  .meta({ id: 'WebhookBody' }) satisfies z.ZodType<WebhookBody>

const example: z.output<typeof WebhookBodySchema> = {
  type: 'order.paid',
  timestamp: '2010-12-01T08:26:02.000Z',
  data: {
    orderId: exampleOrderId,
    customerId: '17850',
    stream: 'order',
    sequence: 20,
    status: 'paid',
    amount: 1530,
    currency: 'GBP',
  },
}

/** For the OpenAPI document: what is posted to the address of a webhook. */
export const webhooks: Record<string, ZodOpenApiPathItemObject> = {
  event: {
    post: {
      summary: 'Something happened to an order',
      description:
        'Signed as Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature). Anything but 2xx is tried again, for about a day and a half, under the same webhook-id; 410 ends it.',
      tags: ['webhooks'],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: WebhookBodySchema, example } },
      },
      responses: { '2XX': { description: 'Taken' } },
    },
  },
}
