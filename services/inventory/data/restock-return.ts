import type { TakeBack } from '#contracts/inventory.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Movement } from '../domain/stock.ts'
import { beyondSold, movementsOf, type SoldLine } from '../domain/stock-rules.ts'
import { bookMovements } from './movements.ts'
import { lockOrder, lockStock } from './reservations.ts'

/** Takes returned goods in, once per order and number; resolves to what was moved now. Throws of more than was sold. */
export async function takeBack(tx: Sql, request: TakeBack, at: Date): Promise<Movement[]> {
  const { orderId, number, lines } = request
  await lockOrder(tx, orderId)
  if (await wasTaken(tx, orderId, number)) return []
  const problem = beyondSold(lines, await findSold(tx, orderId))
  if (problem) throw new Error(`return ${number} of order ${orderId} is more than was sold: ${problem}`)
  await lockStock(
    tx,
    orderId,
    lines.map(({ productId }) => productId),
  )
  const movements = movementsOf(request)
  await bookMovements(tx, movements, at)
  return movements
}

async function wasTaken(tx: Sql, orderId: string, number: number): Promise<boolean> {
  const rows = await tx.query(
    'select from stock_movements where order_id = $1 and return_number = $2 limit 1',
    [orderId, number],
  )
  return rows.length > 0
}

/**
 * What is still reserved counts as sold: goods only come back from an order that is completed, and the event that settles
 * its lines may be slower than the goods, or wait for Kafka. Both change the books by sums, in whatever order they come.
 */
function findSold(tx: Sql, orderId: string): Promise<SoldLine[]> {
  return tx.query<SoldLine>(
    `select line_number as "lineNumber", product_id as "productId",
       coalesce(sum(quantity) filter (where state in ('reserved', 'sold')), 0)::bigint as sold,
       (select coalesce(sum(quantity), 0)::bigint from stock_movements as back
         where back.order_id = $1 and back.line_number = line.line_number) as back
     from reserved_lines as line where order_id = $1 group by line_number, product_id`,
    [orderId],
  )
}
