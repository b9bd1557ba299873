import type { OrderWorkflows } from '#contracts/clients.ts'
import type { Order } from '#generated/proto/order/v1/order_pb.ts'
import { within } from '#platform/process/within.ts'

/** In ms. A query needs a worker; the read is not to wait for one. */
const QUERY_MAY_TAKE = 500

/** What a running order waits for, in its workflow's words; null when it does not say so quickly. */
export async function waitingForOf(
  workflows: Pick<OrderWorkflows, 'progress'>,
  order: Order,
): Promise<string | null> {
  if (order.endedAt) return null
  try {
    const asked = workflows.progress(order.orderId, { waitFor: QUERY_MAY_TAKE })
    const progress = await within(QUERY_MAY_TAKE, asked)
    return progress?.waitingFor || null
  } catch {
    // The order's row says the rest; the words are an extra.
    return null
  }
}
