import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { effectKey, requestId } from '#api/http/ids.ts'
import { type Route, route } from '#api/http/route.ts'
import { OrderId } from '#contracts/rest/fields.ts'
import { CancelBody, CancelledOrder, DecidedOrder, DecisionBody } from '#contracts/rest/orders.ts'
import { refusalOfChange } from './on-record.ts'
import { exampleOrderId } from './order-examples.ts'

type Dependencies = Pick<Clients, 'orders' | 'workflows'>

const params = z.strictObject({ orderId: OrderId })

export function changeOrderRoutes({ orders, workflows }: Dependencies): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/orders/{orderId}/cancel',
      name: 'cancelOrder',
      access: 'owner',
      tag: 'orders',
      summary: 'Cancel an order, at any moment before delivery',
      description: 'Answers at once; stock, money and parcels come back after it.',
      params,
      body: CancelBody,
      example: { note: 'ordered twice' },
      answers: {
        200: {
          description: 'Accepted',
          schema: CancelledOrder,
          example: { orderId: exampleOrderId, status: 'shipping' as const, accepted: true as const },
        },
      },
      refusals: ['not-found', 'too-late', 'unavailable'],
    }).handledBy(async ({ params: { orderId }, body, caller, call, about }) => {
      about(orderId)
      const by = actorOf(caller)
      const request = { by, reason: caller.role, ...(body.note && { note: body.note }) }
      // Whoever asks again wants what is so already, with a key or without: the first answer is theirs.
      const answer = await workflows.cancel(orderId, request, requestId(['cancel', by]))
      return 'refused' in answer
        ? refusalOfChange(orders, { orderId, update: answer, whenEnded: 'too-late' }, call)
        : { status: 200, body: answer }
    }),

    route({
      method: 'post',
      path: '/v1/orders/{orderId}/decision',
      name: 'decideOrder',
      access: 'owner',
      tag: 'orders',
      summary: 'Decide about an order with missing lines: amend it, or cancel it',
      params,
      body: DecisionBody,
      example: { kind: 'amend', lines: [{ lineNumber: 2, quantity: 0 }] },
      answers: {
        200: {
          description: 'Decided',
          schema: DecidedOrder,
          example: { orderId: exampleOrderId, status: 'awaiting_customer' as const },
        },
      },
      refusals: ['not-found', 'no-decision-awaited', 'invalid-amendment', 'unavailable'],
    }).handledBy(async ({ params: { orderId }, body, caller, idempotencyKey, call, about }) => {
      about(orderId)
      const by = actorOf(caller)
      const decision =
        body.kind === 'amend' ? { kind: body.kind, lines: body.lines, by } : { kind: body.kind, by }
      // Without a key the same again may answer the next question.
      const id = effectKey(`decision/${orderId}`, by, idempotencyKey)
      const answer = await workflows.decide(orderId, decision, id)
      return 'refused' in answer
        ? refusalOfChange(orders, { orderId, update: answer, whenEnded: 'no-decision-awaited' }, call)
        : { status: 200, body: answer }
    }),
  ]
}
