import { movesOn, type ShipmentStatus } from '#contracts/logistics.ts'
import type { OrderDatabase } from '../database.ts'

/** An order's shipment on record. Before the hand-off no courier has heard of it. */
export type ShipmentOnRecord = { status: ShipmentStatus; handedOff: boolean }

/** Undefined when the order has no such shipment. */
export async function shipmentOnRecord(
  { prisma }: OrderDatabase,
  orderId: string,
  shipmentId: string,
): Promise<ShipmentOnRecord | undefined> {
  // Each event of a shipment asks.
  const [row] = await prisma.$queryRaw<ShipmentOnRecord[]>`
    select status,
      exists (select from order_history h where h.order_id = s.order_id and h.key = 'handed_off') as "handedOff"
    from shipments s where shipment_id = ${shipmentId} and order_id = ${orderId}`
  return row
}

export const wouldMove = (parcel: ShipmentOnRecord | undefined, status: ShipmentStatus): boolean =>
  parcel !== undefined && parcel.handedOff && movesOn(parcel.status, status)
