import { isFinalShipment } from '#contracts/logistics.ts'
import type { CancelReason, OrderChange, OrderLine, OrderProgress, OrderStatus } from '#contracts/order.ts'

/** What is known of an order, as its changes made it. */
export type OrderFacts = {
  status: OrderStatus
  reason: CancelReason | null
  lines: OrderLine[]
  missing: OrderProgress['missing']
  shipments: OrderProgress['shipments']
  total: number
  refunded: number
}

export const factsOf = (lines: OrderLine[]): OrderFacts => ({
  status: 'pending',
  reason: null,
  lines,
  missing: [],
  shipments: [],
  total: 0,
  refunded: 0,
})

/** The facts after a change. */
export function evolve(facts: OrderFacts, change: OrderChange): OrderFacts {
  switch (change.type) {
    case 'missing':
      return { ...facts, status: 'awaiting_customer', missing: change.missing }
    case 'amended':
      return { ...facts, status: 'pending', missing: [], lines: change.lines }
    case 'reserved':
      return { ...facts, status: 'reserved', total: change.total, shipments: change.shipments.map(requested) }
    case 'handed_off':
    case 'cancel_refused':
      return { ...facts, status: 'shipping' }
    case 'shipment_moved':
      return onShipments(facts, change.shipmentId, { status: change.status })
    case 'refunded':
      return onShipments({ ...facts, refunded: facts.refunded + change.amount }, change.shipmentId, {
        refunded: true,
      })
    case 'cancelling':
      return { ...facts, status: 'cancelling' }
    case 'cancelled':
      return { ...facts, status: 'cancelled', reason: change.reason }
    case 'completed':
      return { ...facts, status: 'completed' }
    case 'refused':
    case 'returned':
    case 'stuck':
    case 'unstuck':
      return facts
    default:
      return change satisfies never
  }
}

export const openShipments = ({ shipments }: OrderFacts) =>
  shipments.filter(({ status }) => !isFinalShipment(status))

const requested = (planned: Extract<OrderChange, { type: 'reserved' }>['shipments'][number]) => ({
  shipmentId: planned.shipmentId,
  warehouseId: planned.warehouseId,
  amount: planned.amount,
  status: 'requested' as const,
  refunded: false,
})

/** `shipmentId` null means all of them. */
function onShipments(
  facts: OrderFacts,
  shipmentId: string | null,
  patch: Partial<OrderFacts['shipments'][number]>,
): OrderFacts {
  const concerns = (id: string) => shipmentId === null || shipmentId === id
  return {
    ...facts,
    shipments: facts.shipments.map((one) => (concerns(one.shipmentId) ? { ...one, ...patch } : one)),
  }
}
