import type { OrderLine, PricedLine } from '#contracts/lines.ts'
import type { Sql } from '#platform/postgres/database.ts'

export async function findLines(sql: Sql, orderId: string): Promise<OrderLine[]> {
  const rows = await sql.query<Required<OrderLine> & { agreedPrice: number | null }>(
    `select line_number as "lineNumber", product_id as "productId", quantity, agreed_price as "agreedPrice"
     from order_lines where order_id = $1 order by line_number`,
    [orderId],
  )
  return rows.map(({ agreedPrice, ...line }) => (agreedPrice === null ? line : { ...line, agreedPrice }))
}

export async function replaceLines(tx: Sql, orderId: string, lines: readonly OrderLine[]): Promise<void> {
  await tx.query('delete from order_lines where order_id = $1', [orderId])
  await tx.query(
    `insert into order_lines (order_id, line_number, product_id, quantity, agreed_price)
     select $1, line.* from unnest($2::int[], $3::text[], $4::int[], $5::bigint[]) as line`,
    [
      orderId,
      lines.map(({ lineNumber }) => lineNumber),
      lines.map(({ productId }) => productId),
      lines.map(({ quantity }) => quantity),
      lines.map(({ agreedPrice }) => agreedPrice ?? null),
    ],
  )
}

export async function priceLines(tx: Sql, orderId: string, lines: readonly PricedLine[]): Promise<void> {
  await tx.query(
    `update order_lines set unit_price = priced.price from unnest($2::int[], $3::bigint[]) as priced (number, price)
     where order_id = $1 and line_number = priced.number`,
    [orderId, lines.map(({ lineNumber }) => lineNumber), lines.map(({ unitPrice }) => unitPrice)],
  )
}
