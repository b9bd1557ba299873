import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ReserveStock } from '#contracts/inventory.ts'
import { topics } from '#contracts/topics.ts'
import {
  StockFailedSchema,
  StockReleasedSchema,
  StockReservedSchema,
} from '#generated/proto/inventory/v1/events_pb.ts'
import { derivedId } from '#platform/ids.ts'
import { type OutboxMessage, outboxMessage } from '#platform/messaging/outbox.ts'
import { amountOf } from './domain/reserve-result.ts'
import type { Refusal, ReservedLine } from './domain/rules.ts'

type About = { orderId: string; traceparent: string }

export function stockReserved(
  request: ReserveStock,
  lines: readonly ReservedLine[],
  at: Date,
): OutboxMessage {
  const { orderId, revision, currency } = request
  return outboxMessage(StockReservedSchema, envelope(`${orderId}/reserved/${revision}`, request, at), {
    orderId,
    total: BigInt(amountOf(lines)),
    currency,
    warehouseIds: distinct(lines.map(({ warehouseId }) => warehouseId)),
    at: timestampFromDate(at),
  })
}

/** Nothing is held for this order, nor is what an earlier revision held. */
export function stockFailed(request: ReserveStock, refusal: Refusal, at: Date): OutboxMessage {
  const { orderId, revision } = request
  return outboxMessage(StockFailedSchema, envelope(`${orderId}/failed/${revision}`, request, at), {
    orderId,
    why: refusal.kind,
    productIds: productsOf(refusal),
    at: timestampFromDate(at),
  })
}

function productsOf(refusal: Refusal): string[] {
  switch (refusal.kind) {
    case 'missing':
      return distinct(refusal.missing.map(({ productId }) => productId))
    case 'unknown_product':
      return refusal.productIds
    case 'out_of_range':
    case 'too_dear':
      return []
  }
}

/** `shipments`: those that were given back now; each is given back once, so they name the event. */
export function stockReleased(
  about: About,
  shipments: readonly { shipmentId: string; warehouseId: string }[],
  at: Date,
): OutboxMessage {
  const shipmentIds = shipments.map(({ shipmentId }) => shipmentId).sort()
  const name = `${about.orderId}/released/${shipmentIds.join('+')}`
  return outboxMessage(StockReleasedSchema, envelope(name, about, at), {
    orderId: about.orderId,
    warehouseIds: distinct(shipments.map(({ warehouseId }) => warehouseId)),
    at: timestampFromDate(at),
  })
}

const distinct = (texts: string[]): string[] => [...new Set(texts)].sort()

/** `name` says what happened, once: the message's id follows from it, so that a repeat is the same message. */
function envelope(name: string, { orderId, traceparent }: About, at: Date) {
  return { id: derivedId(name), topic: topics.inventoryEvents, key: orderId, at, traceparent }
}
