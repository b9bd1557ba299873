import type { OrderChange } from '#contracts/order.ts'
import type { OrderFacts } from '#contracts/order-facts.ts'

/** The name under which a change happens once. A task that is run again gives it the same, whatever it hears of first. */
export function keyOf(change: OrderChange, { amendments }: OrderFacts, at: string): string {
  switch (change.type) {
    case 'shipment_moved':
      return `shipment_moved/${change.shipmentId}/${change.status}`
    case 'refunded':
      return `refunded/${change.part}`
    // One question per revision of the lines, and one answer.
    case 'missing':
    case 'amended':
      return `${change.type}/${amendments + 1}`
    case 'stuck':
    case 'unstuck':
      return `${change.type}/${change.step}/${change.shipmentId ?? ''}/${at}`
    default:
      return change.type
  }
}
