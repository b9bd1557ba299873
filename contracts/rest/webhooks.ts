import { z } from 'zod'
import { maxUrlLength, oldSecretSigns } from '../limits.ts'
import { shipmentStatuses } from '../logistics.ts'
import { currencies } from '../money.ts'
import { type EventType, eventTypes, testEventType, type WebhookBody } from '../notification.ts'
import { orderStatuses } from '../order.ts'
import { returnStatuses } from '../return.ts'
import { At, Money } from './fields.ts'

export const Parcel = z.object({
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
      currency: z.enum(currencies).optional(),
      refunded: Money.optional().meta({ description: 'Of the order, what has gone back so far' }),
      returnNumber: z.int().optional(),
      shipments: z
        .array(Parcel)
        .optional()
        .meta({ description: 'With order.completed, order.cancelled and order.cancel_refused' }),
    }),
  })
  .meta({ id: 'WebhookBody' }) satisfies z.ZodType<WebhookBody>

/** What a test sends. Its `type` is none of the events: nothing happened to an order. */
export const TestWebhookBody = z
  .object({ type: z.literal(testEventType), timestamp: At, data: z.object({ webhookId: z.string() }) })
  .meta({ id: 'TestWebhookBody' })
export type TestWebhookBody = z.output<typeof TestWebhookBody>

const Address = z.string().min(1).max(maxUrlLength).meta({ example: 'https://partner.example/hooks' })
const Events = z
  .array(z.enum(eventTypes as [EventType, ...EventType[]]))
  .max(eventTypes.length)
  .meta({ description: 'Which events it wants; none means all' })

export const NewWebhook = z
  .strictObject({ url: Address, events: Events.default([]) })
  .meta({ id: 'NewWebhook' })
export type NewWebhook = z.output<typeof NewWebhook>

export const WebhookChange = z
  .strictObject({
    url: Address.optional(),
    events: Events.optional(),
    paused: z
      .boolean()
      .optional()
      .meta({ description: 'true: events that happen from now on are not sent, nor when it goes on' }),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: 'must change something: url, events or paused',
  })
  .meta({ id: 'WebhookChange' })
export type WebhookChange = z.output<typeof WebhookChange>

export const WebhookView = z
  .object({
    webhookId: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    paused: z.boolean().meta({ description: 'Events that happen meanwhile are not sent, nor later' }),
    oldSecretUntil: At.nullable().meta({
      description:
        'Until when secrets from before the last rotation sign beside the new one; null when none does',
    }),
    createdAt: At,
  })
  .meta({ id: 'Webhook' })
export type Webhook = z.output<typeof WebhookView>

export const CreatedWebhook = WebhookView.extend({
  secret: z.string().meta({ description: 'What deliveries are signed with; it is told only here' }),
}).meta({ id: 'CreatedWebhook' })
export type CreatedWebhook = z.output<typeof CreatedWebhook>

export const RotatedSecret = WebhookView.extend({
  secret: z.string().meta({
    description: `What deliveries are signed with; it is told only here. The one before signs beside it for ${oldSecretSigns} h`,
  }),
}).meta({ id: 'RotatedSecret' })
export type RotatedSecret = z.output<typeof RotatedSecret>

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const

export const DeliveryView = z
  .object({
    deliveryId: z.string().meta({ description: 'The header webhook-id: the same for every attempt' }),
    event: z.string(),
    test: z.boolean().meta({ description: 'Sent by hand, and about no order' }),
    orderId: z.string().nullable().meta({ description: 'null of a test' }),
    status: z.enum(deliveryStatuses),
    attempts: z.int(),
    lastAnswer: z.string().nullable().meta({ description: 'The HTTP status, or the fault' }),
    createdAt: At,
    attemptedAt: At.nullable(),
  })
  .meta({ id: 'WebhookDelivery' })
export type WebhookDelivery = z.output<typeof DeliveryView>

export const DeliveryPage = z.object({
  deliveries: z.array(DeliveryView),
  nextCursor: z.string().nullable(),
})
export type DeliveryPage = z.output<typeof DeliveryPage>

/** A delivery that is being sent: once more, or as a test. */
export const Redelivery = z.object({
  webhookId: z.string(),
  deliveryId: z.string(),
  status: z.literal('pending'),
})
