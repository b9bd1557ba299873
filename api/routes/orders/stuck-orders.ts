import type { MessageInitShape } from '@bufbuild/protobuf'
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { Call, Clients } from '#api/clients.ts'
import type { StuckOrder } from '#contracts/clients.ts'
import { defaultCurrency } from '#contracts/money.ts'
import type { ListOrdersRequestSchema, Order } from '#generated/proto/order/v1/order_pb.ts'
import { OrderSchema } from '#generated/proto/order/v1/order_pb.ts'
import { within } from '#platform/process/within.ts'
import { asksByRecord } from './order-filters.ts'

/** In ms. The records say most of it; what Temporal adds is not worth a longer wait. */
const MAY_TAKE = 2_000
/** So many orders that are not on record are looked for, at most. */
const maxUnrecorded = 20

/** The order with what its workflow's own state says of it, which its record cannot know: that it is gone, or cannot write. */
export async function withTrouble(runs: Clients['runs'], order: Order): Promise<Order> {
  if (order.endedAt) return order
  const trouble = await within(MAY_TAKE, runs.trouble(order.orderId)).catch(() => undefined)
  return trouble ? add(trouble, order) : order
}

/** An order that is stuck while it is being recorded: its workflow alone knows of it. */
export async function unrecordedOrder(runs: Clients['runs'], orderId: string): Promise<Order | undefined> {
  const trouble = await within(MAY_TAKE, runs.trouble(orderId)).catch(() => undefined)
  return trouble?.about.customerId ? add(trouble, orderOf(trouble)) : undefined
}

type Request = MessageInitShape<typeof ListOrdersRequestSchema>

/** A page of what is stuck, by the records and by Temporal's own filters; by the records alone while Temporal is away. */
export async function listStuck(
  { orders, runs }: Pick<Clients, 'orders' | 'runs'>,
  request: Request,
  call: Call,
) {
  const troubles = await within(MAY_TAKE, runs.troubles()).catch(() => [])
  const byId = new Map(troubles.map((trouble) => [trouble.orderId, trouble]))
  const page = await orders.listOrders({ ...request, orOrderIds: [...byId.keys()] }, call)
  const merged = page.orders.map((order) => {
    const trouble = byId.get(order.orderId)
    return trouble ? add(trouble, order) : order
  })
  const isRest = request.cursor || asksByRecord(request)
  const first = isRest ? [] : (await unrecorded(orders, troubles, call)).filter(passes(request))
  return { ...page, orders: [...first, ...merged] }
}

/** A step that the record knows of says more than Temporal does. */
function add({ step, since, error }: StuckOrder, order: Order): Order {
  const known = order.stuck.some((one) => one.step === step)
  if (known || (order.stuck.length > 0 && step !== 'workflow' && step !== 'record')) return order
  const stuckSince = timestampFromDate(since)
  const stuck = [
    ...order.stuck,
    { $typeName: 'order.v1.StuckStep' as const, step, shipmentId: '', error, since: stuckSince },
  ]
  return { ...order, stuckStep: step, stuckError: error, stuckSince, stuck }
}

/** What is stuck while it is being recorded, and on no record: the workflow alone knows of it. */
async function unrecorded(
  orders: Clients['orders'],
  troubles: readonly StuckOrder[],
  call: Call,
): Promise<Order[]> {
  const candidates = troubles.filter(({ step }) => step === 'record').slice(0, maxUnrecorded)
  const found = await Promise.all(
    candidates.map(({ orderId }) => orders.getOrder({ orderId }, call).catch(() => undefined)),
  )
  return candidates.filter((_, i) => !found[i]).map((trouble) => add(trouble, orderOf(trouble)))
}

const orderOf = ({ orderId, about: { placedAt, ...about } }: StuckOrder): Order =>
  create(OrderSchema, {
    orderId,
    ...about,
    currency: defaultCurrency,
    placedAt: timestampFromDate(new Date(placedAt)),
    updatedAt: timestampFromDate(new Date(placedAt)),
  })

const passes =
  ({ customerId, statuses = [] }: Request) =>
  (order: Order): boolean =>
    (!customerId || order.customerId === customerId) &&
    (statuses.length === 0 || statuses.includes(order.status))
