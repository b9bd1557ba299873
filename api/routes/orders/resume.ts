import { z } from 'zod'
import type { Call, Clients } from '#api/clients.ts'
import { isoAt, orNull } from '#api/http/from-protobuf.ts'
import { type Route, route } from '#api/http/route.ts'
import { defaultCurrency } from '#contracts/money.ts'
import type { OrderSource, PlaceOrder } from '#contracts/order.ts'
import { OrderId } from '#contracts/rest/fields.ts'
import { ResumedOrder } from '#contracts/rest/orders.ts'
import type { Order } from '#generated/proto/order/v1/order_pb.ts'
import { noOrder, orderOnRecord } from './on-record.ts'
import { exampleOrderId } from './order-examples.ts'

/** For an order whose workflow was terminated, failed, or is forgotten. */
export function resumeRoutes({ orders, runs }: Pick<Clients, 'orders' | 'runs'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/orders/{orderId}/resume',
      name: 'resumeOrder',
      access: 'staff',
      tag: 'orders',
      summary: 'Start the workflow of an order again, from its record, when none runs',
      description: 'For a workflow that was terminated or failed. Nothing is done twice.',
      params: z.strictObject({ orderId: OrderId }),
      answers: {
        200: {
          description: 'Its workflow runs, or has ended with the order',
          schema: ResumedOrder,
          example: { orderId: exampleOrderId, workflow: 'resumed' as const },
        },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { orderId }, call, about }) => {
      about(orderId)
      const order = await orderOnRecord(orders, orderId, call)
      if (order?.endedAt) return { status: 200, body: { orderId, workflow: 'ended' } }
      const workflow = await runs.resume(orderId, order && placedAs(order, call))
      return workflow === 'unknown' ? noOrder(orderId) : { status: 200, body: { orderId, workflow } }
    }),
  ]
}

/** As it is on record; what the record has beyond that its workflow reads for itself. */
const placedAs = (order: Order, { headers: { traceparent } }: Call): PlaceOrder => ({
  orderId: order.orderId,
  customerId: order.customerId,
  source: order.source as OrderSource,
  reference: orNull(order.reference),
  currency: defaultCurrency,
  lines: order.lines.map(({ lineNumber, productId, quantity }) => ({ lineNumber, productId, quantity })),
  placedAt: isoAt(order.placedAt),
  fingerprint: order.fingerprint,
  traceparent,
})
