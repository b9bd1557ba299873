import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow'
import type { OrderOutcome, PlaceOrder } from '#contracts/order.ts'
import { Compensations } from './compensation.ts'
import { cancelOrder, charge, handOff, recordOrder, reserve } from './fulfilment.ts'
import { handleRequests } from './handlers.ts'
import { OrderState } from './state.ts'
import { finish, track } from './tracking.ts'

/** One order, from its placing to its end. Where it waits, its current details say for what. */
export async function orderWorkflow(request: PlaceOrder): Promise<OrderOutcome> {
  const order = new OrderState(request)
  handleRequests(order)
  // Whoever cancels the workflow itself gets the same clean undo as with the `cancel` update.
  await CancellationScope.nonCancellable(async () => {
    await fulfil(order)
    await condition(allHandlersFinished)
  })
  const { charged, facts } = order
  const { refunded, reason } = facts
  return { status: facts.status === 'completed' ? 'completed' : 'cancelled', reason, charged, refunded }
}

async function fulfil(order: OrderState): Promise<void> {
  const undo = new Compensations(order)

  // 1. Record: nothing happens to an order that is not on record.
  const recorded = await recordOrder(order)
  if (recorded.kind === 'ended') return
  if (recorded.kind === 'stop') return cancelOrder(order, undo, recorded)

  // 2. Reserve stock, nearest warehouse first; ask the customer when lines are missing.
  const reserved = await reserve(order, undo)
  if (reserved.kind === 'stop') return cancelOrder(order, undo, reserved)

  // 3. Charge the customer's account.
  const paid = await charge(order, undo)
  if (paid.kind === 'stop') return cancelOrder(order, undo, paid)

  // 4. Hand off: one shipment per warehouse.
  await handOff(order, paid.transferId)

  // 5. Track every shipment to its end. From here on each is undone by itself.
  await track(order)

  // 6. Finish: completed when anything arrived.
  await finish(order)
}
