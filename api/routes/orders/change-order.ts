import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { effectKey, requestId } from '#api/http/ids.ts'
import { type Route, route } from '#api/http/route.ts'
import { Note, OrderId, whole } from '#api/http/schemas.ts'
import { highestLineNumber, maxLines, maxQuantity } from '#contracts/lines.ts'
import { orderStatuses } from '#contracts/order.ts'
import { refusalOfChange } from './on-record.ts'
import { exampleOrderId } from './order-examples.ts'

type Dependencies = Pick<Clients, 'orders' | 'workflows'>

const CancelBody = z
  .strictObject({ note: Note.optional().meta({ description: 'Why, for the history' }) })
  .meta({ id: 'CancelOrder' })

const Amendment = z.strictObject({
  lineNumber: whole(1, highestLineNumber),
  quantity: whole(0, maxQuantity).meta({ description: '0 takes the line out' }),
})

const DecisionBody = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('amend'), lines: z.array(Amendment).min(1).max(maxLines) }),
    z.strictObject({ kind: z.literal('cancel') }),
  ])
  .meta({ id: 'OrderDecision', description: 'Lines that are not named stay as they are' })

const Cancelled = z.object({
  orderId: z.string(),
  status: z.enum(orderStatuses),
  accepted: z.literal(true).meta({ description: 'The undo has begun, or begins after the step in hand' }),
})
const Decided = z.object({ orderId: z.string(), status: z.enum(orderStatuses) })

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
          schema: Cancelled,
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
          schema: Decided,
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
