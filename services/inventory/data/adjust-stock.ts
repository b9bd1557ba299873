import type { Sql } from '#platform/postgres/database.ts'
import { movementKey, type ProductStock } from '../domain/stock.ts'
import { type AdjustmentRefusal, type AdjustStock, judgeAdjustment } from '../domain/stock-rules.ts'
import { bookMovements } from './movements.ts'

export type AdjustResult =
  | { kind: 'adjusted'; stock: ProductStock }
  | { kind: 'not_found'; what: 'product' | 'warehouse' }
  /** The key was used for another change. */
  | { kind: 'key_reused' }
  | AdjustmentRefusal

/** Adds or takes away pieces by hand, once per key: a repeat answers the shelf as it is. What is refused leaves no trace. */
export async function adjustStock(tx: Sql, request: AdjustStock, at: Date): Promise<AdjustResult> {
  const { key, change, reason, by, productId, warehouseId } = request
  await lockKey(tx, key)
  const earlier = await findAdjustment(tx, key)
  if (earlier && !isSame(earlier, request)) return { kind: 'key_reused' }
  if (earlier) return adjusted(tx, request)
  const missing = await findMissing(tx, request)
  if (missing) return { kind: 'not_found', what: missing }

  if (change > 0) await openShelf(tx, request)
  const refusal = judgeAdjustment(await lockShelf(tx, request), change)
  if (refusal) return refusal
  const quantity = Math.abs(change)
  const movement = { productId, warehouseId, change, quantity, reason, by, with: null }
  await bookMovements(tx, [{ key: movementKey.adjusted(key), kind: 'adjusted', ...movement }], at)
  return adjusted(tx, request)
}

const adjusted = async (tx: Sql, shelf: Shelf): Promise<AdjustResult> => ({
  kind: 'adjusted',
  stock: await lockShelf(tx, shelf),
})

/** One decision at a time per key, until the transaction ends. Taken before the stock's locks, always. */
async function lockKey(tx: Sql, key: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`inventory/adjust/${key}`])
}

type Change = Pick<AdjustStock, 'productId' | 'warehouseId' | 'change'>
type Shelf = Pick<AdjustStock, 'productId' | 'warehouseId'>

async function findAdjustment(tx: Sql, key: string): Promise<Change | undefined> {
  const [row] = await tx.query<Change>(
    `select product_id as "productId", warehouse_id as "warehouseId", change from stock_movements where key = $1`,
    [movementKey.adjusted(key)],
  )
  return row
}

const isSame = (one: Change, other: Change): boolean =>
  one.productId === other.productId && one.warehouseId === other.warehouseId && one.change === other.change

async function findMissing(
  tx: Sql,
  { productId, warehouseId }: Shelf,
): Promise<'product' | 'warehouse' | undefined> {
  const [known] = await tx.query<{ product: boolean; warehouse: boolean }>(
    `select exists (select from products where product_id = $1) as product,
       exists (select from warehouses where warehouse_id = $2) as warehouse`,
    [productId, warehouseId],
  )
  if (!known?.product) return 'product'
  return known.warehouse ? undefined : 'warehouse'
}

/** A product may come to a warehouse that never had it. */
async function openShelf(tx: Sql, { productId, warehouseId }: Shelf): Promise<void> {
  await tx.query(
    'insert into stock (product_id, warehouse_id, received, on_hand) values ($1, $2, 0, 0) on conflict do nothing',
    [productId, warehouseId],
  )
}

async function lockShelf(tx: Sql, { productId, warehouseId }: Shelf): Promise<ProductStock> {
  const [row] = await tx.query<ProductStock>(
    `select warehouse_id as "warehouseId", on_hand as "onHand", reserved from stock
     where product_id = $1 and warehouse_id = $2 for no key update`,
    [productId, warehouseId],
  )
  return row ?? { warehouseId, onHand: 0, reserved: 0 }
}
