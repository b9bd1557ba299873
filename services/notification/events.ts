import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt'
import { type ShipmentStatus, shipmentStatuses } from '#contracts/logistics.ts'
import { isCurrency } from '#contracts/money.ts'
import type { EventType, OrderEvent, ParcelOutcome } from '#contracts/notification.ts'
import { type OrderStatus, orderStatuses } from '#contracts/order.ts'
import { type ReturnStatus, returnStatuses } from '#contracts/return.ts'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
  ReturnChangedSchema,
  type ShipmentOutcome,
} from '#generated/proto/order/v1/events_pb.ts'
import {
  PaymentFailedSchema,
  PaymentRefundedSchema,
  PaymentSucceededSchema,
} from '#generated/proto/payment/v1/events_pb.ts'
import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import { decode, readHeaders, UnreadableMessage } from '#platform/messaging/messages.ts'

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
  reader(OrderCreatedSchema, (created) => ({
    ...about(created, 'order.created'),
    change: 'placed',
    status: 'pending',
  })),
  reader(OrderStatusChangedSchema, (changed) => {
    const { change, refunded } = changed
    const status = orderStatus(changed.status)
    const type = change === 'cancel_refused' ? 'order.cancel_refused' : (`order.${status}` as const)
    return {
      ...about(changed, type),
      ...(change !== '' && { change }),
      status,
      ...words(changed),
      ...sum(changed.total, changed),
      ...(refunded > 0n && { refunded: Number(refunded) }),
      ...parcels(changed),
    }
  }),
  reader(OrderCancelledSchema, (cancelled) => ({
    ...about(cancelled, 'order.cancelled'),
    change: 'cancelled',
    status: 'cancelled',
    reason: cancelled.reason,
    ...words(cancelled),
    ...parcels(cancelled),
  })),
  reader(ReturnChangedSchema, (changed) => {
    const status = returnStatus(changed.status)
    const returnNumber = changed.number
    return {
      ...about(changed, `return.${status}`),
      change: `return_${status}`,
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

type Common = { orderId: string; customerId: string; at?: Timestamp | undefined; sequence: number }

function about({ orderId, customerId, at, sequence }: Common, type: EventType) {
  if (orderId === '') throw new UnreadableMessage('order_id: is missing')
  if (customerId === '') throw new UnreadableMessage('customer_id: is missing')
  if (!at) throw new UnreadableMessage('at: is missing')
  const stream = type.startsWith('payment.') ? ('payment' as const) : ('order' as const)
  return { type, orderId, customerId, at: timestampDate(at).toISOString(), stream, sequence }
}

const words = ({ by, note }: { by: string; note: string }) => ({
  ...(by !== '' && { by }),
  ...(note !== '' && { note }),
})

/** An order without prices has no total yet, and a return that was not judged no amount. */
const sum = (amount: bigint, { currency }: { currency: string }) =>
  amount === 0n || !isCurrency(currency) ? {} : { amount: Number(amount), currency }

const parcels = ({ shipments }: { shipments: ShipmentOutcome[] }) =>
  shipments.length === 0 ? {} : { shipments: shipments.map(parcel) }

const parcel = ({ shipmentId, warehouseId, status, amount, pieces }: ShipmentOutcome): ParcelOutcome => ({
  shipmentId,
  warehouseId,
  status: shipmentStatus(status),
  amount: Number(amount),
  pieces: pieces.map(({ productId, quantity }) => ({ productId, quantity })),
})

function shipmentStatus(status: string): ShipmentStatus {
  const known = shipmentStatuses.find((one) => one === status)
  if (!known) throw new UnreadableMessage(`status: "${status}" is none of a shipment's`)
  return known
}

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
