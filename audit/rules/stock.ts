import type { ShipmentStatus } from '#contracts/logistics.ts'
import { type HeldLine, type Reservation, takenLines } from '../facts/inventory.ts'
import { hasEnded, type OrderRow, wasHandedOff } from '../facts/order.ts'
import { noneOf, type OrderRule, verdict } from './rule.ts'

/** The stock of each order, against its record. */
export const stockRules: OrderRule[] = [
  {
    kind: 'order',
    name: 'stock.known',
    says: 'Behind all stock that is held, sold or lost stands an order.',
    counts: 'reservations',
    needs: ['order', 'inventory'],
    unless: ['saga'],
    judge({ order, reservation }) {
      if (takenLines(reservation).length === 0 && reservation?.status !== 'open') return undefined
      return verdict(order !== undefined, `a reservation (${reservation?.status}) without an order`)
    },
  },
  {
    kind: 'order',
    name: 'stock.asked',
    says: 'No order holds, or was sold, more than it asked for.',
    counts: 'orders with stock',
    needs: ['order', 'inventory'],
    unless: ['saga'],
    judge({ order, reservation }) {
      if (!order || takenLines(reservation).length === 0) return undefined
      return noneOf(beyondAsked(order, takenLines(reservation)))
    },
  },
  {
    kind: 'order',
    name: 'stock.held',
    says: 'An order that is on its way, or about to be, holds its stock.',
    counts: 'orders on their way',
    needs: ['order', 'inventory'],
    unless: ['saga'],
    judge({ order, reservation }) {
      if (!order || hasEnded(order) || order.status === 'cancelling' || order.shipments.length === 0)
        return undefined
      return noneOf(letGo(order, reservation))
    },
  },
  {
    kind: 'order',
    name: 'stock.idle',
    says: 'No order holds stock that it has not on record.',
    counts: 'orders without parcels',
    needs: ['order', 'inventory'],
    unless: ['saga'],
    judge({ order, reservation }) {
      if (!order || hasEnded(order) || order.shipments.length > 0) return undefined
      const held = takenLines(reservation).length
      return verdict(held === 0, `${order.status}, and ${held} of its lines are held`)
    },
  },
  {
    kind: 'order',
    name: 'stock.returned',
    says: 'An order that has ended holds no stock.',
    counts: 'ended orders',
    needs: ['order', 'inventory'],
    unless: ['settling', 'saga'],
    judge({ order, reservation }) {
      if (!order || !hasEnded(order)) return undefined
      const held = takenLines(reservation).filter(({ state }) => state === 'reserved').length
      return verdict(
        reservation?.status !== 'open' && held === 0,
        `${order.status}, but its reservation is ${reservation?.status} with ${held} lines held`,
      )
    },
  },
  {
    kind: 'order',
    name: 'stock.shipments',
    says: 'What was delivered is sold, what was lost is lost, what was recalled is back.',
    counts: 'orders with parcels',
    needs: ['order', 'inventory'],
    unless: ['settling', 'saga'],
    judge({ order, reservation }) {
      if (!order || order.shipments.length === 0) return undefined
      return noneOf(wrongParcels(order, reservation?.lines ?? []))
    },
  },
]

function beyondAsked({ lines: asked }: OrderRow, lines: readonly HeldLine[]): string[] {
  const wanted = new Map(asked.map(({ lineNumber, quantity }) => [lineNumber, quantity]))
  const got = new Map<number, bigint>()
  for (const { lineNumber, quantity } of lines) got.set(lineNumber, (got.get(lineNumber) ?? 0n) + quantity)
  return [...got]
    .filter(([line, quantity]) => quantity > (wanted.get(line) ?? 0n))
    .map(([line, quantity]) => `line ${line}: asked for ${wanted.get(line) ?? 0}, got ${quantity}`)
}

/** Parcels that were recalled, or lost, may be given back while others are on their way. */
function letGo({ shipments }: OrderRow, reservation: Reservation | undefined): string[] {
  const kept = new Set(takenLines(reservation).map(({ shipmentId }) => shipmentId))
  return shipments
    .filter(({ status, shipmentId }) => status !== 'cancelled' && status !== 'lost' && !kept.has(shipmentId))
    .map(({ shipmentId, status }) => `parcel ${shipmentId} is ${status}, and nothing is held for it`)
}

const stateAfter: Readonly<Partial<Record<ShipmentStatus, HeldLine['state']>>> = {
  delivered: 'sold',
  lost: 'lost',
  cancelled: 'released',
}

/** Lines that are held are another rule's matter while they wait for the order's end; a recalled parcel's are not. */
function wrongParcels(order: OrderRow, lines: readonly HeldLine[]): string[] {
  return order.shipments.flatMap(({ shipmentId, status }) => {
    const wanted = stateAfter[status]
    const states = lines.filter((line) => line.shipmentId === shipmentId).map(({ state }) => state)
    if (wanted === undefined) {
      const gone = states.find((state) => state === 'sold' || state === 'lost')
      return gone ? [`parcel ${shipmentId} is ${status}, but its stock is ${gone}`] : []
    }
    if (states.includes('reserved')) {
      const waits = status !== 'cancelled' || hasEnded(order) || !wasHandedOff(order)
      return waits ? [] : [`parcel ${shipmentId} was recalled, and its stock is still held`]
    }
    if (states.length === 0 && wanted !== 'released')
      return [`parcel ${shipmentId} was ${status}, but took nothing`]
    const other = states.find((state) => state !== wanted)
    return other === undefined ? [] : [`parcel ${shipmentId} was ${status}, but its stock is ${other}`]
  })
}
