import type { PlaceOrder } from '#contracts/order.ts'
import type { Sql } from '#platform/postgres/database.ts'

type PreOrder = Pick<PlaceOrder, 'source' | 'reference' | 'orderId' | 'fingerprint'>

/** `taken`: the reference is of another order, or of this one with other content. */
export type Registration = { kind: 'new' } | { kind: 'repeat' } | { kind: 'taken'; byOrderId: string }

/**
 * Registers that (source, reference) is this order, once and for good. `sql` is the shard of the reference: two customers
 * who name the same one meet there.
 */
export async function registerPreOrder(
  sql: Sql,
  { source, reference, orderId, fingerprint }: PreOrder,
): Promise<Registration> {
  const inserted = await sql.query(
    `insert into pre_orders (source, reference, order_id, fingerprint) values ($1, $2, $3, $4)
     on conflict do nothing returning order_id`,
    [source, reference, orderId, fingerprint],
  )
  if (inserted.length > 0) return { kind: 'new' }
  const [known] = await sql.query<Pick<PreOrder, 'orderId' | 'fingerprint'>>(
    'select order_id as "orderId", fingerprint from pre_orders where source = $1 and reference = $2',
    [source, reference],
  )
  if (!known) throw new Error(`pre-order ${source}/${reference} was just there and is gone`)
  const same = known.orderId === orderId && known.fingerprint === fingerprint
  return same ? { kind: 'repeat' } : { kind: 'taken', byOrderId: known.orderId }
}

export async function isOnRecord(sql: Sql, orderId: string): Promise<boolean> {
  return (await sql.query('select 1 from orders where order_id = $1', [orderId])).length > 0
}
