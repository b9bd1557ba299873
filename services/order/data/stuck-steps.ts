import type { StuckStep } from '#contracts/order.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { storable } from '#platform/values/storable.ts'

type Row = { step: StuckStep['step']; shipmentId: string; error: string; since: Date }

/** The steps of an order that fail now, the latest last. */
export async function findStuck(sql: Sql, orderId: string): Promise<StuckStep[]> {
  const rows = await sql.query<Row>(
    `select step, shipment_id as "shipmentId", error, since from stuck_steps where order_id = $1
     order by since, step, shipment_id`,
    [orderId],
  )
  return rows.map(({ step, shipmentId, error, since }) => ({
    step,
    ...(shipmentId !== '' && { shipmentId }),
    since: since.toISOString(),
    error,
  }))
}

/** Adds what fails now, and takes away what no longer does. */
export async function writeStuck(
  tx: Sql,
  orderId: string,
  before: readonly StuckStep[],
  after: readonly StuckStep[],
): Promise<void> {
  const over = before.filter((one) => !after.includes(one))
  const begun = after.filter((one) => !before.includes(one))
  if (over.length > 0) {
    await tx.query(
      `delete from stuck_steps using unnest($2::text[], $3::text[]) as over (step, shipment)
       where order_id = $1 and stuck_steps.step = over.step and shipment_id = over.shipment`,
      [orderId, over.map(({ step }) => step), over.map(shipmentOf)],
    )
  }
  if (begun.length === 0) return
  await tx.query(
    `insert into stuck_steps (order_id, step, shipment_id, error, since)
     select $1, row.* from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) as row`,
    [
      orderId,
      begun.map(({ step }) => step),
      begun.map(shipmentOf),
      begun.map(({ error }) => storable(error)),
      begun.map(({ since }) => since),
    ],
  )
}

const shipmentOf = ({ shipmentId = '' }: StuckStep): string => shipmentId
