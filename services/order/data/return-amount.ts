import type { Minor } from '#contracts/money.ts'
import type { RecordChanges } from '#contracts/order-record.ts'
import { numberOf } from '#platform/values/int8.ts'
import type { OrderTransaction } from '../database.ts'

/**
 * What goes back for the return that these changes receive; undefined when they receive none. The shop keeps the price of
 * what the customer keeps: what staff gave back before, for a scratch or for a whole line, does not go back again.
 */
export async function dueForReturn(
  { prisma }: OrderTransaction,
  { orderId, changes }: RecordChanges,
): Promise<Minor | undefined> {
  const received = changes.find(({ change }) => change.type === 'returned' && change.status === 'received')
  if (received?.change.type !== 'returned' || received.change.amount === undefined) return undefined
  const [row] = await prisma.$queryRaw<{ left: bigint | null }[]>`
    select ((total - refunded)
      - (select coalesce(sum(amount), 0) from shipments where order_id = ${orderId} and status = 'delivered')
      + (select coalesce(sum((restocked + written_off) * unit_price), 0)
         from return_lines join returns using (order_id, number)
         where order_id = ${orderId} and status in ('received', 'refunded')))::bigint as left
    from orders where order_id = ${orderId}`
  return Math.min(Math.max(numberOf(row?.left ?? 0n), 0), received.change.amount)
}
