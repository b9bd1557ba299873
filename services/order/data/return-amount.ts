import type { Minor } from '#contracts/money.ts'
import type { RecordChanges } from '#contracts/order-record.ts'
import type { Sql } from '#platform/postgres/database.ts'

/**
 * What goes back for the return that these changes receive; undefined when they receive none. The shop keeps the price of
 * what the customer keeps: what staff gave back before, for a scratch or for a whole line, does not go back again.
 */
export async function dueForReturn(tx: Sql, { orderId, changes }: RecordChanges): Promise<Minor | undefined> {
  const received = changes.find(({ change }) => change.type === 'returned' && change.status === 'received')
  if (received?.change.type !== 'returned' || received.change.amount === undefined) return undefined
  const [row] = await tx.query<{ left: Minor }>(
    `select ((total - refunded)
       - (select coalesce(sum(amount), 0) from shipments where order_id = $1 and status = 'delivered')
       + (select coalesce(sum((restocked + written_off) * unit_price), 0)
          from return_lines join returns using (order_id, number)
          where order_id = $1 and status in ('received', 'refunded')))::bigint as left
     from orders where order_id = $1`,
    [orderId],
  )
  return Math.min(Math.max(row?.left ?? 0, 0), received.change.amount)
}
