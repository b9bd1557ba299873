import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { keyReused } from '#api/http/idempotency.ts'
import { effectKey } from '#api/http/ids.ts'
import { refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import type { Currency } from '#contracts/money.ts'
import { OrderId } from '#contracts/rest/fields.ts'
import { PendingRefund, RefundBody, RefundView } from '#contracts/rest/refunds.ts'
import { amount as inWords } from '#contracts/wording.ts'
import { noOrder, orderOnRecord } from '../orders/on-record.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

const location = `/v1/orders/${exampleOrderId}`

/** Money that staff give back. */
export function refundRoutes({ orders, refunds }: Pick<Clients, 'orders' | 'refunds'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/orders/{orderId}/refunds',
      name: 'refundOrder',
      access: 'staff',
      tag: 'refunds',
      summary: 'Give money back, in part or all that is left',
      description: 'Never more than was paid. With an Idempotency-Key a repeat never counts twice.',
      params: z.strictObject({ orderId: OrderId }),
      body: RefundBody,
      example: { amount: 255, reason: 'scratched' },
      answers: {
        201: {
          description: 'Done',
          schema: RefundView,
          example: { orderId: exampleOrderId, amount: 255, currency: 'GBP' },
          headers: { Location: 'The order' },
        },
        202: {
          description: 'Durably asked for, but not done within five seconds',
          schema: PendingRefund,
          example: { orderId: exampleOrderId, status: 'pending' as const, location },
          headers: { Location: 'The order' },
        },
      },
      refusals: ['not-found', 'not-refundable', 'unavailable'],
    }).handledBy(async ({ params: { orderId }, body, caller, idempotencyKey, traceparent, call, about }) => {
      about(orderId)
      const order = await orderOnRecord(orders, orderId, call)
      if (!order) return noOrder(orderId)
      const by = actorOf(caller)
      const key = effectKey(`refund/${orderId}`, by, idempotencyKey)
      const outcome = await refunds.refund({ orderId, key, ...body, by, traceparent })
      // The ledger knows the key, whoever has forgotten it: what went back under it before was another amount.
      if ('amount' in outcome && body.amount !== undefined && outcome.amount !== body.amount)
        return keyReused()
      return answerTo(orderId, order.currency as Currency, outcome)
    }),
  ]
}

type Outcome = Awaited<ReturnType<Clients['refunds']['refund']>>

function answerTo(orderId: string, currency: Currency, outcome: Outcome) {
  const location = `/v1/orders/${orderId}`
  const headers = { Location: location }
  if ('pending' in outcome) {
    return { status: 202 as const, headers, body: { orderId, status: 'pending' as const, location } }
  }
  if (outcome.kind === 'refused') {
    const message = `${inWords(outcome.refundable, currency)} can be given back at most`
    return refuse('not-refundable', `${message}.`, { errors: [{ path: 'amount', message }] })
  }
  return { status: 201 as const, headers, body: { orderId, amount: outcome.amount, currency } }
}
