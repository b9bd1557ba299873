import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { CourierNews } from '#contracts/logistics.ts'
import type {
  CancelAnswer,
  CancelRequest,
  Decision,
  DecisionAnswer,
  OrderProgress,
  PlacedOrder,
} from '#contracts/order.ts'
import { handlers } from '#contracts/temporal.ts'

/** Answers once the order is on record; whoever places the same order again gets the same answer. */
export const placeUpdate = defineUpdate<PlacedOrder>(handlers.place)

/** Asks to undo the order. Answers at once; the undo follows. Refused when the order has ended. */
export const cancelUpdate = defineUpdate<CancelAnswer, [CancelRequest]>(handlers.cancel)

/** Answers the question about missing lines. Refused when nothing is asked. */
export const decideUpdate = defineUpdate<DecisionAnswer, [Decision]>(handlers.decide)

/**
 * The courier's news comes as an update, which costs one state transition where a signal costs three; the signal of the
 * same name is for when no worker answers in time, since a signal waits for one.
 */
export const courierNewsUpdate = defineUpdate<void, [CourierNews]>(handlers.courierNews)
export const courierNewsSignal = defineSignal<[CourierNews]>(handlers.courierNews)

export const getOrderQuery = defineQuery<OrderProgress>(handlers.getOrder)
