import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { Minor } from '#contracts/money.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import type { ReturnStatus } from '#contracts/return.ts'
import { topics } from '#contracts/topics.ts'
import { NewShipmentSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
  ReturnChangedSchema,
} from '#generated/proto/order/v1/events_pb.ts'
import { derivedId } from '#platform/ids.ts'
import { type OutboxMessage, outboxMessage } from '#platform/messaging/outbox.ts'
import type { Shipment } from './data/shipments.ts'
import type { HistoryRow, OrderRecord } from './domain/record.ts'

export function orderCreated(request: PlaceOrder, at: Date): OutboxMessage {
  const { orderId, customerId, source, reference, fingerprint, traceparent } = request
  return event(
    OrderCreatedSchema,
    { orderId, sequence: 0, at, traceparent },
    {
      orderId,
      customerId,
      source,
      reference: reference ?? '',
      at: timestampFromDate(at),
      sequence: 0,
      fingerprint,
    },
  )
}

/** `order` is as it was after the change that `row` tells of. */
export function statusChanged(order: OrderRecord, row: HistoryRow, traceparent: string): OutboxMessage {
  const { orderId, customerId, total, currency, refunded } = order
  const { sequence, type, status, by, note, at } = row
  const tellsOfParcels = status === 'completed' || type === 'cancel_refused'
  return event(
    OrderStatusChangedSchema,
    { orderId, sequence, at, traceparent },
    {
      orderId,
      customerId,
      status,
      by,
      note,
      at: timestampFromDate(at),
      total: BigInt(total ?? 0),
      currency,
      shipments: tellsOfParcels ? order.shipments.map(outcomeOf) : [],
      sequence,
      change: type,
      refunded: BigInt(refunded),
    },
  )
}

export function orderCancelled(order: OrderRecord, row: HistoryRow, traceparent: string): OutboxMessage {
  const { orderId, customerId, reason } = order
  const { sequence, by, note, at } = row
  return event(
    OrderCancelledSchema,
    { orderId, sequence, at, traceparent },
    {
      orderId,
      customerId,
      reason: reason ?? '',
      by,
      note,
      at: timestampFromDate(at),
      shipments: order.shipments.map(outcomeOf),
      sequence,
    },
  )
}

type ReturnStep = { number: number; status: ReturnStatus; amount?: Minor | undefined }

export function returnChanged(
  { orderId, customerId, currency }: Pick<OrderRecord, 'orderId' | 'customerId' | 'currency'>,
  { number, status, amount = 0 }: ReturnStep,
  { sequence, by, note, at }: Pick<HistoryRow, 'sequence' | 'by' | 'note' | 'at'>,
  traceparent: string,
): OutboxMessage {
  return event(
    ReturnChangedSchema,
    { orderId, sequence, at, traceparent },
    {
      orderId,
      customerId,
      number,
      status,
      by,
      note,
      at: timestampFromDate(at),
      amount: BigInt(amount),
      currency,
      sequence,
    },
  )
}

/** For the courier: one parcel to take from a warehouse to the customer. */
export function newShipment(
  { orderId, contact }: OrderRecord,
  { shipmentId, warehouseId, origin, lines }: Shipment,
  at: Date,
  traceparent: string,
): OutboxMessage {
  if (!contact) throw new Error(`order ${orderId} is to be handed off and has no recipient`)
  const { name, phone, address, place } = contact
  const id = derivedId(`new/${shipmentId}`)
  const envelope = { id, topic: topics.newOrders, key: shipmentId, at, traceparent }
  return outboxMessage(NewShipmentSchema, envelope, {
    shipmentId,
    orderId,
    warehouseId,
    origin,
    recipient: { name, phone, ...address, place },
    lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
    requestedAt: timestampFromDate(at),
  })
}

const outcomeOf = ({ shipmentId, warehouseId, status, amount, lines }: Shipment) => ({
  shipmentId,
  warehouseId,
  status,
  amount: BigInt(amount),
  pieces: lines.map(({ productId, quantity }) => ({ productId, quantity })),
})

type Cause = { orderId: string; sequence: number; at: Date; traceparent: string }

/** Its id follows from the place in the order's history, so that a consumer knows a repeat. */
function event<Desc extends DescMessage>(
  schema: Desc,
  { orderId, sequence, at, traceparent }: Cause,
  content: MessageInitShape<Desc>,
): OutboxMessage {
  const id = derivedId(`${orderId}/${sequence}/${schema.name}`)
  return outboxMessage(schema, { id, topic: topics.orderEvents, key: orderId, at, traceparent }, content)
}
