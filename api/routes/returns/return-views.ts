import { z } from 'zod'
import { At, isoAt, isoOf, Money } from '#api/http/schemas.ts'
import { amountOf } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import { type ReturnStatus, returnStatuses } from '#contracts/return.ts'
import type { Order, Return } from '#generated/proto/order/v1/order_pb.ts'

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
    reason: z.string().nullable().meta({ description: 'Null for customers when staff wrote it' }),
    amount: Money.meta({ description: 'What the goods cost: those asked for, once arrived those' }),
    requestedAt: At,
    endedAt: At.nullable(),
    lines: z.array(ReturnedLine),
  })
  .meta({ id: 'Return', description: 'Goods that come back after delivery' })

export const returnOf = (
  viewer: Role,
  order: Pick<Order, 'customerId' | 'history'>,
  { number, status, reason, amount, requestedAt, endedAt, lines }: Return,
): z.output<typeof ReturnView> => ({
  number,
  status: status as ReturnStatus,
  reason: viewer === 'staff' || askedByCustomer(order, number) ? reason : null,
  amount: amountOf(`returns[${number - 1}].amount`, amount),
  requestedAt: isoAt(requestedAt),
  endedAt: isoOf(endedAt),
  lines: lines.map(({ lineNumber, productId, quantity, unitPrice, restocked, writtenOff }, i) => ({
    lineNumber,
    productId,
    quantity,
    unitPrice: amountOf(`returns[${number - 1}].lines[${i}].unitPrice`, unitPrice),
    restocked,
    writtenOff,
  })),
})

const askedByCustomer = ({ customerId, history }: Pick<Order, 'customerId' | 'history'>, number: number) =>
  history.some(
    ({ type, by, note }) =>
      type === 'return_requested' && by === `customer:${customerId}` && note.startsWith(`return ${number}:`),
  )
