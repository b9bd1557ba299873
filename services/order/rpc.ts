import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import type { CustomerContact } from '#contracts/customer.ts'
import { OrderService } from '#generated/proto/order/v1/order_pb.ts'
import { pagesOf } from '#platform/grpc/pages.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import { readPosition, readReturnPosition, writePosition, writeReturnPosition } from './data/cursor.ts'
import type { IdempotencyKeys } from './data/idempotency-keys.ts'
import type { ListPosition, OrderSummary } from './data/order-list.ts'
import type { Line, OrderDetails, ReturnOnRecord } from './data/order-queries.ts'
import type { ReturnPosition } from './data/return-list.ts'
import { askedFor, filtersOf, listProblems, returnStatusesIn, sortIn } from './list-request.ts'
import type { OrderStore } from './store.ts'

const pages = pagesOf<ListPosition>({
  name: 'orders',
  usual: 50,
  largest: 200,
  write: writePosition,
  read: readPosition,
})

const returnPages = pagesOf<ReturnPosition>({
  name: 'returns',
  usual: 50,
  largest: 200,
  write: writeReturnPosition,
  read: readReturnPosition,
})

type Reads = Pick<OrderStore, 'findOrder' | 'listOrders' | 'listReturns' | 'countOpenOrders'>

/** What the gateway asks. */
export const orderRoutes = (store: Reads, keys: IdempotencyKeys) => (router: ConnectRouter) =>
  router.service(OrderService, {
    claimKey: async (request) => ({ another: (await keys.claim(request)) === 'another' }),
    releaseKey: async (request) => {
      await keys.release(request)
      return {}
    },
    getOrder: async ({ orderId }) => {
      const order = await store.findOrder(orderId)
      if (!order) throw refusal(Code.NotFound, `order_id: there is no order ${orderId}`)
      return { order: detailsOf(order) }
    },
    listOrders: async (request) => {
      const { pageSize, cursor } = request
      const asked = pages({ pageSize, cursor }, askedFor(request))
      refuseIfAny([...listProblems(request), ...asked.problems])
      const { orders, missing } = await store.listOrders({
        ...filtersOf(request),
        ...sortIn(request),
        after: asked.after,
        limit: asked.limit,
      })
      const { page, nextCursor } = asked.of(orders)
      return { orders: page.map(summaryOf), nextCursor, missing }
    },
    listReturns: async ({ oldestFirst, ...request }) => {
      const { statuses, problems } = returnStatusesIn(request)
      const asked = returnPages(request, [statuses, oldestFirst])
      refuseIfAny([...problems, ...asked.problems])
      const { after, limit } = asked
      const { returns, missing } = await store.listReturns({ statuses, oldestFirst, after, limit })
      const { page, nextCursor } = asked.of(returns)
      return {
        returns: page.map(({ orderId, customerId, currency, since, by, ...one }) => ({
          orderId,
          customerId,
          currency,
          since: timestampFromDate(since),
          by,
          return: returnOf(one),
        })),
        nextCursor,
        missing,
      }
    },
    countOpenOrders: async () => {
      const { byStatus, missing } = await store.countOpenOrders()
      const counts = Object.entries(byStatus).map(([status, count]) => [status, BigInt(count)])
      return { byStatus: Object.fromEntries(counts), missing }
    },
  })

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
  updatedAt: timestampFromDate(order.updatedAt),
  customerName: order.customerName ?? '',
  ...(order.endedAt && { endedAt: timestampFromDate(order.endedAt) }),
  ...latest(order.stuck),
  stuck: order.stuck.map(({ since, ...step }) => ({ ...step, since: timestampFromDate(since) })),
  fingerprint: order.fingerprint,
})

function latest(stuck: OrderSummary['stuck']) {
  const last = stuck.at(-1)
  return last && { stuckStep: last.step, stuckError: last.error, stuckSince: timestampFromDate(last.since) }
}

function detailsOf(found: OrderDetails) {
  const { contact, asked, endedAt: _, ...order } = found
  return {
    ...order,
    ...summaryOf(found),
    lines: order.lines.map(lineOf),
    shipments: order.shipments.map(({ amount, movedAt, lines, ...shipment }) => ({
      ...shipment,
      amount: BigInt(amount),
      movedAt: timestampFromDate(movedAt),
      lines: lines.map(lineOf),
    })),
    history: order.history.map(({ amount, transferId, shipmentId, returnNumber, at, ...entry }) => ({
      ...entry,
      ...(amount !== null && { amount: BigInt(amount) }),
      transferId: transferId ?? '',
      shipmentId: shipmentId ?? '',
      returnNumber: returnNumber ?? 0,
      at: timestampFromDate(at),
    })),
    returns: order.returns.map(returnOf),
    ...(contact && { contact: contactOf(contact) }),
    ...(asked && {
      decision: { ...asked, decideBefore: timestampFromDate(new Date(asked.decideBefore)) },
    }),
  }
}

const returnOf = ({ amount, requestedAt, endedAt, lines, ...one }: ReturnOnRecord) => ({
  ...one,
  amount: BigInt(amount),
  requestedAt: timestampFromDate(requestedAt),
  ...(endedAt && { endedAt: timestampFromDate(endedAt) }),
  lines: lines.map(({ unitPrice, ...line }) => ({ ...line, unitPrice: BigInt(unitPrice) })),
})

const lineOf = ({ lineNumber, productId, quantity, unitPrice }: Line) => ({
  lineNumber,
  productId,
  quantity,
  ...(unitPrice !== null && { unitPrice: BigInt(unitPrice) }),
})

const contactOf = ({ name, email, phone, address }: CustomerContact) => ({ name, email, phone, ...address })
