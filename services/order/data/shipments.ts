import type { PricedLine } from '#contracts/lines.ts'
import type { ShipmentStatus } from '#contracts/logistics.ts'
import type { ShipmentFacts } from '#contracts/order-facts.ts'
import type { OrderTransaction } from '../database.ts'

export type Shipment = Omit<ShipmentFacts, 'refunded'>

export async function findShipments(
  { prisma }: OrderTransaction,
  orderId: string,
): Promise<Pick<Shipment, 'status' | 'warehouseId' | 'lines'>[]> {
  const rows = await prisma.shipment.findMany({ where: { orderId }, orderBy: { shipmentId: 'asc' } })
  return rows.map(({ status, warehouseId, lines }) => ({
    status: status as ShipmentStatus,
    warehouseId,
    lines: lines as PricedLine[],
  }))
}

/** Adds what was planned and moves what moved. */
export async function writeShipments(
  tx: OrderTransaction,
  orderId: string,
  before: Shipment[],
  after: Shipment[],
): Promise<void> {
  const known = new Set(before.map(({ shipmentId }) => shipmentId))
  const planned = after.filter(({ shipmentId }) => !known.has(shipmentId))
  const moved = after.filter((one) => known.has(one.shipmentId) && !before.includes(one))
  if (planned.length > 0) await insertShipments(tx, orderId, planned)
  if (moved.length > 0) await moveShipments(tx, moved)
}

async function insertShipments(
  { prisma }: OrderTransaction,
  orderId: string,
  shipments: readonly Shipment[],
): Promise<void> {
  const rows = shipments.map(({ shipmentId, warehouseId, origin, status, amount, lines, movedAt }) => ({
    shipment_id: shipmentId,
    warehouse_id: warehouseId,
    origin,
    status,
    amount,
    lines,
    moved_at: movedAt,
  }))
  await prisma.$executeRaw`
    insert into shipments (order_id, shipment_id, warehouse_id, origin, status, amount, lines, moved_at)
    select ${orderId}, row.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (
      shipment_id text, warehouse_id text, origin jsonb, status text, amount bigint, lines jsonb, moved_at timestamptz)`
}

async function moveShipments({ prisma }: OrderTransaction, moved: readonly Shipment[]): Promise<void> {
  const rows = moved.map(({ shipmentId, status, movedAt }) => ({ id: shipmentId, status, at: movedAt }))
  await prisma.$executeRaw`
    update shipments set status = moved.status, moved_at = moved.at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as moved (id text, status text, at timestamptz)
    where shipment_id = moved.id`
}
