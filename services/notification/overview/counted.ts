import type { OrderEvent } from '#contracts/notification.ts'
import { OrderCreatedSchema } from '#generated/proto/order/v1/events_pb.ts'
import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import { decode } from '#platform/messaging/messages.ts'
import { readOrSkip } from '../events.ts'

/** What one message adds to the counts of its minute and of its hour. */
export type Counted = {
  id: string
  orderId: string
  at: Date
  /** By field; a field with `:` is one of a family. */
  add: Record<string, number>
  /** The order begins, or ends: the time between is counted, too. */
  marks?: 'placed' | 'completed' | 'cancelled'
}

/** Undefined: nothing is counted of it. */
export function countedIn(message: Pick<IncomingMessage, 'headers' | 'value'>): Counted | undefined {
  const event = readOrSkip(message)?.event
  const counts = event && countsOf(event, message.value)
  return counts && { id: event.id, orderId: event.orderId, at: new Date(event.at), ...counts }
}

function countsOf(event: OrderEvent, value: Uint8Array): Pick<Counted, 'add' | 'marks'> | undefined {
  const { type, reason = '', amount = 0 } = event
  switch (type) {
    case 'order.created': {
      const { source } = decode(OrderCreatedSchema, value)
      return { add: { placed: 1, [`source:${source}`]: 1 }, marks: 'placed' }
    }
    case 'order.completed':
      return { add: { completed: 1, ...lostIn(event) }, marks: 'completed' }
    case 'order.cancelled':
      return { add: { cancelled: 1, [`reason:${reason}`]: 1, ...lostIn(event) }, marks: 'cancelled' }
    case 'payment.succeeded':
      return { add: { charged: amount } }
    case 'payment.refunded':
      return { add: { refunded: amount } }
    default:
      return undefined
  }
}

/** Once an order has ended, what its lost parcels cost has gone back. */
function lostIn({ shipments = [] }: OrderEvent): Record<string, number> {
  const lost = shipments.filter(({ status }) => status === 'lost')
  if (lost.length === 0) return {}
  return { parcelsLost: lost.length, lost: lost.reduce((sum, { amount }) => sum + amount, 0) }
}
