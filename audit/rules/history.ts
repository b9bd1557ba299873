import type { OrderStatus } from '#contracts/order.ts'
import type { HistoryRow, OrderRow } from '../facts/order.ts'
import { noneOf, type OrderRule, verdict } from './rule.ts'

/** The history of an order against its status: how it came there. */
export const historyRules: OrderRule[] = [
  {
    kind: 'order',
    name: 'history.newest',
    says: 'The newest entry of an order’s history has the order’s status.',
    counts: 'orders',
    needs: ['order'],
    judge({ order }) {
      const newest = order?.history.at(-1)?.status ?? 'nothing'
      return order && verdict(order.status === newest, `${order.status}, but its history ends with ${newest}`)
    },
  },
  {
    kind: 'order',
    name: 'history.sequence',
    says: 'No entry is missing between the first and the order’s last change.',
    counts: 'orders',
    needs: ['order'],
    judge: ({ order }) => order && noneOf(gapsIn(order)),
  },
  {
    kind: 'order',
    name: 'history.path',
    says: 'Each status follows from the one before it.',
    counts: 'orders',
    needs: ['order'],
    judge({ order }) {
      if (!order) return undefined
      const steps = order.history.map((row, i) => ({ from: order.history[i - 1]?.status, row }))
      return noneOf(steps.flatMap(({ from, row }) => wrongStep(from, row)))
    },
  },
  {
    kind: 'order',
    name: 'history.parcels',
    says: 'A parcel is where its last entry in the history says, and none moved before it was handed off.',
    counts: 'orders with parcels',
    needs: ['order'],
    judge({ order }) {
      if (!order || order.shipments.length === 0) return undefined
      return noneOf(wrongParcels(order))
    },
  },
]

/** Sequences come in tens; the hand-off is two entries, the second of them one further. */
function gapsIn({ history, sequence }: OrderRow): string[] {
  const tens = new Set(history.map((row) => Math.floor(row.sequence / 10) * 10))
  const wanted = Array.from({ length: Math.floor(sequence / 10) + 1 }, (_, i) => i * 10)
  const missing = wanted.filter((ten) => !tens.delete(ten))
  return [
    ...missing.map((ten) => `entry ${ten} is missing`),
    ...[...tens].map((ten) => `entry ${ten} is beyond the last change, ${sequence}`),
  ]
}

const follows: Record<OrderStatus, readonly OrderStatus[]> = {
  pending: ['pending', 'awaiting_customer', 'reserved', 'cancelling', 'cancelled'],
  awaiting_customer: ['awaiting_customer', 'pending', 'cancelling', 'cancelled'],
  reserved: ['reserved', 'paid', 'cancelling', 'cancelled'],
  paid: ['shipping'],
  shipping: ['shipping', 'cancelling', 'completed', 'cancelled'],
  cancelling: ['cancelling', 'shipping', 'completed', 'cancelled'],
  completed: ['completed'],
  cancelled: ['cancelled'],
}

function wrongStep(from: OrderStatus | undefined, { status, type, sequence }: HistoryRow): string[] {
  if (from === undefined) return status === 'pending' ? [] : [`it begins with ${status}`]
  return follows[from].includes(status) ? [] : [`entry ${sequence}, ${type}: from ${from} to ${status}`]
}

const prefix = 'shipment_moved/'

function wrongParcels({ history, shipments, endedAt }: OrderRow): string[] {
  const handedOff = history.findIndex(({ key }) => key === 'handed_off')
  const moves = history
    .map(({ key }, i) => ({ key, early: handedOff === -1 || i < handedOff }))
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, early }) => ({
      early,
      id: key.slice(prefix.length, key.lastIndexOf('/')),
      status: lastOf(key),
    }))
  return [
    ...moves
      .filter(({ early }) => early)
      .map(({ id, status }) => `parcel ${id} was ${status} before it was handed off`),
    ...shipments.flatMap(({ shipmentId, status }) => {
      const last = moves.findLast(({ id }) => id === shipmentId)?.status
      // What was never handed off is cancelled by the order's end, with no entry of its own.
      if (last === status || (!last && (status === 'requested' || (status === 'cancelled' && endedAt))))
        return []
      return [`parcel ${shipmentId} is ${status}, its history says ${last ?? 'nothing'}`]
    }),
  ]
}

const lastOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1)
