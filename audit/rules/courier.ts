import { type CourierStatus, movesOn, type ShipmentStatus, shipmentStatuses } from '#contracts/logistics.ts'
import { orderWorkflowId } from '#contracts/temporal.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import { decode } from '#platform/messaging/messages.ts'
import { messagePlace } from '../facts/kafka.ts'
import { describeWorkflows } from '../facts/workflows.ts'
import { everywhere, naming, type Sources } from '../sources.ts'
import { asideNow, contentsOf } from './contents.ts'
import type { Tally } from './tally.ts'

type ShipmentEvent = { shipmentId: string; orderId: string; status: CourierStatus; at: Date; place: string }

function eventIn(message: IncomingMessage): ShipmentEvent | undefined {
  const { shipmentId, orderId, status } = decode(ShipmentEventSchema, message.value)
  const known = shipmentStatuses.find((one) => one === status)
  if (!shipmentId || !orderId || !known || known === 'requested') return undefined
  return { shipmentId, orderId, status: known, at: message.timestamp, place: messagePlace(message) }
}

/** The courier's events that are not on record. */
export async function unnoted(
  sources: Sources,
  messages: readonly IncomingMessage[],
  tally: Tally,
): Promise<void> {
  const events = contentsOf(messages, tally, eventIn)
  const parcels = await findParcels(sources, events)
  const missing = events.filter((one) => {
    const parcel = parcels.get(one.shipmentId)
    const ours = parcel?.handedOffAt && parcel.orderId === one.orderId && one.at >= parcel.handedOffAt
    if (ours) tally.counted++
    else tally.exempt++
    return ours && movesOn(parcel.status, one.status)
  })
  if (missing.length === 0) return
  const ids = [...new Set(missing.map(({ orderId }) => orderWorkflowId(orderId)))]
  const workflows = await naming(sources.unavailable, 'Temporal', () =>
    describeWorkflows(sources.temporal, ids),
  )
  const aside = await asideNow(sources, 'courier')
  // Once more: what was under way when it was asked has come to the record since.
  const now = await findParcels(sources, missing)
  for (const { shipmentId, status, orderId, place } of missing) {
    const parcel = now.get(shipmentId)
    if (!parcel || !movesOn(parcel.status, status)) continue
    const found = `parcel ${shipmentId} is ${parcel.status}, the courier said ${status} at ${place}`
    const busy = workflows.get(orderWorkflowId(orderId))?.busy
    const why = aside([place])
    if (why === 'given up') tally.exempt++
    else if (why === 'retried') tally.excuse({ id: orderId, found, because: 'it failed, and is tried again' })
    else if (busy) tally.excuse({ id: orderId, found, because: busy })
    else tally.accuse({ id: orderId, found })
  }
}

type Parcel = { shipmentId: string; orderId: string; status: ShipmentStatus; handedOffAt: Date | null }

async function findParcels(
  { databases }: Sources,
  events: readonly ShipmentEvent[],
): Promise<Map<string, Parcel>> {
  const { rows } = await everywhere(databases.order, (sql) =>
    sql.query<Parcel>(
      `select shipment_id as "shipmentId", order_id as "orderId", status, (
       select at from order_history as entry where entry.order_id = shipments.order_id and key = 'handed_off'
     ) as "handedOffAt"
     from shipments where shipment_id = any($1)`,
      [[...new Set(events.map(({ shipmentId }) => shipmentId))]],
    ),
  )
  return new Map(rows.map((row) => [row.shipmentId, row]))
}
