import type { z } from 'zod'
import type { ZodOpenApiPathItemObject } from 'zod-openapi'
import { TestWebhookBody, WebhookBodySchema } from '#contracts/rest/webhooks.ts'
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

const exampleTest: TestWebhookBody = {
  type: 'webhook.test',
  timestamp: '2010-12-01T08:26:02.000Z',
  data: { webhookId: '019a8f3c-7001-7a10-9d3e-112233445566' },
}

const signed =
  'Signed as Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature). While an old secret signs, too, the header webhook-signature has several signatures with spaces between; one that fits is enough.'

/** For the OpenAPI document: what is posted to the address of a webhook. */
export const webhooks: Record<string, ZodOpenApiPathItemObject> = {
  event: {
    post: {
      summary: 'Something happened to an order',
      description: `${signed} Anything but 2xx is tried again, for about a day and a half, under the same webhook-id; 410 ends it.`,
      tags: ['webhooks'],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: WebhookBodySchema, example } },
      },
      responses: { '2XX': { description: 'Taken' } },
    },
  },
  test: {
    post: {
      summary: 'Staff try whether the address takes what it is sent',
      description: `${signed} Tried again like an event.`,
      tags: ['webhooks'],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: TestWebhookBody, example: exampleTest } },
      },
      responses: { '2XX': { description: 'Taken' } },
    },
  },
}
