import type { FailureType } from '#contracts/failures.ts'
import type { CourierNews } from '#contracts/logistics.ts'
import type {
  CancelAnswer,
  CancelRequest,
  Decision,
  DecisionAnswer,
  OrderProgress,
  PlacedOrder,
  PlaceOrder,
} from '#contracts/order.ts'

/** Why an update was not taken; `message` says what would be right. */
export type UpdateRefusal = { refused: FailureType | 'NotFound'; message: string }

/** The running orders, as the gateway and the order worker's consumers reach them. */
export type OrderWorkflows = {
  /**
   * Starts the order's workflow, or finds it, and answers once it is on record. An order that ended before answers as it ended.
   * `pending`: not on record within `waitFor` ms (default 5 s), yet durably placed.
   */
  place(order: PlaceOrder, options?: { waitFor?: number }): Promise<PlacedOrder | { pending: true }>
  cancel(orderId: string, request: CancelRequest): Promise<CancelAnswer | UpdateRefusal>
  decide(orderId: string, decision: Decision): Promise<DecisionAnswer | UpdateRefusal>
  /** `ended`: the workflow is over, or there never was one. */
  tell(orderId: string, news: CourierNews): Promise<'told' | 'ended'>
  progress(orderId: string): Promise<OrderProgress | undefined>
}
