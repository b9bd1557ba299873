import type { Actor } from './actor.ts'

/** `requested`: handed off, and the courier has not spoken yet. */
export const shipmentStatuses = [
  'requested',
  'created',
  'sent_to_customer',
  'delivered',
  'lost',
  'cancelled',
] as const
export type ShipmentStatus = (typeof shipmentStatuses)[number]
export type CourierStatus = Exclude<ShipmentStatus, 'requested'>

/** A courier's event on its way to the workflow, or staff's. The same eventId may come twice, late, or out of order. */
export type ShipmentEvent = {
  eventId: string
  shipmentId: string
  status: CourierStatus
  occurredAt: string
  note?: string
  /** Absent: the courier. */
  by?: Actor
}

/** By hand, for a courier without events; a parcel is called back by cancelling its order. */
export type MoveShipment = {
  shipmentId: string
  status: Exclude<CourierStatus, 'cancelled'>
  by: Actor
  note?: string
}

export type RecallShipment = { orderId: string; shipmentId: string; traceparent: string }

/** Recalling is idempotent. A parcel that the courier has not heard of yet will not be accepted later. */
export type RecallResult = { kind: 'recalled' } | { kind: 'refused'; status: 'delivered' | 'lost' }

export type LogisticsActivities = {
  recallShipment(request: RecallShipment): Promise<RecallResult>
}

const final: readonly ShipmentStatus[] = ['delivered', 'lost', 'cancelled']
export const isFinalShipment = (status: ShipmentStatus): boolean => final.includes(status)

/** Whether news of `next` moves a shipment that is at `current`: events come late, twice and shuffled. */
export function movesOn(current: ShipmentStatus, next: ShipmentStatus): boolean {
  if (isFinalShipment(current)) return false
  return shipmentStatuses.indexOf(next) > shipmentStatuses.indexOf(current)
}
