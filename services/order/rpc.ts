import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import type { CustomerContact } from '#contracts/customer.ts'
import { orderStatuses } from '#contracts/order.ts'
import { type ListOrdersRequest, OrderService } from '#generated/proto/order/v1/order_pb.ts'
import { pageOf } from '#platform/pages.ts'
import { refuseIfAny } from '#platform/rpc.ts'
import { cursorAfter, readCursor } from './cursor.ts'
import type { Line, OrderDetails, OrderSummary } from './reading.ts'
import type { OrderStore } from './store.ts'

const usualPage = 50
const largestPage = 200

type Reads = Pick<OrderStore, 'findOrder' | 'listOrders'>

/** What the gateway asks. */
export const orderRoutes = (store: Reads) => (router: ConnectRouter) =>
  router.service(OrderService, {
    getOrder: async ({ orderId }) => {
      const order = await store.findOrder(orderId)
      if (!order) throw new ConnectError(`order_id: there is no order ${orderId}`, Code.NotFound)
      return { order: detailsOf(order) }
    },
    listOrders: async (request) => {
      refuseIfAny(listProblems(request))
      const { customerId, statuses, stuck, pageSize, cursor } = request
      const limit = pageSize || usualPage
      const found = await store.listOrders({
        ...(customerId !== '' && { customerId }),
        statuses: [...new Set(statuses)],
        stuck,
        after: readCursor(cursor),
        limit: limit + 1,
      })
      const { page, nextCursor } = pageOf(found, limit, cursorAfter)
      return { orders: page.map(summaryOf), nextCursor }
    },
  })

function listProblems({ customerId, statuses, pageSize, cursor }: ListOrdersRequest): string[] {
  const known: readonly string[] = orderStatuses
  return [
    ...(customerId.includes('\0') ? ['customer_id: must be printable'] : []),
    ...(statuses.every((status) => known.includes(status))
      ? []
      : [`statuses: must be of ${known.join(', ')}`]),
    ...(pageSize >= 0 && pageSize <= largestPage ? [] : [`page_size: must be 0 to ${largestPage}`]),
    ...(cursor === '' || readCursor(cursor) ? [] : ['cursor: must be the next_cursor of a page before']),
  ]
}

const summaryOf = (order: OrderSummary) => ({
  orderId: order.orderId,
  customerId: order.customerId,
  source: order.source,
  reference: order.reference ?? '',
  status: order.status,
  reason: order.reason ?? '',
  currency: order.currency,
  total: BigInt(order.total ?? 0),
  refunded: BigInt(order.refunded),
  placedAt: timestampFromDate(order.placedAt),
  ...(order.endedAt && { endedAt: timestampFromDate(order.endedAt) }),
  ...latest(order.stuck),
  stuck: order.stuck.map(({ since, ...step }) => ({ ...step, since: timestampFromDate(since) })),
  fingerprint: order.fingerprint,
})

function latest(stuck: OrderSummary['stuck']) {
  const last = stuck.at(-1)
  return last && { stuckStep: last.step, stuckError: last.error, stuckSince: timestampFromDate(last.since) }
}

const detailsOf = (order: OrderDetails) => ({
  ...summaryOf(order),
  lines: order.lines.map(lineOf),
  shipments: order.shipments.map(({ amount, movedAt, lines, ...shipment }) => ({
    ...shipment,
    amount: BigInt(amount),
    movedAt: timestampFromDate(movedAt),
    lines: lines.map(lineOf),
  })),
  history: order.history.map(({ at, ...row }) => ({ ...row, at: timestampFromDate(at) })),
  returns: order.returns.map(({ amount, requestedAt, endedAt, lines, ...one }) => ({
    ...one,
    amount: BigInt(amount),
    requestedAt: timestampFromDate(requestedAt),
    ...(endedAt && { endedAt: timestampFromDate(endedAt) }),
    lines: lines.map(({ unitPrice, ...line }) => ({ ...line, unitPrice: BigInt(unitPrice) })),
  })),
  ...(order.contact && { contact: contactOf(order.contact) }),
})

const lineOf = ({ lineNumber, productId, quantity, unitPrice }: Line) => ({
  lineNumber,
  productId,
  quantity,
  ...(unitPrice !== null && { unitPrice: BigInt(unitPrice) }),
})

const contactOf = ({ name, email, phone, address }: CustomerContact) => ({ name, email, phone, ...address })
