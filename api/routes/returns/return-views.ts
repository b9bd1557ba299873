import type { z } from 'zod'
import { isoAt, isoOf } from '#api/http/from-protobuf.ts'
import { amountOf } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import type { ReturnView } from '#contracts/rest/returns.ts'
import { type ReturnStatus } from '#contracts/return.ts'
import type { Order, Return } from '#generated/proto/order/v1/order_pb.ts'

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
