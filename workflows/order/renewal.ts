import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow'
import type { OrderOutcome, PlaceOrder } from '#contracts/order.ts'
import type { OrderState } from './state.ts'

type OrderWorkflow = (request: PlaceOrder) => Promise<OrderOutcome>

/** At rest: all that is known is on record, from which the next run begins. */
export const isLongAndAtRest = (order: OrderState): boolean =>
  workflowInfo().continueAsNewSuggested && order.saved && order.steps === 0 && !order.ended

/** A history that has grown long is left behind. */
export async function renewIfLong(order: OrderState): Promise<void> {
  if (!isLongAndAtRest(order)) return
  await condition(allHandlersFinished)
  if (isLongAndAtRest(order)) await continueAsNew<OrderWorkflow>(order.request)
}
