import { timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { Place } from '#contracts/customer.ts'
import { kmBetween } from '#contracts/distance.ts'
import { type CourierStatus, shipmentStatuses } from '#contracts/logistics.ts'
import {
  NewShipmentSchema,
  type Point,
  ShipmentEventSchema,
} from '#generated/proto/logistics/v1/logistics_pb.ts'
import { derivedId } from '#platform/ids.ts'
import type { OutgoingMessage } from '#platform/kafka/kafka.ts'
import {
  decode,
  encode,
  messageHeaders,
  readHeaders,
  UnreadableMessage,
} from '#platform/messaging/messages.ts'
import type { NewParcel, ShipmentEvent } from './courier.ts'

type Received = { value: Uint8Array; headers: Record<string, string> }

/** Throws UnreadableMessage. */
export function readNewShipment(message: Received): NewParcel {
  const { shipmentId, orderId, origin, recipient } = decode(NewShipmentSchema, message.value)
  if (shipmentId === '' || orderId === '') throw new UnreadableMessage('shipment_id or order_id is missing')
  const km = kmBetween(placeOf(origin, 'origin'), placeOf(recipient?.place, 'recipient.place'))
  return { shipmentId, orderId, km, traceparent: readHeaders(message).traceparent }
}

/** Throws UnreadableMessage. */
export function readShipmentEvent(message: Received): ShipmentEvent {
  const { shipmentId, orderId, status, occurredAt } = decode(ShipmentEventSchema, message.value)
  if (!isCourierStatus(status)) throw new UnreadableMessage(`"${status}" is no status of a shipment`)
  if (!occurredAt) throw new UnreadableMessage('occurred_at is missing')
  const { traceparent } = readHeaders(message)
  return { shipmentId, orderId, traceparent, km: 0, status, at: timestampDate(occurredAt).getTime() }
}

/** The same news has the same message id, however often it is told. */
export function asMessage(topic: string, event: ShipmentEvent): OutgoingMessage {
  const { shipmentId, orderId, traceparent, status, at } = event
  return {
    topic,
    key: shipmentId,
    value: encode(ShipmentEventSchema, {
      shipmentId,
      orderId,
      status,
      occurredAt: timestampFromMs(Math.round(at)),
      note: notes[status],
    }),
    headers: messageHeaders({ id: derivedId(`${shipmentId}/${status}`), type: 'ShipmentEvent', traceparent }),
  }
}

const notes: Record<CourierStatus, string> = {
  created: 'the courier has the parcel',
  sent_to_customer: 'the parcel is on its way',
  delivered: 'the parcel has arrived',
  lost: 'the parcel cannot be found',
  cancelled: 'the parcel was called back',
}

const isCourierStatus = (status: string): status is CourierStatus =>
  status !== 'requested' && (shipmentStatuses as readonly string[]).includes(status)

function placeOf(point: Point | undefined, field: string): Place {
  if (!point) throw new UnreadableMessage(`${field} is missing`)
  return { latitude: point.latitude, longitude: point.longitude }
}
