import type { OrderLine, PricedLine } from '#contracts/lines.ts'
import type { OrderTransaction } from '../database.ts'

export async function replaceLines(
  { prisma }: OrderTransaction,
  orderId: string,
  lines: readonly OrderLine[],
): Promise<void> {
  await prisma.orderLine.deleteMany({ where: { orderId } })
  await prisma.orderLine.createMany({ data: lines.map((line) => ({ ...line, orderId })) })
}

export async function priceLines(
  { prisma }: OrderTransaction,
  orderId: string,
  lines: readonly PricedLine[],
): Promise<void> {
  await prisma.$executeRaw`
    update order_lines set unit_price = priced.price
    from unnest(${lines.map(({ lineNumber }) => lineNumber)}::int[], ${lines.map(({ unitPrice }) => unitPrice)}::bigint[])
      as priced (number, price)
    where order_id = ${orderId} and line_number = priced.number`
}
