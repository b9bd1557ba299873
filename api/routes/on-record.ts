import { Code, ConnectError } from '@connectrpc/connect'
import type { Order } from '#generated/proto/order/v1/order_pb.ts'
import type { UpdateRefusal } from '#workflows/client.ts'
import type { Clients } from '../clients.ts'
import { type ProblemKind, type Refusal, refusalOfUpdate, refuse } from '../problems.ts'

type Call = { headers: { traceparent: string } }

/** Undefined when there is no such order. */
export async function orderOnRecord(
  orders: Clients['orders'],
  orderId: string,
  call: Call,
): Promise<Order | undefined> {
  try {
    return (await orders.getOrder({ orderId }, call)).order
  } catch (error) {
    if (error instanceof ConnectError && error.code === Code.NotFound) return undefined
    throw error
  }
}

/** The workflow of an ended order is gone; whether there ever was one, the order service knows. */
export async function refusalOfChange(
  orders: Clients['orders'],
  { orderId, update, whenEnded }: { orderId: string; update: UpdateRefusal; whenEnded: ProblemKind },
  call: Call,
): Promise<Refusal> {
  if (update.refused !== 'NotFound') return refusalOfUpdate(update)
  const order = await orderOnRecord(orders, orderId, call)
  return order ? refuse(whenEnded, `The order is ${order.status}.`) : noOrder(orderId)
}

export const noOrder = (orderId: string): Refusal => refuse('not-found', `There is no order ${orderId}.`)
