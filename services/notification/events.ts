import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt'
import type { EventType, OrderEvent } from '#contracts/notification.ts'
import { type Actor, type OrderStatus, orderStatuses } from '#contracts/order.ts'
import { type ReturnStatus, returnStatuses } from '#contracts/return.ts'
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
import type { IncomingMessage } from '#platform/kafka.ts'
import { decode, readHeaders, UnreadableMessage } from '#platform/messages.ts'

export type ReadEvent = { event: OrderEvent; traceparent: string }

/** Undefined when the message tells of nothing that we know. Throws UnreadableMessage when it cannot be understood. */
export function readEvent(message: Pick<IncomingMessage, 'headers' | 'value'>): ReadEvent | undefined {
  const { id, type, traceparent } = readHeaders(message)
  const facts = readers.get(type)?.(message.value)
  return facts && { event: { id, ...facts }, traceparent }
}

/** For all groups but the one that puts aside what nobody can read. */
export function readOrSkip(message: Pick<IncomingMessage, 'headers' | 'value'>): ReadEvent | undefined {
  try {
    return readEvent(message)
  } catch (error) {
    if (error instanceof UnreadableMessage) return undefined
    throw error
  }
}

type Facts = Omit<OrderEvent, 'id'>
type Reader = (value: Uint8Array) => Facts

const readers: ReadonlyMap<string, Reader> = new Map([
  reader(OrderCreatedSchema, (created) => ({ ...about(created, 'order.created'), status: 'pending' })),
  reader(OrderStatusChangedSchema, (changed) => {
    const status = orderStatus(changed.status)
    return { ...about(changed, `order.${status}`), status, ...words(changed), ...sum(changed.total, changed) }
  }),
  reader(OrderCancelledSchema, (cancelled) => ({
    ...about(cancelled, 'order.cancelled'),
    status: 'cancelled',
    reason: cancelled.reason,
    ...words(cancelled),
  })),
  reader(ReturnChangedSchema, (changed) => {
    const status = returnStatus(changed.status)
    const returnNumber = changed.number
    return {
      ...about(changed, `return.${status}`),
      status,
      returnNumber,
      ...words(changed),
      ...sum(changed.amount, changed),
    }
  }),
  reader(PaymentSucceededSchema, (paid) => ({
    ...about(paid, 'payment.succeeded'),
    ...sum(paid.amount, paid),
  })),
  reader(PaymentFailedSchema, (failed) => ({
    ...about(failed, 'payment.failed'),
    reason: failed.why,
    ...sum(failed.amount, failed),
  })),
  reader(PaymentRefundedSchema, (refunded) => ({
    ...about(refunded, 'payment.refunded'),
    reason: refunded.reason,
    ...sum(refunded.amount, refunded),
  })),
])

function reader<Desc extends DescMessage>(
  schema: Desc,
  read: (event: MessageShape<Desc>) => Facts,
): [string, Reader] {
  return [schema.name, (value) => read(decode(schema, value))]
}

type Common = { orderId: string; customerId: string; at?: Timestamp | undefined }

function about({ orderId, customerId, at }: Common, type: EventType) {
  if (orderId === '') throw new UnreadableMessage('order_id: is missing')
  if (customerId === '') throw new UnreadableMessage('customer_id: is missing')
  if (!at) throw new UnreadableMessage('at: is missing')
  return { type, orderId, customerId, at: timestampDate(at).toISOString() }
}

const words = ({ by, note }: { by: string; note: string }) => ({
  ...(by !== '' && { by: by as Actor }),
  ...(note !== '' && { note }),
})

/** An order without prices has no total yet, and a return that was not judged no amount. */
const sum = (amount: bigint, { currency }: { currency: string }) =>
  amount === 0n || currency !== 'GBP' ? {} : { amount: Number(amount), currency: currency as 'GBP' }

function orderStatus(status: string): OrderStatus {
  const known = orderStatuses.find((one) => one === status)
  if (!known) throw new UnreadableMessage(`status: "${status}" is none of an order's`)
  return known
}

function returnStatus(status: string): ReturnStatus {
  const known = returnStatuses.find((one) => one === status)
  if (!known) throw new UnreadableMessage(`status: "${status}" is none of a return's`)
  return known
}
