import type { OrderChange } from '#contracts/order.ts'
import type { OrderFacts } from '#contracts/order-facts.ts'

/** The name under which a change happens once. A task that is run again gives it the same, whatever it hears of first. */
export function keyOf(change: OrderChange, { amendments }: OrderFacts, at: string): string {
  switch (change.type) {
    case 'shipment_moved':
      return `shipment_moved/${change.shipmentId}/${change.status}`
    case 'refunded':
      return `refunded/${change.part}`
    // One question per revision of the lines.
    case 'missing':
      return `missing/${amendments + 1}`
    // One answer to it; but two people's differ, and whoever comes second is to hear that. It is asked, so it keeps its time.
    case 'amended':
      return `amended/${amendments + 1}/${at}`
    case 'stuck':
    case 'unstuck':
      return `${change.type}/${change.step}/${change.shipmentId ?? ''}/${at}`
    default:
      return change.type
  }
}
