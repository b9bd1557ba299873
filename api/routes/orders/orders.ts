import { z } from 'zod'
import type { Call, Clients } from '#api/clients.ts'
import type { Caller } from '#api/http/auth.ts'
import { isRefusal } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import { partialOf, readEach } from '#api/http/unreadable.ts'
import { Cursor, limit, OrderId } from '#contracts/rest/fields.ts'
import { OrderDetails, OrderPage } from '#contracts/rest/orders.ts'
import { noOrder, orderOnRecord } from './on-record.ts'
import { exampleOrder, exampleSummary } from './order-examples.ts'
import { filters, listRequest, type OrdersAsked } from './order-filters.ts'
import { csvOf, exampleCsv } from './order-table.ts'
import { detailsOf, summaryOf } from './order-views.ts'
import { listStuck, unrecordedOrder, withTrouble } from './stuck-orders.ts'
import { waitingForOf } from './waiting.ts'

type Page = { cursor: string; pageSize: number }

/** Where is order X, and why is it stuck? */
export function orderRoutes({
  orders,
  workflows,
  runs,
  customers,
}: Pick<Clients, 'orders' | 'workflows' | 'runs' | 'customers'>): Route[] {
  /** Staff see what Temporal's own filters show, too. */
  const list = async (caller: Caller, { missing, ...request }: OrdersAsked & Page, call: Call) => {
    const page = await (request.stuck && caller.role === 'staff'
      ? listStuck({ orders, runs }, request, call)
      : orders.listOrders(request, call))
    return { ...page, missing: [...missing, ...page.missing] }
  }
  return [
    route({
      method: 'get',
      path: '/v1/orders/{orderId}',
      name: 'getOrder',
      access: 'owner',
      tag: 'orders',
      summary: 'An order with its lines, shipments, returns and history',
      params: z.strictObject({ orderId: OrderId }),
      answers: {
        200: { description: 'The order', schema: OrderDetails, example: exampleOrder },
      },
      refusals: ['not-found', 'unreadable-record', 'unavailable'],
    }).handledBy(async ({ params: { orderId }, caller: { role }, call, about }) => {
      about(orderId)
      const order =
        (await orderOnRecord(orders, orderId, call)) ??
        (role === 'staff' ? await unrecordedOrder(runs, orderId) : undefined)
      if (!order) return noOrder(orderId)
      if (role !== 'staff') return { status: 200, body: detailsOf(role, order, null) }
      const [troubled, waitingFor] = await Promise.all([
        withTrouble(runs, order),
        waitingForOf(workflows, order),
      ])
      // A workflow that is gone still answers what it waited for.
      const isGone = troubled.stuckStep === 'workflow'
      return { status: 200, body: detailsOf(role, troubled, isGone ? null : waitingFor) }
    }),

    route({
      method: 'get',
      path: '/v1/orders',
      name: 'listOrders',
      access: 'caller',
      tag: 'orders',
      summary: 'Orders, newest first unless sorted otherwise',
      description: 'Customers see their own.',
      query: z.strictObject({ ...filters, cursor: Cursor.optional(), limit: limit(50, 200) }),
      answers: {
        200: {
          description: 'A page of orders',
          schema: OrderPage,
          example: { orders: [exampleSummary], nextCursor: null, ...partialOf({}) },
        },
      },
      refusals: ['forbidden', 'unavailable', 'invalid-body'],
    }).handledBy(async ({ query, caller, call }) => {
      const request = await listRequest({ customers }, query, caller, call)
      if (isRefusal(request)) return request
      const { cursor = '', limit: pageSize } = query
      const page = await list(caller, { ...request, cursor, pageSize }, call)
      const { views, unreadable } = readEach(
        page.orders,
        ({ orderId }) => orderId,
        (order) => summaryOf(caller.role, order),
      )
      return {
        status: 200,
        body: {
          orders: views,
          nextCursor: page.nextCursor || null,
          ...partialOf({ missing: page.missing, unreadable }, caller.role),
        },
      }
    }),

    route({
      method: 'get',
      path: '/v1/orders.csv',
      name: 'exportOrders',
      access: 'caller',
      tag: 'orders',
      summary: 'All orders that the filters let through as a table, newest first unless sorted otherwise',
      description:
        'Amounts are in major units here: 15.30. Orders that arrive meanwhile are not in it. A cell that a spreadsheet would take for a formula begins with an apostrophe.',
      query: z.strictObject(filters),
      answers: {
        200: {
          description:
            "A line for each order, as they are read; cut off when something fails on the way. Where an amount cannot be read stands 'unreadable'",
          contentType: 'text/csv',
          example: exampleCsv,
          headers: { 'Content-Disposition': 'A file name' },
        },
      },
      refusals: ['forbidden', 'unavailable', 'invalid-body'],
    }).handledBy(async ({ query, caller, call }) => {
      const request = await listRequest({ customers }, query, caller, call)
      if (isRefusal(request)) return request
      return {
        status: 200,
        headers: { 'Content-Disposition': 'attachment; filename="orders.csv"' },
        contentType: 'text/csv; charset=utf-8; header=present',
        stream: csvOf(caller.role, (page) => list(caller, { ...request, ...page }, call)),
      }
    }),
  ]
}
