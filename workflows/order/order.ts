import { ApplicationFailure, allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow'
import type { OrderOutcome, PlaceOrder } from '#contracts/order.ts'
import { problemsOf, shapes } from '../shared/wellformed.ts'
import { Compensations } from './compensation.ts'
import { cancelOrder, charge, handOff, recordOrder, reserve } from './fulfilment.ts'
import { handleRequests } from './handlers.ts'
import { OrderState } from './state.ts'
import { finish, track } from './tracking.ts'

/** One order, from its placing to its end. Where it waits, its current details say for what. */
export async function orderWorkflow(request: PlaceOrder): Promise<OrderOutcome> {
  const problems = problemsOf(request, shapes.placeOrder)
  if (problems) throw ApplicationFailure.nonRetryable(problems)
  const order = new OrderState(request)
  handleRequests(order)
  // Whoever cancels the workflow itself gets the same clean undo as with the `cancel` update.
  await CancellationScope.nonCancellable(async () => {
    await fulfil(order)
    await condition(allHandlersFinished)
  })
  const { reason, refunded, status, handedOff, total } = order.facts
  const charged = handedOff || order.transferId !== undefined ? (total ?? 0) : refunded
  return { status: status === 'completed' ? 'completed' : 'cancelled', reason, charged, refunded }
}

async function fulfil(order: OrderState): Promise<void> {
  const undo = new Compensations(order)

  // 1. Record: nothing happens to an order that is not on record. A later run begins where its record is.
  const refused = await recordOrder(order, undo)
  if (refused) await cancelOrder(order, undo, refused)

  // A step that is done is passed over; when the record turns out to be further than this run knew, it goes on from there.
  while (order.isAtHome) {
    const stop =
      // 2. Reserve stock, nearest warehouse first; ask the customer when lines are missing.
      (await reserve(order, undo)) ??
      // 3. Charge the customer's account.
      (await charge(order, undo)) ??
      // 4. Hand off: one shipment per warehouse.
      (await handOff(order))
    if (stop) await cancelOrder(order, undo, stop)
  }

  while (!order.ended) {
    // 5. Track every shipment to its end. From here on each is undone by itself.
    await track(order)
    // 6. Finish: completed when anything arrived.
    await finish(order)
  }
}
