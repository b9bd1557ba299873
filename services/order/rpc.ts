import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import type { CustomerContact } from '#contracts/customer.ts'
import { idInWords, isId } from '#contracts/ids.ts'
import { orderStatuses } from '#contracts/order.ts'
import { type ListOrdersRequest, OrderService } from '#generated/proto/order/v1/order_pb.ts'
import { pagesOf } from '#platform/grpc/pages.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import { readPosition, writePosition } from './data/cursor.ts'
import type { IdempotencyKeys } from './data/idempotency-keys.ts'
import type { Line, ListPosition, OrderDetails, OrderSummary } from './data/order-queries.ts'
import type { OrderStore } from './store.ts'

const pages = pagesOf<ListPosition>({
  name: 'orders',
  usual: 50,
  largest: 200,
  write: writePosition,
  read: readPosition,
})

const maxOrderIds = 2_000

type Reads = Pick<OrderStore, 'findOrder' | 'listOrders'>

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
      const { customerId, stuck } = request
      const statuses = [...new Set(request.statuses)].sort()
      const asked = pages(request, [customerId, statuses, stuck])
      refuseIfAny([...filterProblems(request), ...asked.problems])
      const { orders, missing } = await store.listOrders({
        ...(customerId !== '' && { customerId }),
        statuses,
        stuck,
        orOrderIds: request.orOrderIds,
        after: asked.after,
        limit: asked.limit,
      })
      const { page, nextCursor } = asked.of(orders)
      return { orders: page.map(summaryOf), nextCursor, missing }
    },
  })

function filterProblems({ customerId, statuses, orOrderIds }: ListOrdersRequest): string[] {
  const known: readonly string[] = orderStatuses
  return [
    ...(customerId === '' || isId(customerId) ? [] : [`customer_id: must be ${idInWords}`]),
    ...(statuses.every((status) => known.includes(status))
      ? []
      : [`statuses: must be of ${known.join(', ')}`]),
    ...(orOrderIds.length <= maxOrderIds ? [] : [`or_order_ids: must be at most ${maxOrderIds}`]),
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
    returns: order.returns.map(({ amount, requestedAt, endedAt, lines, ...one }) => ({
      ...one,
      amount: BigInt(amount),
      requestedAt: timestampFromDate(requestedAt),
      ...(endedAt && { endedAt: timestampFromDate(endedAt) }),
      lines: lines.map(({ unitPrice, ...line }) => ({ ...line, unitPrice: BigInt(unitPrice) })),
    })),
    ...(contact && { contact: contactOf(contact) }),
    ...(asked && {
      decision: { ...asked, decideBefore: timestampFromDate(new Date(asked.decideBefore)) },
    }),
  }
}

const lineOf = ({ lineNumber, productId, quantity, unitPrice }: Line) => ({
  lineNumber,
  productId,
  quantity,
  ...(unitPrice !== null && { unitPrice: BigInt(unitPrice) }),
})

const contactOf = ({ name, email, phone, address }: CustomerContact) => ({ name, email, phone, ...address })
