import type { CustomerContact } from '#contracts/customer.ts'
import type { PlannedShipment } from '#contracts/inventory.ts'
import { isFinalShipment, type ShipmentStatus } from '#contracts/logistics.ts'
import type { Currency, Minor } from '#contracts/money.ts'
import type { CancelReason, KeyedChange, OrderStatus, OrderStep } from '#contracts/order.ts'
import { storable } from '#platform/storable.ts'

export type Shipment = PlannedShipment & { status: ShipmentStatus; movedAt: Date }

/** An order on record, as far as changes need it. */
export type OrderRecord = {
  orderId: string
  customerId: string
  currency: Currency
  status: OrderStatus
  reason: CancelReason | null
  /** Null until reserved. */
  total: Minor | null
  refunded: Minor
  endedAt: Date | null
  /** Of the last change on record. */
  sequence: number
  /** When the last change on record happened. */
  lastAt: Date
  stuck: { step: OrderStep; error: string; since: Date } | null
  contact: CustomerContact | null
  shipments: Shipment[]
  /** Of the changes on record, as far as they may come again; and `handed_off`. */
  keys: ReadonlySet<string>
}

/** A change with its place in the order's history. */
export type NumberedChange = KeyedChange & { sequence: number }

/** A row of the order's history: `status` is the order's after it. */
export type HistoryRow = {
  sequence: number
  key: string
  type: string
  status: OrderStatus
  by: string
  note: string
  at: Date
}

/** The order after a change. */
export function evolve(before: OrderRecord, numbered: NumberedChange): OrderRecord {
  const { change, sequence, key } = numbered
  const at = new Date(numbered.at)
  const order = { ...before, sequence, keys: new Set([...before.keys, key]) }
  switch (change.type) {
    case 'refused':
    case 'returned':
      return order
    case 'missing':
      return { ...order, status: 'awaiting_customer' }
    case 'amended':
      return { ...order, status: 'pending' }
    case 'reserved': {
      const shipments = change.shipments.map((planned) => ({
        ...planned,
        status: 'requested' as const,
        movedAt: at,
      }))
      return { ...order, status: 'reserved', total: change.total, shipments }
    }
    case 'handed_off':
    case 'cancel_refused':
      return { ...order, status: 'shipping' }
    case 'shipment_moved':
      return {
        ...order,
        shipments: order.shipments.map((one) =>
          one.shipmentId === change.shipmentId ? { ...one, status: change.status, movedAt: at } : one,
        ),
      }
    case 'refunded':
      return { ...order, refunded: order.refunded + change.amount }
    case 'cancelling':
      return { ...order, status: 'cancelling' }
    case 'cancelled':
      return { ...ended(order, at), status: 'cancelled', reason: change.reason }
    case 'completed':
      return { ...ended(order, at), status: 'completed' }
    case 'stuck':
      return { ...order, stuck: { step: change.step, error: storable(change.error), since: at } }
    case 'unstuck':
      return { ...order, stuck: null }
    default:
      return change satisfies never
  }
}

/** What has ended waits for nothing: a shipment that is still open was never handed off. */
function ended(order: OrderRecord, at: Date): OrderRecord {
  const shipments = order.shipments.map((one) =>
    isFinalShipment(one.status) ? one : { ...one, status: 'cancelled' as const, movedAt: at },
  )
  return { ...order, endedAt: at, stuck: null, shipments }
}
