import { expect, it } from '@jest/globals'
import { eventTypes, type OrderEvent } from '#contracts/notification.ts'
import { WebhookBodySchema } from '#contracts/rest/webhooks.ts'
import { webhookBodyOf } from '#contracts/views.ts'
import { about } from '#platform/testing/expect.ts'

const everything: Omit<OrderEvent, 'type'> = {
  id: 'canary-id',
  orderId: 'o1',
  customerId: '17850',
  at: '2010-12-01T08:26:00.000Z',
  stream: 'order',
  sequence: 30,
  status: 'completed',
  reason: 'canary-reason',
  by: 'staff:canary-by',
  note: 'canary-note',
  change: 'canary-change',
  amount: 600,
  currency: 'GBP',
  refunded: 200,
  returnNumber: 1,
  shipments: [
    {
      shipmentId: 's1',
      warehouseId: 'london',
      status: 'delivered',
      amount: 400,
      pieces: [{ productId: '85123A', quantity: 2 }],
    },
  ],
}

it('what partners are sent is what the documentation says, and nobody’s name or words', () => {
  for (const type of eventTypes) {
    const body = webhookBodyOf({ ...everything, type })
    expect(WebhookBodySchema.parse(body)).toStrictEqual(body)
    about(type, () => expect(JSON.stringify(body)).not.toMatch(/canary/))
    expect([body.data.stream, body.data.sequence, body.data.refunded]).toStrictEqual(['order', 30, 200])
  }
})
