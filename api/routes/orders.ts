import { z } from 'zod'
import { orderStatuses } from '#contracts/order.ts'
import { customerFor } from '../auth.ts'
import type { Clients } from '../clients.ts'
import { type Route, route } from '../route.ts'
import { Cursor, CustomerId, limit, NextCursor, OrderId } from '../schemas.ts'
import { exampleOrder, exampleSummary } from './order-examples.ts'
import { detailsOf, OrderDetails, OrderSummary, summaryOf } from './order-views.ts'
import { waitingForOf } from './waiting.ts'

/** Where is order X, and why is it stuck? */
export function orderRoutes({ orders, workflows }: Pick<Clients, 'orders' | 'workflows'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/orders/{orderId}',
      name: 'getOrder',
      access: 'owner',
      tag: 'orders',
      summary: 'An order with its lines, shipments and history',
      params: z.strictObject({ orderId: OrderId }),
      answers: {
        200: { description: 'The order', schema: OrderDetails, example: exampleOrder },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { orderId }, call, about }) => {
      about(orderId)
      const { order } = await orders.getOrder({ orderId }, call)
      if (!order) throw new Error('the order service answered without an order')
      return { status: 200, body: detailsOf(order, await waitingForOf(workflows, order)) }
    }),

    route({
      method: 'get',
      path: '/v1/orders',
      name: 'listOrders',
      access: 'caller',
      tag: 'orders',
      summary: 'Orders, newest first',
      description: 'Customers get their own.',
      query: z.strictObject({
        customerId: CustomerId.optional(),
        status: z
          .preprocess(listOf, z.array(z.enum(orderStatuses)))
          .optional()
          .meta({
            description: 'May be given several times',
            param: { style: 'form', explode: true },
          }),
        stuck: z
          .stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' })
          .optional()
          .meta({
            description: 'true: only orders with a step that fails',
            override: { type: 'string', enum: ['true', 'false'] },
          }),
        cursor: Cursor.optional(),
        limit: limit(50, 200),
      }),
      answers: {
        200: {
          description: 'A page of orders',
          schema: z.object({ orders: z.array(OrderSummary), nextCursor: NextCursor }),
          example: { orders: [exampleSummary], nextCursor: null },
        },
      },
      refusals: ['unavailable', 'invalid-body', 'forbidden'],
    }).handledBy(async ({ query, caller, call }) => {
      const customerId = customerFor(caller, query.customerId) ?? ''
      if (typeof customerId === 'object') return customerId
      const { status = [], stuck = false, cursor = '', limit: pageSize } = query
      const page = await orders.listOrders({ customerId, statuses: status, stuck, cursor, pageSize }, call)
      return {
        status: 200,
        body: { orders: page.orders.map(summaryOf), nextCursor: page.nextCursor || null },
      }
    }),
  ]
}

/** `status=paid` is text, `status=paid&status=shipping` a list. */
const listOf = (value: unknown) => (typeof value === 'string' ? [value] : value)
