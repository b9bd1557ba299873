import { Prisma } from '#generated/prisma/inventory/client.ts'
import type { WarehouseModel } from '#generated/prisma/inventory/models.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Search, searchRows } from '#platform/postgres/search.ts'
import type { InventoryDatabase, InventoryTransaction } from '../database.ts'
import type { Warehouse } from '../domain/rules.ts'
import { movementKey, type Product } from '../domain/stock.ts'
import { bookMovements } from './movements.ts'

export async function findWarehouses(prisma: Prisma.TransactionClient): Promise<Warehouse[]> {
  // Each reservation asks: a model would cost it half a millisecond more.
  const rows = await prisma.$queryRaw<WarehouseModel[]>`
    select warehouse_id as "warehouseId", name, country, latitude, longitude from warehouses order by warehouse_id`
  return rows.map(({ latitude, longitude, ...warehouse }) => ({
    ...warehouse,
    place: { latitude, longitude },
  }))
}

export const findProducts = (sql: Sql, asked: Search): Promise<Product[]> =>
  searchRows<Product>(sql, products, asked)

export const productsById = (sql: Sql, productIds: readonly string[]): Promise<Product[]> =>
  sql.query(
    `select ${products.columns} from products where product_id = any($1::text[]) order by product_id`,
    [productIds],
  )

const products = {
  table: 'products',
  columns: `product_id as "productId", name, price, currency, (
    select coalesce(jsonb_agg(jsonb_build_object(
      'warehouseId', warehouse_id, 'onHand', on_hand, 'reserved', reserved) order by warehouse_id), '[]')
    from stock where stock.product_id = products.product_id) as stock`,
  key: 'product_id',
  texts: ['product_id', 'name'],
}

/** One transaction, each table in the order of its key, so that two of them at once cannot deadlock. */
export function putProducts(
  database: InventoryDatabase,
  products: readonly Product[],
  at: Date,
): Promise<{ added: number; changed: number }> {
  return database.transaction(async (tx) => {
    const rows = await upsertProducts(tx, products)
    await openStock(tx, products, at)
    const added = rows.filter((row) => row.added).length
    return { added, changed: rows.length - added }
  })
}

/** Adds those that are new, with their stock; the others stay as they are. Resolves to how many it added. */
export function addProducts(
  database: InventoryDatabase,
  products: readonly Product[],
  at: Date,
): Promise<number> {
  return database.transaction(async (tx) => {
    const rows = await tx.prisma.$queryRaw<{ productId: string }[]>`
      ${insertOf(products)} on conflict do nothing returning product_id as "productId"`
    const added = new Set(rows.map(({ productId }) => productId))
    await openStock(
      tx,
      products.filter(({ productId }) => added.has(productId)),
      at,
    )
    return added.size
  })
}

function upsertProducts(
  tx: InventoryTransaction,
  products: readonly Product[],
): Promise<{ added: boolean }[]> {
  return tx.prisma.$queryRaw`
    ${insertOf(products)}
     on conflict (product_id) do update set
       (name, price, currency) = (excluded.name, excluded.price, excluded.currency)
     where (old.name, old.price, old.currency) is distinct from (excluded.name, excluded.price, excluded.currency)
     returning old.xmax = 0 as added`
}

const insertOf = (products: readonly Product[]) => Prisma.sql`
  insert into products as old (product_id, name, price, currency)
  select given.* from unnest(
    ${products.map(({ productId }) => productId)}::text[], ${products.map(({ name }) => name)}::text[],
    ${products.map(({ price }) => price)}::bigint[], ${products.map(({ currency }) => currency)}::text[]
  ) as given (product_id)
  order by given.product_id`

/** What a warehouse has of a product is set once: from then on the books say it. */
async function openStock(tx: InventoryTransaction, products: readonly Product[], at: Date): Promise<void> {
  const given = new Map(
    products.flatMap(({ productId, stock }) =>
      stock.map(({ warehouseId, onHand }) => [movementKey.initial(warehouseId, productId), onHand]),
    ),
  )
  const opened = await openShelves(tx, products)
  const movements = opened.map(({ productId, warehouseId }) => {
    const key = movementKey.initial(warehouseId, productId)
    const quantity = given.get(key) ?? 0
    const about = { productId, warehouseId, reason: 'first stock', by: 'system', with: null }
    return { ...about, kind: 'initial' as const, key, quantity, change: quantity }
  })
  await bookMovements(
    tx,
    movements.filter(({ quantity }) => quantity > 0),
    at,
  )
}

/** Resolves to those that were not there. */
function openShelves(
  tx: InventoryTransaction,
  products: readonly Product[],
): Promise<{ productId: string; warehouseId: string }[]> {
  const shelves = products.flatMap(({ productId, stock }) =>
    stock.map(({ warehouseId }) => ({ productId, warehouseId })),
  )
  const [productIds, warehouseIds] = [
    shelves.map((shelf) => shelf.productId),
    shelves.map((shelf) => shelf.warehouseId),
  ]
  return tx.prisma.$queryRaw`
    insert into stock (product_id, warehouse_id, received, on_hand)
    select product_id, warehouse_id, 0, 0
    from unnest(${productIds}::text[], ${warehouseIds}::text[]) as given (product_id, warehouse_id)
    order by product_id, warehouse_id
    on conflict do nothing returning product_id as "productId", warehouse_id as "warehouseId"`
}
