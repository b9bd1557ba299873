import { z } from 'zod'
import { type ReturnStatus, returnStatuses } from '#contracts/return.ts'
import type { Return } from '#generated/proto/order/v1/order_pb.ts'
import { At, isoAt, isoOf, Money } from '../schemas.ts'

const ReturnedLine = z
  .object({
    lineNumber: z.int(),
    productId: z.string(),
    quantity: z.int(),
    unitPrice: Money,
    restocked: z.int().meta({ description: 'Of what has arrived' }),
    writtenOff: z.int(),
  })
  .meta({ id: 'ReturnedLine' })

export const ReturnView = z
  .object({
    number: z.int(),
    status: z.enum(returnStatuses),
    reason: z.string(),
    amount: Money.meta({ description: 'What the goods cost: those asked for, once arrived those' }),
    requestedAt: At,
    endedAt: At.nullable(),
    lines: z.array(ReturnedLine),
  })
  .meta({ id: 'Return', description: 'Goods that come back after delivery' })

export const returnOf = ({
  number,
  status,
  reason,
  amount,
  requestedAt,
  endedAt,
  lines,
}: Return): z.output<typeof ReturnView> => ({
  number,
  status: status as ReturnStatus,
  reason,
  amount: Number(amount),
  requestedAt: isoAt(requestedAt),
  endedAt: isoOf(endedAt),
  lines: lines.map(({ lineNumber, productId, quantity, unitPrice, restocked, writtenOff }) => ({
    lineNumber,
    productId,
    quantity,
    unitPrice: Number(unitPrice),
    restocked,
    writtenOff,
  })),
})
