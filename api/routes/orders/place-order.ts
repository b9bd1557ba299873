import { actorOf, customerFor } from '#api/http/auth.ts'
import { fingerprintOf } from '#api/http/fingerprint.ts'
import type { NewOrderId } from '#api/http/ids.ts'
import { isRefusal, refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import type { OrderWorkflows } from '#contracts/clients.ts'
import { type PlaceOrder } from '#contracts/order.ts'
import { NewOrder, PendingOrder, PlacedOrder } from '#contracts/rest/orders.ts'
import { exampleOrderId } from './order-examples.ts'

type Dependencies = { workflows: OrderWorkflows; newOrderId: NewOrderId; clock: () => Date }

export function placeOrderRoute({ workflows, newOrderId, clock }: Dependencies): Route {
  return route({
    method: 'post',
    path: '/v1/orders',
    name: 'placeOrder',
    access: 'caller',
    tag: 'orders',
    summary: 'Place an order',
    description:
      'Answers once the order is on record. What is wrong with it (unknown product, out of stock, payment declined) shows in its history.',
    body: NewOrder,
    example: { customerId: '17850', lines: [{ productId: '85123A', quantity: 6 }] },
    answers: {
      201: {
        description: 'On record',
        schema: PlacedOrder,
        example: exampleAnswer,
        headers: { Location: 'Where the order is' },
      },
      202: {
        description: 'Durably placed, but not on record within five seconds',
        schema: PendingOrder,
        example: {
          orderId: exampleOrderId,
          status: 'pending' as const,
          location: `/v1/orders/${exampleOrderId}`,
        },
        headers: { Location: 'Where the order will be' },
      },
    },
    refusals: ['unavailable', 'forbidden'],
  }).handledBy(async ({ body, caller, idempotencyKey, traceparent, about }) => {
    const customerId = customerFor(caller, body.customerId)
    if (customerId === undefined) return nobodysOrder
    if (isRefusal(customerId)) return customerId
    const by = actorOf(caller)
    const asked = { ...body, customerId }
    const order: PlaceOrder = {
      ...asked,
      orderId: newOrderId(customerId, by, idempotencyKey),
      by,
      reference: null,
      lines: body.lines.map((line, index) => ({ lineNumber: index + 1, ...line })),
      placedAt: clock().toISOString(),
      fingerprint: fingerprintOf(asked),
      traceparent,
    }
    about(order.orderId)
    return answerTo(order, await workflows.place(order))
  })
}

const nobodysOrder = refuse('invalid-body', 'customerId: say whose order it is', {
  errors: [{ path: 'customerId', message: 'is missing; staff say whose order it is' }],
})

/** `placed` is what is on record under the order's id: perhaps another order, placed before with the same key. */
function answerTo(order: PlaceOrder, placed: Awaited<ReturnType<OrderWorkflows['place']>>) {
  const { orderId, customerId, source, currency, lines } = order
  const location = `/v1/orders/${orderId}`
  const headers = { Location: location }
  if ('pending' in placed) {
    return { status: 202 as const, headers, body: { orderId, status: 'pending' as const, location } }
  }
  if (placed.fingerprint !== order.fingerprint) {
    return refuse('key-reused', `It belongs to the order at ${location}. Take a new key for a new order.`)
  }
  const { status, placedAt } = placed
  const body = { orderId, customerId, source, currency, status, placedAt, lines }
  return { status: 201 as const, headers, body }
}

const exampleAnswer: PlacedOrder = {
  orderId: exampleOrderId,
  customerId: '17850',
  source: 'web',
  currency: 'GBP',
  status: 'pending',
  placedAt: '2010-12-01T08:26:00.000Z',
  lines: [{ lineNumber: 1, productId: '85123A', quantity: 6 }],
}
