import type { z } from 'zod'
import type { ZodOpenApiPathItemObject } from 'zod-openapi'
import { WebhookBodySchema } from '#contracts/rest/webhooks.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

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
