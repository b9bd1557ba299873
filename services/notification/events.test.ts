import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OrderEvent } from '#contracts/notification.ts'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
  ReturnChangedSchema,
} from '#generated/proto/order/v1/events_pb.ts'
import {
  PaymentFailedSchema,
  PaymentRefundedSchema,
  PaymentSucceededSchema,
} from '#generated/proto/payment/v1/events_pb.ts'
import { UnreadableMessage } from '#platform/messages.ts'
import { readEvent } from './events.ts'
import { happenedAt, messageOf, timestamp } from './testing.ts'

const about = { orderId: 'o1', customerId: '17850', at: timestamp }
const common = { id: 'm1', orderId: 'o1', customerId: '17850', at: happenedAt.toISOString() }
const money = { amount: 2550n, currency: 'GBP' }

const read = (message: Parameters<typeof readEvent>[0]) => readEvent(message)?.event

describe('an event for notifications', () => {
  const known: [string, ReturnType<typeof messageOf>, Omit<OrderEvent, keyof typeof common>][] = [
    [
      'OrderCreated',
      messageOf(OrderCreatedSchema, about, 'm1'),
      { type: 'order.created', status: 'pending' },
    ],
    [
      'OrderStatusChanged',
      messageOf(
        OrderStatusChangedSchema,
        { ...about, status: 'paid', by: 'system', note: 'n', total: 2550n, currency: 'GBP' },
        'm1',
      ),
      { type: 'order.paid', status: 'paid', by: 'system', note: 'n', amount: 2550, currency: 'GBP' },
    ],
    [
      'OrderCancelled',
      messageOf(OrderCancelledSchema, { ...about, reason: 'lost', by: 'courier' }, 'm1'),
      { type: 'order.cancelled', status: 'cancelled', reason: 'lost', by: 'courier' },
    ],
    [
      'ReturnChanged',
      messageOf(
        ReturnChangedSchema,
        { ...about, number: 2, status: 'accepted', by: 'staff:ann', ...money },
        'm1',
      ),
      {
        type: 'return.accepted',
        status: 'accepted',
        returnNumber: 2,
        by: 'staff:ann',
        amount: 2550,
        currency: 'GBP',
      },
    ],
    [
      'PaymentSucceeded',
      messageOf(PaymentSucceededSchema, { ...about, ...money }, 'm1'),
      { type: 'payment.succeeded', amount: 2550, currency: 'GBP' },
    ],
    [
      'PaymentFailed',
      messageOf(PaymentFailedSchema, { ...about, ...money, why: 'no_account' }, 'm1'),
      { type: 'payment.failed', reason: 'no_account', amount: 2550, currency: 'GBP' },
    ],
    [
      'PaymentRefunded',
      messageOf(PaymentRefundedSchema, { ...about, ...money, reason: 'return 1' }, 'm1'),
      { type: 'payment.refunded', reason: 'return 1', amount: 2550, currency: 'GBP' },
    ],
  ]
  for (const [name, message, facts] of known) {
    it(`is made of ${name}`, () => assert.deepEqual(read(message), { ...common, ...facts }))
  }

  it('is not made of types that nobody knows yet', () => {
    const message = messageOf(OrderCreatedSchema, about)
    message.headers.type = 'OrderFramed'
    assert.equal(read(message), undefined)
  })

  it('is not made of what cannot be understood', () => {
    const broken = messageOf(OrderCreatedSchema, about)
    assert.throws(() => read({ ...broken, value: Uint8Array.of(255, 255) }), UnreadableMessage)
    assert.throws(() => read({ ...broken, headers: {} }), /message-id is missing/)
    assert.throws(
      () => read(messageOf(OrderCreatedSchema, { ...about, orderId: '' })),
      /order_id: is missing/,
    )
    assert.throws(
      () => read(messageOf(OrderStatusChangedSchema, { ...about, status: 'eaten' })),
      /status: "eaten" is none of an order's/,
    )
  })
})
