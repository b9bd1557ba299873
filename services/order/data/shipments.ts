import type { ShipmentFacts } from '#contracts/order-facts.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type Shipment = Omit<ShipmentFacts, 'refunded'>

export async function findShipments(tx: Sql, orderId: string): Promise<Shipment[]> {
  const rows = await tx.query<Shipment & { movedAt: Date }>(
    `select shipment_id as "shipmentId", warehouse_id as "warehouseId", origin, status, amount, lines,
       moved_at as "movedAt"
     from shipments where order_id = $1 order by shipment_id`,
    [orderId],
  )
  return rows.map((row) => ({ ...row, movedAt: row.movedAt.toISOString() }))
}

/** Adds what was planned and moves what moved. */
export async function writeShipments(
  tx: Sql,
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

async function insertShipments(tx: Sql, orderId: string, shipments: readonly Shipment[]): Promise<void> {
  await tx.query(
    `insert into shipments (order_id, shipment_id, warehouse_id, origin, status, amount, lines, moved_at)
     select $1, row.* from unnest($2::text[], $3::text[], $4::jsonb[], $5::text[], $6::bigint[], $7::jsonb[],
       $8::timestamptz[]) as row`,
    [
      orderId,
      shipments.map(({ shipmentId }) => shipmentId),
      shipments.map(({ warehouseId }) => warehouseId),
      shipments.map(({ origin }) => JSON.stringify(origin)),
      shipments.map(({ status }) => status),
      shipments.map(({ amount }) => amount),
      shipments.map(({ lines }) => JSON.stringify(lines)),
      shipments.map(({ movedAt }) => movedAt),
    ],
  )
}

async function moveShipments(tx: Sql, moved: readonly Shipment[]): Promise<void> {
  await tx.query(
    `update shipments set status = moved.status, moved_at = moved.at
     from unnest($1::text[], $2::text[], $3::timestamptz[]) as moved (id, status, at) where shipment_id = moved.id`,
    [
      moved.map(({ shipmentId }) => shipmentId),
      moved.map(({ status }) => status),
      moved.map(({ movedAt }) => movedAt),
    ],
  )
}
