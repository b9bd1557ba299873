import { derivedId } from '#platform/ids.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Movement } from '../domain/stock.ts'

/** Writes the movements and brings the shelves up to them. Lock the stock before. Throws when one was there. */
export async function bookMovements(tx: Sql, movements: readonly Movement[], at: Date): Promise<void> {
  if (movements.length === 0) return
  await tx.query(
    `with movement as (
       insert into stock_movements (movement_id, key, product_id, warehouse_id, kind, change, quantity, reason, by,
         order_id, return_number, line_number, at)
       select moved.*, $13 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
         $7::bigint[], $8::text[], $9::text[], $10::text[], $11::int[], $12::int[]) as moved
       returning product_id, warehouse_id, change
     )
     update stock set on_hand = on_hand + moved.change, received = received + moved.change
     from (
       select product_id, warehouse_id, sum(change) as change from movement group by product_id, warehouse_id
     ) as moved
     where stock.product_id = moved.product_id and stock.warehouse_id = moved.warehouse_id`,
    [...columns(movements), at],
  )
}

function columns(movements: readonly Movement[]): unknown[][] {
  return [
    movements.map(({ key }) => derivedId(key)),
    movements.map(({ key }) => key),
    movements.map(({ productId }) => productId),
    movements.map(({ warehouseId }) => warehouseId),
    movements.map(({ kind }) => kind),
    movements.map(({ change }) => change),
    movements.map(({ quantity }) => quantity),
    movements.map(({ reason }) => reason),
    movements.map(({ by }) => by),
    movements.map((moved) => moved.with?.orderId ?? null),
    movements.map((moved) => moved.with?.number ?? null),
    movements.map((moved) => moved.with?.lineNumber ?? null),
  ]
}
