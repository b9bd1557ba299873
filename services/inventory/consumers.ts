import { type ShipmentStatus, shipmentStatuses } from '#contracts/logistics.ts'
import {
  OrderCancelledSchema,
  OrderStatusChangedSchema,
  type ShipmentOutcome,
} from '#generated/proto/order/v1/events_pb.ts'
import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import { decode, readHeaders, UnreadableMessage } from '#platform/messaging/messages.ts'
import type { Logger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import type { LineState, ShipmentEnd } from './data/reservations.ts'
import type { InventoryStore } from './store.ts'

type Dependencies = { store: InventoryStore; logger: Logger }

/** Hears on `order.events` how an order ended, and brings the books in line with it. */
export function createOrderEventsConsumer({ store, logger }: Dependencies) {
  return async (message: IncomingMessage): Promise<void> => {
    const { id: messageId, type, traceparent } = readHeaders(message)
    const order = orderEnd(type, message.value)
    if (!order) return
    const ended = await store.settleOrder({ messageId, traceparent, ...order })
    if (ended.length === 0) return
    logger
      .child({ orderId: order.orderId, traceId: traceIdOf(traceparent) })
      .info({ shipments: ended }, `settled ${ended.length} shipments`)
  }
}

/** Undefined when the event tells of no end. Throws UnreadableMessage when it cannot be understood. */
function orderEnd(type: string, value: Uint8Array) {
  if (type === 'OrderCancelled') return checked(decode(OrderCancelledSchema, value))
  if (type !== 'OrderStatusChanged') return undefined
  const changed = decode(OrderStatusChangedSchema, value)
  return changed.status === 'completed' ? checked(changed) : undefined
}

function checked({ orderId, shipments }: { orderId: string; shipments: ShipmentOutcome[] }) {
  if (orderId === '') throw new UnreadableMessage('order_id: is missing')
  return { orderId, shipments: shipments.flatMap(shipmentEnd) }
}

const states: Readonly<Partial<Record<ShipmentStatus, LineState>>> = {
  delivered: 'sold',
  lost: 'lost',
  cancelled: 'released',
}

function shipmentEnd({ shipmentId, status }: ShipmentOutcome, i: number): ShipmentEnd[] {
  const known = shipmentStatuses.find((one) => one === status)
  if (!known) throw new UnreadableMessage(`shipments[${i}].status: "${status}" is none`)
  const state = states[known]
  // The courier never had it: whoever cancelled the order has given its stock back.
  return state ? [{ shipmentId, state }] : []
}
