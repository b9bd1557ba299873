import { createHash } from 'node:crypto'
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt'
import { lengths } from '#contracts/limits.ts'
import type { OrderLine } from '#contracts/lines.ts'
import { type CourierStatus, type ShipmentEvent, shipmentStatuses } from '#contracts/logistics.ts'
import type { Currency } from '#contracts/money.ts'
import { contentOf, type OrderSource, orderSources, type PlaceOrder, preOrderName } from '#contracts/order.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import { bucketOf, derivedIdInBucket } from '#platform/ids.ts'
import { decode, readHeaders, UnreadableMessage } from '#platform/messaging/messages.ts'
import { composed, type TextLimits, textProblem, tidied } from '#platform/values/texts.ts'
import { isTimely, timelyInWords } from '#platform/values/times.ts'

type Received = { value: Uint8Array; headers: Record<string, string>; timestamp: Date }

/** As JSON, in characters. A workflow's input may have 2 MB; an order of 1,000 lines has a tenth of that. */
const largestOrder = 500_000

/** Limits of ids: Temporal takes no longer ones. */
const names: TextLimits = { max: 128, maxBytes: 255 }

/** An order with its source's own number, as each that comes by Kafka has one. */
type NamedOrder = PlaceOrder & { reference: string }

/**
 * What Kafka brought as an order to place. Throws UnreadableMessage without what makes an order one: whose it is and
 * where it came from. Anything else that is wrong with it is for the order's own judgement. `name` is its identity.
 */
export function readPreOrder(message: Received, now = new Date()): { name: string; order: NamedOrder } {
  const { traceparent } = readHeaders(message)
  const preOrder = decode(PreOrderSchema, message.value)
  const source = readSource(preOrder.source)
  const reference = readName(preOrder.reference, 'reference', lengths.reference)
  const customerId = readName(preOrder.customerId, 'customer_id')
  const currency = readName(preOrder.currency, 'currency') as Currency
  const lines = preOrder.lines.map(({ productId, quantity, agreedPrice }, i): OrderLine => {
    const line = { lineNumber: i + 1, productId, quantity }
    return agreedPrice === undefined ? line : { ...line, agreedPrice: Number(agreedPrice) }
  })
  const name = preOrderName(source, reference)
  const order: NamedOrder = {
    orderId: derivedIdInBucket(bucketOf(customerId), name),
    customerId,
    source,
    reference,
    currency,
    lines,
    placedAt: readTime(preOrder.placedAt, 'placed_at', now, message.timestamp),
    fingerprint: createHash('sha256').update(contentOf({ customerId, currency, lines })).digest('hex'),
    traceparent,
  }
  if (JSON.stringify(order).length > largestOrder) {
    throw new UnreadableMessage(`${lines.length} lines are more than an order can carry`)
  }
  return { name, order }
}

/** What the courier tells of an order's shipment. Throws UnreadableMessage. */
export function readShipmentEvent(message: Received, now = new Date()) {
  const { id, traceparent } = readHeaders(message)
  const told = decode(ShipmentEventSchema, message.value)
  const note = tidied(told.note, lengths.note)
  const event: ShipmentEvent = {
    eventId: id,
    shipmentId: readName(told.shipmentId, 'shipment_id'),
    status: readStatus(told.status),
    occurredAt: readTime(told.occurredAt, 'occurred_at', now),
    ...(note !== '' && { note }),
  }
  return { id, orderId: readName(told.orderId, 'order_id'), event, traceparent }
}

/** A text that can stand in a database, in a workflow's id and on one line. */
function readName(text: string, field: string, limits: TextLimits = names): string {
  if (text === '') throw new UnreadableMessage(`${field} is missing`)
  const name = composed(text)
  const problem = textProblem(name, limits)
  if (problem) throw new UnreadableMessage(`${field} ${problem}`)
  return name
}

function readSource(text: string): OrderSource {
  const source = orderSources.find((one) => one === text)
  if (source) return source
  throw new UnreadableMessage(text === '' ? 'source is missing' : `"${text.slice(0, 50)}" is no source`)
}

function readStatus(text: string): CourierStatus {
  const status = shipmentStatuses.find((one) => one === text)
  if (status && status !== 'requested') return status
  throw new UnreadableMessage(`"${text.slice(0, 50)}" is no status that a courier tells`)
}

function readTime(timestamp: Timestamp | undefined, field: string, now: Date, whenMissing?: Date): string {
  const time = timestamp ? timestampDate(timestamp) : whenMissing
  if (!time) throw new UnreadableMessage(`${field} is missing`)
  if (isTimely(time, now)) return time.toISOString()
  throw new UnreadableMessage(`${field} is not ${timelyInWords}`)
}
