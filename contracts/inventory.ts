import type { Place } from './customer.ts'
import type { MissingLine, OrderLine, PricedLine } from './lines.ts'
import type { Currency, Minor } from './money.ts'

/** Great-circle distance beyond which no warehouse delivers, in kilometres (the design's figure). */
export const rangeKm = 5000

/** The part of an order that leaves from one warehouse. `amount` is what its lines cost together. */
export type PlannedShipment = {
  shipmentId: string
  warehouseId: string
  origin: Place
  amount: Minor
  lines: PricedLine[]
}

/** `revision` counts amendments: a late repeat of an older one never takes the place of a newer one. */
export type ReserveStock = {
  orderId: string
  revision: number
  currency: Currency
  lines: OrderLine[]
  destination: Place
  traceparent: string
}

export type ReserveResult =
  | { kind: 'reserved'; total: Minor; lines: PricedLine[]; shipments: PlannedShipment[] }
  | { kind: 'missing'; missing: MissingLine[] }
  | { kind: 'out_of_range'; nearestKm: number }
  | { kind: 'unknown_product'; productIds: string[] }
  /** All lines together cost more than any order may. */
  | { kind: 'too_dear'; most: Minor }
  /** The reservation was released, or a newer revision holds it: this call came too late. */
  | { kind: 'superseded' }

/** Gives stock back, of the named shipments or of the whole order; then no late reserve can take it again. */
export type ReleaseStock = { orderId: string; shipmentIds: string[] | 'all'; traceparent: string }

/** Goods that came back: restocked pieces can be sold again, written-off ones are only noted. Once per order and number. */
export type RestockReturn = {
  orderId: string
  number: number
  by: string
  lines: {
    lineNumber: number
    productId: string
    warehouseId: string
    restocked: number
    writtenOff: number
  }[]
  traceparent: string
}

export type InventoryActivities = {
  reserveStock(request: ReserveStock): Promise<ReserveResult>
  releaseStock(request: ReleaseStock): Promise<void>
  takeBack(request: RestockReturn): Promise<void>
}
