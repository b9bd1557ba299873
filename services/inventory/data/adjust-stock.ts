import type { StockModel } from '#generated/prisma/inventory/models.ts'
import { numberOf } from '#platform/values/int8.ts'
import type { InventoryTransaction } from '../database.ts'
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
export async function adjustStock(
  tx: InventoryTransaction,
  request: AdjustStock,
  at: Date,
): Promise<AdjustResult> {
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

const adjusted = async (tx: InventoryTransaction, shelf: Shelf): Promise<AdjustResult> => ({
  kind: 'adjusted',
  stock: await lockShelf(tx, shelf),
})

/** One decision at a time per key, until the transaction ends. Taken before the stock's locks, always. */
async function lockKey(tx: InventoryTransaction, key: string): Promise<void> {
  await tx.prisma.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`inventory/adjust/${key}`}, 0))`
}

type Change = Pick<AdjustStock, 'productId' | 'warehouseId' | 'change'>
type Shelf = Pick<AdjustStock, 'productId' | 'warehouseId'>

async function findAdjustment(tx: InventoryTransaction, key: string): Promise<Change | undefined> {
  const movement = await tx.prisma.stockMovement.findUnique({
    where: { key: movementKey.adjusted(key) },
    select: { productId: true, warehouseId: true, change: true },
  })
  return movement ? { ...movement, change: numberOf(movement.change) } : undefined
}

const isSame = (one: Change, other: Change): boolean =>
  one.productId === other.productId && one.warehouseId === other.warehouseId && one.change === other.change

async function findMissing(
  tx: InventoryTransaction,
  { productId, warehouseId }: Shelf,
): Promise<'product' | 'warehouse' | undefined> {
  const { prisma } = tx
  if (!(await prisma.product.findUnique({ where: { productId } }))) return 'product'
  return (await prisma.warehouse.findUnique({ where: { warehouseId } })) ? undefined : 'warehouse'
}

/** A product may come to a warehouse that never had it. */
async function openShelf(tx: InventoryTransaction, { productId, warehouseId }: Shelf): Promise<void> {
  await tx.prisma.stock.createMany({
    data: { productId, warehouseId, received: 0, onHand: 0 },
    skipDuplicates: true,
  })
}

async function lockShelf(tx: InventoryTransaction, { productId, warehouseId }: Shelf): Promise<ProductStock> {
  const [row] = await tx.prisma.$queryRaw<Pick<StockModel, 'onHand' | 'reserved'>[]>`
    select on_hand as "onHand", reserved from stock
    where product_id = ${productId} and warehouse_id = ${warehouseId} for no key update`
  if (!row) return { warehouseId, onHand: 0, reserved: 0 }
  return { warehouseId, onHand: numberOf(row.onHand), reserved: numberOf(row.reserved) }
}
