import type { ShipmentStatus } from '#contracts/logistics.ts'
import { topics } from '#contracts/topics.ts'
import { derivedId } from '#platform/ids.ts'
import { everywhere, type Shard } from '../sources.ts'
import type { HistoryRow, OrderRow } from './order.ts'
import { payableIds } from './payment.ts'

/** A message that a change on record must have put into the outbox, in the transaction that wrote the change. */
export type Due = { id: string; what: string; at: Date }

/** The messages of an order's history: their ids follow from the place in it, so that a repeat is the same message. */
export function messagesDue({ orderId, history, shipments, recordedAt }: OrderHistory): Due[] {
  return history.flatMap((row, i) => {
    const due = (type: string): Due => ({
      id: derivedId(`${orderId}/${row.sequence}/${type}`),
      what: `${type} of ${row.key}`,
      at: i === 0 ? recordedAt : row.at,
    })
    if (row.type === 'placed') return [due('OrderCreated')]
    if (row.type.startsWith('return_')) return [due('ReturnChanged')]
    return [
      ...(row.status === history[i - 1]?.status
        ? []
        : [due(row.status === 'cancelled' ? 'OrderCancelled' : 'OrderStatusChanged')]),
      ...(row.key === 'handed_off' ? shipments.map(({ shipmentId }) => parcelDue(shipmentId, row.at)) : []),
    ]
  })
}

export type OrderHistory = {
  orderId: string
  recordedAt: Date
  history: Pick<HistoryRow, 'sequence' | 'key' | 'type' | 'status' | 'at'>[]
  shipments: { shipmentId: string; status: ShipmentStatus }[]
}

const parcelDue = (shipmentId: string, at: Date): Due => ({
  id: derivedId(`new/${shipmentId}`),
  what: `NewShipment of ${shipmentId}`,
  at,
})

type Sent = { key: string; type: string; topic: string }

/** The ids of messages that what is on record may have sent, of the orders and parcels that these messages are about. */
export async function possibleOfOrders({ sql }: Shard, sent: readonly Sent[]): Promise<Set<string>> {
  const [parcels, others] = [
    sent.filter(({ topic }) => topic === topics.newOrders),
    sent.filter(({ topic }) => topic !== topics.newOrders),
  ]
  const rows = await sql.query<{ orderId: string; sequence: number }>(
    'select order_id as "orderId", sequence from order_history where order_id = any($1)',
    [distinct(others)],
  )
  const handedOff = await sql.query<{ id: string }>(
    `select shipment_id as id from shipments where shipment_id = any($1) and exists (
       select from order_history as entry where entry.order_id = shipments.order_id and key = 'handed_off')`,
    [distinct(parcels)],
  )
  const types = [...new Set(others.map(({ type }) => type))]
  return new Set([
    ...rows.flatMap(({ orderId, sequence }) =>
      types.map((type) => derivedId(`${orderId}/${sequence}/${type}`)),
    ),
    ...handedOff.map(({ id }) => derivedId(`new/${id}`)),
  ])
}

/** As `possibleOfOrders`, of what was decided about orders' money. */
export async function possibleOfPayments({ sql }: Shard, sent: readonly Sent[]): Promise<Set<string>> {
  const rows = await sql.query<{ key: string }>(
    `select 'charge/' || order_id as key from order_payments where order_id = any($1::uuid[])
     union all select key from transfers where order_id = any($1::uuid[]) and kind = 'refund'`,
    [payableIds(distinct(sent))],
  )
  return new Set(rows.map(({ key }) => derivedId(`${key}/event`)))
}

const distinct = (sent: readonly Sent[]): string[] => [...new Set(sent.map(({ key }) => key))]

/** Clocks of workflows and databases differ by less, in ms. */
const MARGIN = 60_000

/** What is due and not in the outbox, by order: of what came after the oldest sent message that is still kept. */
export async function missingMessages(
  shards: readonly Shard[],
  orders: readonly OrderRow[],
): Promise<Map<string, string[]>> {
  const missing = new Map<string, string[]>()
  const from = orders.length > 0 ? (await horizonOf(shards)) + MARGIN : Number.POSITIVE_INFINITY
  const wanted = orders
    .filter(({ history }) => history.some(({ at }) => at.getTime() > from))
    .flatMap((order) => messagesDue(order).map((message) => ({ ...message, orderId: order.orderId })))
    .filter(({ at }) => at.getTime() > from)
  if (wanted.length === 0) return missing
  const ids = wanted.map(({ id }) => id)
  const { rows, unseen } = await everywhere(shards, (sql) =>
    sql.query<{ id: string }>('select id::text as id from outbox where id = any($1::uuid[])', [ids]),
  )
  if (unseen.length > 0) return missing
  const there = new Set(rows.map(({ id }) => id))
  for (const { orderId, id, what } of wanted) {
    if (!there.has(id)) missing.set(orderId, [...(missing.get(orderId) ?? []), what])
  }
  return missing
}

/** What was sent is cleaned, oldest first: whatever was sent after the oldest that is kept must be there. In ms. */
async function horizonOf(shards: readonly Shard[]): Promise<number> {
  const { rows } = await everywhere(shards, (sql) =>
    sql.query<{ oldest: Date | null }>(
      'select min(processed_at) as oldest from outbox where processed_at is not null',
    ),
  )
  return Math.max(...rows.map(({ oldest }) => oldest?.getTime() ?? Number.POSITIVE_INFINITY))
}
