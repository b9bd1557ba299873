import { CancellationScope, condition, setHandler } from '@temporalio/workflow'
import { failureTypes } from '#contracts/failures.ts'
import { type CourierNews, isFinalShipment, type MoveShipment, movesOn } from '#contracts/logistics.ts'
import {
  type CancelAnswer,
  type CancelRequest,
  type Decision,
  isFinal,
  mostPieces,
} from '#contracts/order.ts'
import {
  cancelUpdate,
  courierNewsSignal,
  courierNewsUpdate,
  decideUpdate,
  getOrderQuery,
  moveShipmentUpdate,
  placeUpdate,
} from './definitions.ts'
import { openShipments } from './facts.ts'
import { refuse } from './refuse.ts'
import type { OrderState } from './state.ts'

/** Who may ask what of a running order. The handlers only note it; the story acts on it. */
export function handleRequests(order: OrderState): void {
  const { orderId } = order.request
  setHandler(getOrderQuery, () => order.progress())
  const hear = (news: CourierNews) => {
    order.news.push(news)
    order.lastNewsAt = Date.now()
  }
  setHandler(courierNewsUpdate, hear)
  setHandler(courierNewsSignal, hear)
  setHandler(placeUpdate, async () => {
    // Not cancelled with the workflow: a repeat is answered while it is undone, too.
    await CancellationScope.nonCancellable(() => condition(() => order.placed !== undefined))
    const { fingerprint, placedAt } = order.placed ?? order.request
    return { orderId, status: order.facts.status, fingerprint, placedAt }
  })
  setHandler(
    cancelUpdate,
    (request): CancelAnswer => {
      order.requestCancel(request)
      return { orderId, status: order.facts.status, accepted: true }
    },
    { validator: (_request: CancelRequest) => refuseWhenOver(order) },
  )
  setHandler(
    decideUpdate,
    (decision) => {
      order.decision = decision
      return { orderId, status: order.facts.status }
    },
    { validator: (decision) => validateDecision(order, decision) },
  )
  setHandler(
    moveShipmentUpdate,
    async ({ shipmentId, status, by, note }) => {
      const news = { ...byHand({ shipmentId, status, by }), ...(note && { note }) }
      hear(news)
      await CancellationScope.nonCancellable(() =>
        condition(() => order.endedOnRecord || (!order.news.includes(news) && order.saved)),
      )
      return { orderId, status: order.facts.status }
    },
    { validator: (move) => validateMove(order, move) },
  )
  CancellationScope.current().cancelRequested.catch(() =>
    order.requestCancel({ by: 'staff:temporal', reason: 'staff', note: 'the workflow was cancelled' }),
  )
}

function refuseWhenOver(order: OrderState): void {
  const { status, shipments } = order.facts
  if (isFinal(status)) refuse(failureTypes.tooLate, `too late to cancel: the order is ${status}`)
  if (shipments.length > 0 && stillOpen(order).length === 0) {
    refuse(failureTypes.tooLate, 'too late to cancel: no parcel is on its way any more')
  }
}

const byHand = ({ shipmentId, status, by }: MoveShipment): CourierNews => ({
  eventId: `${shipmentId}/${status}/${by}`,
  shipmentId,
  status,
  occurredAt: new Date().toISOString(),
  by,
})

function validateMove(order: OrderState, { shipmentId, status }: MoveShipment): void {
  const { facts } = order
  if (isFinal(facts.status))
    refuse(failureTypes.tooLate, `too late to move a shipment: the order is ${facts.status}`)
  const shipment = facts.shipments.find((one) => one.shipmentId === shipmentId)
  if (!shipment) refuse(failureTypes.invalidMove, `the order has no shipment ${shipmentId}`)
  if (facts.status !== 'shipping' && facts.status !== 'cancelling')
    refuse(failureTypes.invalidMove, `the order is ${facts.status}: its shipments are not handed off yet`)
  if (!movesOn(shipment.status, status))
    refuse(failureTypes.invalidMove, `the shipment is ${shipment.status} and cannot become ${status}`)
}

/** The shipments on their way, as the news has it that is not yet acted upon. */
function stillOpen(order: OrderState) {
  const over = new Set(
    order.news.filter(({ status }) => isFinalShipment(status)).map(({ shipmentId }) => shipmentId),
  )
  return openShipments(order.facts).filter(({ shipmentId }) => !over.has(shipmentId))
}

function validateDecision(order: OrderState, decision: Decision): void {
  if (order.facts.status !== 'awaiting_customer' || order.decision || order.cancelRequest) {
    refuse(failureTypes.notAwaitingDecision, `the order is ${order.facts.status} and awaits no decision`)
  }
  if (decision.kind === 'cancel') return
  const quantities = new Map(order.facts.lines.map(({ lineNumber, quantity }) => [lineNumber, quantity]))
  for (const { lineNumber, quantity } of decision.lines) {
    if (!quantities.has(lineNumber))
      refuse(failureTypes.invalidAmendment, `the order has no line ${lineNumber}`)
    if (!Number.isSafeInteger(quantity) || quantity < 0 || quantity > mostPieces) {
      refuse(
        failureTypes.invalidAmendment,
        `line ${lineNumber}: the quantity must be a whole number from 0 to ${mostPieces}`,
      )
    }
    quantities.set(lineNumber, quantity)
  }
  if ([...quantities.values()].every((quantity) => quantity === 0)) {
    refuse(failureTypes.invalidAmendment, 'no line would be left: cancel the order instead')
  }
}
