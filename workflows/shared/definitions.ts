import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { RedriveProgress } from '#contracts/dead-letter.ts'
import type { MoveShipment, ShipmentEvent } from '#contracts/logistics.ts'
import type {
  CancelAnswer,
  CancelRequest,
  Decision,
  DecisionAnswer,
  OrderProgress,
  PlacedOrder,
} from '#contracts/order.ts'
import type { OpenedReturn, ReceivedReturn, ReturnAnswer, ReturnDecision } from '#contracts/return.ts'
import { handlers } from '#contracts/temporal.ts'

/** Answers once the order is on record; whoever places the same order again gets the same answer. */
export const placeUpdate = defineUpdate<PlacedOrder>(handlers.place)

/** Asks to undo the order. Answers at once; the undo follows. Refused when the order has ended. */
export const cancelUpdate = defineUpdate<CancelAnswer, [CancelRequest]>(handlers.cancel)

/** Answers the question about missing lines. Refused when nothing is asked. */
export const decideUpdate = defineUpdate<DecisionAnswer, [Decision]>(handlers.decide)

/** Staff move a shipment on. Refused when the order has ended, or the shipment cannot go there. */
export const moveShipmentUpdate = defineUpdate<DecisionAnswer, [MoveShipment]>(handlers.moveShipment)

/**
 * The courier's news comes as an update, which costs one state transition where a signal costs three; the signal of the
 * same name is for when no worker answers in time, since a signal waits for one.
 */
export const shipmentEventUpdate = defineUpdate<void, [ShipmentEvent]>(handlers.shipmentEvent)
export const shipmentEventSignal = defineSignal<[ShipmentEvent]>(handlers.shipmentEvent)

export const getOrderQuery = defineQuery<OrderProgress>(handlers.getOrder)

/** Answers once the return is on record, or why it was refused. */
export const openReturnUpdate = defineUpdate<OpenedReturn>(handlers.openReturn)

/** Staff accept a return or refuse it. Refused once it is decided. */
export const decideReturnUpdate = defineUpdate<ReturnAnswer, [ReturnDecision]>(handlers.decideReturn)

/** The goods have arrived. Refused before the return is accepted, and of more than was to come back. */
export const receiveReturnUpdate = defineUpdate<ReturnAnswer, [ReceivedReturn]>(handlers.receiveReturn)

export const getRedriveQuery = defineQuery<RedriveProgress>(handlers.getRedrive)
