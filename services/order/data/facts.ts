import type { Actor } from '#contracts/actor.ts'
import type { OrderStatus } from '#contracts/order.ts'
import type { OrderFacts } from '#contracts/order-facts.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { OrderRecord } from '../domain/record.ts'
import { findLines } from './lines.ts'
import { findShipments } from './shipments.ts'
import { findStuck } from './stuck-steps.ts'

/** The order's own row, as far as facts need it. */
export type FactsRow = Pick<OrderFacts, 'reason' | 'asked' | 'cancelling' | 'total' | 'refunded'> & {
  status: OrderStatus
}

export const factsColumns = 'status, reason, asked, cancelling, total, refunded'

type Found = OrderFacts & Pick<OrderRecord, 'keys' | 'lastAt'>

/** What is on record of an order whose row was read, and locked when it is to be changed; with the keys of `known` changes. */
export async function findFacts(
  sql: Sql,
  orderId: string,
  row: FactsRow,
  known: string[] = [],
): Promise<Found> {
  // Statements of their own: one that waits for a lock sees the other tables as they were before it waited.
  const [history] = await sql.query<{ keys: Record<string, Actor>; amendments: number; lastAt: Date }>(
    `select (select coalesce(json_object_agg(key, by), '{}') from order_history
         where order_id = $1 and (key = any($2) or type in ('handed_off', 'refunded', 'amended'))) as keys,
       (select count(*) from order_history where order_id = $1 and type = 'amended') as amendments,
       (select at from order_history where order_id = $1 order by sequence desc limit 1) as "lastAt"`,
    [orderId, known],
  )
  if (!history) throw new Error(`order ${orderId} has no history`)
  const keys = new Map(Object.entries(history.keys))
  // Without a total nothing was reserved, so there are none to look for.
  const planned = row.total === null ? [] : await findShipments(sql, orderId)
  const { status, reason, asked, cancelling, total, refunded } = row
  return {
    status,
    reason,
    asked,
    cancelling,
    total,
    refunded,
    lines: await findLines(sql, orderId),
    amendments: history.amendments,
    handedOff: keys.has('handed_off'),
    shipments: planned.map((one) => ({ ...one, refunded: keys.has(`refunded/${one.shipmentId}`) })),
    stuck: await findStuck(sql, orderId),
    keys,
    lastAt: history.lastAt,
  }
}
