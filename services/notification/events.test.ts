import { describe, expect, it } from '@jest/globals'
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
import { UnreadableMessage } from '#platform/messaging/messages.ts'
import { readEvent } from './events.ts'
import { happenedAt, messageOf, timestamp } from './fixtures.ts'

const about = { orderId: 'o1', customerId: '17850', at: timestamp, sequence: 30 }
const common = { id: 'm1', orderId: 'o1', customerId: '17850', at: happenedAt.toISOString(), sequence: 30 }
const ofOrder = { stream: 'order' as const }
const ofPayment = { stream: 'payment' as const }
const parcel = {
  shipmentId: 's1',
  warehouseId: 'london',
  status: 'delivered' as const,
  amount: 400n,
  pieces: [{ productId: '85123A', quantity: 2 }],
}
const money = { amount: 2550n, currency: 'GBP' }

const read = (message: Parameters<typeof readEvent>[0]) => readEvent(message)?.event

describe('an event for notifications', () => {
  const known: [string, ReturnType<typeof messageOf>, Omit<OrderEvent, keyof typeof common>][] = [
    [
      'OrderCreated',
      messageOf(OrderCreatedSchema, about, 'm1'),
      { ...ofOrder, type: 'order.created', change: 'placed', status: 'pending' },
    ],
    [
      'OrderStatusChanged',
      messageOf(
        OrderStatusChangedSchema,
        { ...about, status: 'paid', change: 'paid', by: 'system', note: 'n', total: 2550n, currency: 'GBP' },
        'm1',
      ),
      {
        ...ofOrder,
        type: 'order.paid',
        change: 'paid',
        status: 'paid',
        by: 'system',
        note: 'n',
        amount: 2550,
        currency: 'GBP',
      },
    ],
    [
      'OrderStatusChanged after a refused cancellation',
      messageOf(
        OrderStatusChangedSchema,
        { ...about, status: 'shipping', change: 'cancel_refused', refunded: 200n, shipments: [parcel] },
        'm1',
      ),
      {
        ...ofOrder,
        type: 'order.cancel_refused',
        change: 'cancel_refused',
        status: 'shipping',
        refunded: 200,
        shipments: [{ ...parcel, amount: 400 }],
      },
    ],
    [
      'OrderCancelled',
      messageOf(OrderCancelledSchema, { ...about, reason: 'lost', by: 'courier' }, 'm1'),
      {
        ...ofOrder,
        type: 'order.cancelled',
        change: 'cancelled',
        status: 'cancelled',
        reason: 'lost',
        by: 'courier',
      },
    ],
    [
      'ReturnChanged',
      messageOf(
        ReturnChangedSchema,
        { ...about, number: 2, status: 'accepted', by: 'staff:ann', ...money },
        'm1',
      ),
      {
        ...ofOrder,
        type: 'return.accepted',
        change: 'return_accepted',
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
      { ...ofPayment, type: 'payment.succeeded', amount: 2550, currency: 'GBP' },
    ],
    [
      'PaymentFailed',
      messageOf(PaymentFailedSchema, { ...about, ...money, why: 'no_account' }, 'm1'),
      { ...ofPayment, type: 'payment.failed', reason: 'no_account', amount: 2550, currency: 'GBP' },
    ],
    [
      'PaymentRefunded',
      messageOf(PaymentRefundedSchema, { ...about, ...money, reason: 'return 1' }, 'm1'),
      { ...ofPayment, type: 'payment.refunded', reason: 'return 1', amount: 2550, currency: 'GBP' },
    ],
  ]
  for (const [name, message, facts] of known) {
    it(`is made of ${name}`, () => expect(read(message)).toStrictEqual({ ...common, ...facts }))
  }

  it('is not made of types that nobody knows yet', () => {
    const message = messageOf(OrderCreatedSchema, about)
    message.headers.type = 'OrderFramed'
    expect(read(message)).toBeUndefined()
  })

  it('is not made of what cannot be understood', () => {
    const broken = messageOf(OrderCreatedSchema, about)
    expect(() => read({ ...broken, value: Uint8Array.of(255, 255) })).toThrow(UnreadableMessage)
    expect(() => read({ ...broken, headers: {} })).toThrow(/message-id is missing/)
    expect(() => read(messageOf(OrderCreatedSchema, { ...about, orderId: '' }))).toThrow(
      /order_id: is missing/,
    )
    expect(() => read(messageOf(OrderStatusChangedSchema, { ...about, status: 'eaten' }))).toThrow(
      /status: "eaten" is none of an order's/,
    )
  })
})
