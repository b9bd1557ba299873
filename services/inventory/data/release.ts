import type { ReleaseStock } from '#contracts/inventory.ts'
import { firstTime } from '#platform/messaging/inbox.ts'
import { appendToOutbox } from '#platform/messaging/outbox.ts'
import type { InventoryTransaction } from '../database.ts'
import { stockReleased } from '../events.ts'
import {
  endShipments,
  heldShipments,
  lockOrder,
  lockStock,
  type MovedShipment,
  type ShipmentEnd,
} from './reservations.ts'

/** How the shipments of an order ended, as a message told it. */
export type OrderEnd = { messageId: string; orderId: string; traceparent: string; shipments: ShipmentEnd[] }

/** The name in the inbox. */
const settlement = 'settlement'

/** Gives stock back, once; resolves to what was given back now. */
export async function releaseStock(
  tx: InventoryTransaction,
  request: ReleaseStock,
  at: Date,
): Promise<MovedShipment[]> {
  const { orderId, shipmentIds } = request
  await lockOrder(tx, orderId)
  if (shipmentIds === 'all') {
    await bury(tx, orderId, at)
    return end(tx, request, await heldShipments(tx, orderId, 'released'), at)
  }
  return end(
    tx,
    request,
    shipmentIds.map((shipmentId) => ({ shipmentId, state: 'released' })),
    at,
  )
}

/** Takes delivered and lost shipments off the books, and gives back cancelled ones; once per message. */
export async function settleOrder(
  tx: InventoryTransaction,
  order: OrderEnd,
  at: Date,
): Promise<MovedShipment[]> {
  if (!(await firstTime(tx, settlement, order.messageId))) return []
  await lockOrder(tx, order.orderId)
  return end(tx, order, order.shipments, at)
}

/** The tombstone after which a late reserve comes too late, also for an order that holds nothing. */
async function bury(tx: InventoryTransaction, orderId: string, at: Date): Promise<void> {
  await tx.prisma.$executeRaw`
    insert into reservations as earlier (order_id, revision, status, created_at, updated_at)
    values (${orderId}, 0, 'released', ${at}::timestamptz, ${at}::timestamptz)
    on conflict (order_id) do update set status = excluded.status, updated_at = excluded.updated_at
    where earlier.status = 'refused'`
}

type About = { orderId: string; traceparent: string }

async function end(
  tx: InventoryTransaction,
  about: About,
  ends: readonly ShipmentEnd[],
  at: Date,
): Promise<MovedShipment[]> {
  await lockStock(tx, about.orderId)
  const moved = await endShipments(tx, about.orderId, ends)
  await closeReservation(tx, about.orderId, at)
  const released = moved.filter(({ state }) => state === 'released')
  if (released.length > 0) await appendToOutbox(tx, [stockReleased(about, released, at)])
  return moved
}

/** With its last shipment ended the reservation is over: settled when anything left the house. */
async function closeReservation(tx: InventoryTransaction, orderId: string, at: Date): Promise<void> {
  await tx.prisma.$executeRaw`
    update reservations set updated_at = ${at}::timestamptz, status = case
      when exists (select from reserved_lines where order_id = ${orderId} and state in ('sold', 'lost')) then 'settled'
      else 'released' end
    where order_id = ${orderId} and status = 'open'
      and not exists (select from reserved_lines where order_id = ${orderId} and state = 'reserved')`
}
