import { movesOn, type ShipmentStatus } from '#contracts/logistics.ts'
import type { Sql } from '#platform/postgres/database.ts'

/** An order's shipment on record. Before the hand-off no courier has heard of it. */
export type ShipmentOnRecord = { status: ShipmentStatus; handedOff: boolean }

/** Undefined when the order has no such shipment. */
export async function shipmentOnRecord(
  sql: Sql,
  orderId: string,
  shipmentId: string,
): Promise<ShipmentOnRecord | undefined> {
  const [row] = await sql.query<ShipmentOnRecord>(
    `select status,
       exists (select from order_history h where h.order_id = s.order_id and h.key = 'handed_off') as "handedOff"
     from shipments s where shipment_id = $1 and order_id = $2`,
    [shipmentId, orderId],
  )
  return row
}

export const wouldMove = (parcel: ShipmentOnRecord | undefined, status: ShipmentStatus): boolean =>
  parcel !== undefined && parcel.handedOff && movesOn(parcel.status, status)
