import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { requestId } from '#api/http/ids.ts'
import { type Route, route } from '#api/http/route.ts'
import type { MoveShipment } from '#contracts/logistics.ts'
import { orderStatuses } from '#contracts/order.ts'
import { Note, OrderId } from '#contracts/rest/fields.ts'
import { refusalOfChange } from './on-record.ts'
import { exampleOrderId } from './order-examples.ts'

const statuses = [
  'created',
  'sent_to_customer',
  'delivered',
  'lost',
] as const satisfies MoveShipment['status'][]

const params = z.strictObject({
  orderId: OrderId,
  shipmentId: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/, 'must be the id of one of the order’s shipments')
    .meta({ example: 'b3d4c1f0-6a52-8c41-9a77-0d1e2f3a4b5c' }),
})

/** By hand, for a courier who tells nothing. */
export function shipmentRoutes({ orders, workflows }: Pick<Clients, 'orders' | 'workflows'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/orders/{orderId}/shipments/{shipmentId}/move',
      name: 'moveShipment',
      access: 'staff',
      tag: 'orders',
      summary: 'Move a shipment on by hand, for a courier without events',
      description: 'Only forwards. A parcel is called back by cancelling its order.',
      params,
      body: z.strictObject({ status: z.enum(statuses), note: Note.optional() }).meta({ id: 'MoveShipment' }),
      example: { status: 'delivered', note: 'seen at the door' },
      answers: {
        200: {
          description: 'On record',
          schema: z.object({ orderId: z.string(), status: z.enum(orderStatuses) }),
          example: { orderId: exampleOrderId, status: 'shipping' as const },
        },
      },
      refusals: ['not-found', 'too-late', 'invalid-move', 'unavailable'],
    }).handledBy(async ({ params: { orderId, shipmentId }, body, caller, call, about }) => {
      about(orderId)
      const by = actorOf(caller)
      const id = requestId(['move', shipmentId, body.status, by])
      const answer = await workflows.moveShipment(orderId, { shipmentId, ...body, by }, id)
      return 'refused' in answer
        ? refusalOfChange(orders, { orderId, update: answer, whenEnded: 'too-late' }, call)
        : { status: 200, body: answer }
    }),
  ]
}
