import type { Call, Clients } from '#api/clients.ts'
import { noSuchThing, type ProblemKind, type Refusal, refusalOfUpdate, refuse } from '#api/http/problems.ts'
import type { UpdateRefusal } from '#contracts/clients.ts'
import type { Order } from '#generated/proto/order/v1/order_pb.ts'
import { undefinedWhenNotFound } from '#platform/grpc/refusals.ts'

/** Undefined when there is no such order. */
export const orderOnRecord = async (
  orders: Clients['orders'],
  orderId: string,
  call: Call,
): Promise<Order | undefined> =>
  (await orders.getOrder({ orderId }, call).catch(undefinedWhenNotFound))?.order

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

export const noOrder = (orderId: string): Refusal => noSuchThing('orderId', `there is no order ${orderId}`)
