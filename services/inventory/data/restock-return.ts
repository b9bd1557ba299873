import type { RestockReturn } from '#contracts/inventory.ts'
import { numberOf } from '#platform/values/int8.ts'
import type { InventoryTransaction } from '../database.ts'
import { type Movement } from '../domain/stock.ts'
import { beyondSold, movementsOf, type SoldLine } from '../domain/stock-rules.ts'
import { bookMovements } from './movements.ts'
import { lockOrder, lockStock } from './reservations.ts'

/** Takes returned goods in, once per order and number; resolves to what was moved now. Throws of more than was sold. */
export async function restockReturn(
  tx: InventoryTransaction,
  request: RestockReturn,
  at: Date,
): Promise<Movement[]> {
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

async function wasTaken(tx: InventoryTransaction, orderId: string, number: number): Promise<boolean> {
  const movement = await tx.prisma.stockMovement.findFirst({
    where: { orderId, returnNumber: number },
    select: { movementId: true },
  })
  return movement !== null
}

/**
 * What is still reserved counts as sold: goods only come back from an order that is completed, and the event that settles
 * its lines may be slower than the goods, or wait for Kafka. Both change the books by sums, in whatever order they come.
 */
async function findSold(tx: InventoryTransaction, orderId: string): Promise<SoldLine[]> {
  const rows = await tx.prisma.$queryRaw<SoldRow[]>`
    select line_number as "lineNumber", product_id as "productId",
       coalesce(sum(quantity) filter (where state in ('reserved', 'sold')), 0)::bigint as sold,
       (select coalesce(sum(quantity), 0)::bigint from stock_movements as back
         where back.order_id = ${orderId} and back.line_number = line.line_number) as back
     from reserved_lines as line where order_id = ${orderId} group by line_number, product_id`
  return rows.map(({ sold, back, ...line }) => ({ ...line, sold: numberOf(sold), back: numberOf(back) }))
}

type SoldRow = Omit<SoldLine, 'sold' | 'back'> & { sold: bigint; back: bigint }
