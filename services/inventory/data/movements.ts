import { derivedId } from '#platform/ids.ts'
import type { InventoryTransaction } from '../database.ts'
import type { Movement } from '../domain/stock.ts'

/** Writes the movements and brings the shelves up to them. Lock the stock before. Throws when one was there. */
export async function bookMovements(
  tx: InventoryTransaction,
  movements: readonly Movement[],
  at: Date,
): Promise<void> {
  if (movements.length === 0) return
  const of = columns(movements)
  await tx.prisma.$executeRaw`
    with movement as (
       insert into stock_movements (movement_id, key, product_id, warehouse_id, kind, change, quantity, reason, by,
         order_id, return_number, line_number, at)
       select moved.*, ${at}::timestamptz from unnest(${of.ids}::uuid[], ${of.keys}::text[], ${of.products}::text[],
         ${of.warehouses}::text[], ${of.kinds}::text[], ${of.changes}::bigint[], ${of.quantities}::bigint[],
         ${of.reasons}::text[], ${of.people}::text[], ${of.orders}::text[], ${of.returns}::int[],
         ${of.lines}::int[]) as moved
       returning product_id, warehouse_id, change
     )
     update stock set on_hand = on_hand + moved.change, received = received + moved.change
     from (
       select product_id, warehouse_id, sum(change) as change from movement group by product_id, warehouse_id
     ) as moved
     where stock.product_id = moved.product_id and stock.warehouse_id = moved.warehouse_id`
}

const columns = (movements: readonly Movement[]) => ({
  ids: movements.map(({ key }) => derivedId(key)),
  keys: movements.map(({ key }) => key),
  products: movements.map(({ productId }) => productId),
  warehouses: movements.map(({ warehouseId }) => warehouseId),
  kinds: movements.map(({ kind }) => kind),
  changes: movements.map(({ change }) => change),
  quantities: movements.map(({ quantity }) => quantity),
  reasons: movements.map(({ reason }) => reason),
  people: movements.map(({ by }) => by),
  orders: movements.map((moved) => moved.with?.orderId ?? null),
  returns: movements.map((moved) => moved.with?.number ?? null),
  lines: movements.map((moved) => moved.with?.lineNumber ?? null),
})
