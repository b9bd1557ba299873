import { isFinalShipment, movesOn } from '#contracts/logistics.ts'
import { UnreadableMessage } from '#platform/messaging/messages.ts'
import { type ReadOptions, readTopics } from '../reader.ts'
import type { NewParcel, ShipmentEvent } from './courier.ts'
import type { Parcel } from './rules.ts'
import { readNewShipment, readShipmentEvent } from './wire.ts'

export type HistoryOptions = Pick<ReadOptions, 'brokers' | 'logger' | 'signal'> & {
  newOrders: string
  ordersEvents: string
  since: Date
  /** Parcels that were final before then need not be remembered. */
  finalBefore: Date
  now: () => number
}

/** What the topics tell of one shipment; the two may be read in any order. */
type Seen = { request?: NewParcel; event?: ShipmentEvent }

/**
 * Kafka is the courier's memory: what it was asked (new_orders) and what it told (orders_events) since a time give
 * back its parcels as an earlier run left them. Only unfinished ones take room while it reads.
 */
export async function readHistory(options: HistoryOptions): Promise<Parcel[]> {
  const { newOrders, ordersEvents, since, finalBefore, now, ...connection } = options
  const seen = new Map<string, Seen>()
  const note = (shipmentId: string, more: Seen) => {
    const all = { ...seen.get(shipmentId), ...more }
    if (isOver(all, finalBefore)) seen.delete(shipmentId)
    else seen.set(shipmentId, all)
  }
  const reader = await readTopics({
    ...connection,
    clientId: 'logistics-history',
    topics: [newOrders, ordersEvents],
    from: since,
    onMessage: passingOverUnreadable((message) => {
      if (message.topic === newOrders) {
        const request = readNewShipment(message)
        note(request.shipmentId, { request })
        return
      }
      const event = readShipmentEvent(message)
      const known = seen.get(event.shipmentId)?.event
      if (!known || movesOn(known.status, event.status)) note(event.shipmentId, { event })
    }),
  })
  await untilCaughtUp(reader.caughtUp, options.signal).finally(() => reader.stop())
  return [...seen.values()].flatMap((one) => parcelOf(one, now()))
}

const isOver = ({ request, event }: Seen, before: Date) =>
  request !== undefined && event !== undefined && isFinalShipment(event.status) && event.at < before.getTime()

/**
 * News without its request: either the parcel was recalled before it was handed over, or this is a late repeat about
 * one that was over, and passed over, before.
 */
function parcelOf({ request, event }: Seen, now: number): Parcel[] {
  if (request) return [{ ...request, status: event?.status ?? 'requested', since: event?.at ?? now }]
  if (event?.status !== 'cancelled') return []
  const { at, ...parcel } = event
  return [{ ...parcel, since: at }]
}

/** The live consumer puts what it cannot read aside; here it has been put aside already. */
function passingOverUnreadable(onMessage: ReadOptions['onMessage']): ReadOptions['onMessage'] {
  return (message) => {
    try {
      onMessage(message)
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error
    }
  }
}

function untilCaughtUp(caughtUp: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    caughtUp.then(resolve, reject)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    if (signal?.aborted) reject(signal.reason)
  })
}
