import type { z } from 'zod'
import { isoAt, isoOf } from '#api/http/from-protobuf.ts'
import { amountOf } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import type { ReturnOfOrder as ReturnOfOrderView, ReturnView } from '#contracts/rest/returns.ts'
import { type ReturnStatus } from '#contracts/return.ts'
import type { Order, Return, ReturnOfOrder } from '#generated/proto/order/v1/order_pb.ts'

export const returnOf = (
  viewer: Role,
  order: Pick<Order, 'customerId' | 'history'>,
  one: Return,
): z.output<typeof ReturnView> => ({
  ...viewOf(one),
  reason: viewer === 'staff' || askedByCustomer(order, one.number) ? one.reason : null,
})

/** As staff read it. */
export const listedReturn = (listed: ReturnOfOrder): ReturnOfOrderView => ({
  orderId: listed.orderId,
  customerId: listed.customerId,
  currency: listed.currency,
  ...viewOf(listed.return ?? fail(listed.orderId)),
  by: listed.by,
  since: isoAt(listed.since),
})

const fail = (orderId: string): never => {
  throw new Error(`the order service listed a return of order ${orderId} without the return`)
}

const viewOf = ({ number, status, reason, amount, requestedAt, endedAt, lines }: Return) => ({
  number,
  status: status as ReturnStatus,
  reason,
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
