import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow'
import { type FailureType, failureTypes } from '#contracts/failures.ts'
import type { CourierNews } from '#contracts/logistics.ts'
import { type CancelAnswer, type CancelRequest, type Decision, mostPieces } from '#contracts/order.ts'
import {
  cancelUpdate,
  courierNewsSignal,
  courierNewsUpdate,
  decideUpdate,
  getOrderQuery,
  placeUpdate,
} from './definitions.ts'
import { openShipments } from './facts.ts'
import type { OrderState } from './state.ts'

/** Who may ask what of a running order. The handlers only note it; the story acts on it. */
export function handleRequests(order: OrderState): void {
  const { orderId } = order.request
  setHandler(getOrderQuery, () => order.progress())
  const hear = (news: CourierNews) => void order.news.push(news)
  setHandler(courierNewsUpdate, hear)
  setHandler(courierNewsSignal, hear)
  setHandler(placeUpdate, async () => {
    await condition(() => order.recorded)
    const { fingerprint, placedAt } = order.request
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
  CancellationScope.current().cancelRequested.catch(() =>
    order.requestCancel({ by: 'staff:temporal', reason: 'staff', note: 'the workflow was cancelled' }),
  )
}

function refuseWhenOver(order: OrderState): void {
  const over = order.facts.status === 'completed' || order.facts.status === 'cancelled'
  const arrived = order.facts.shipments.length > 0 && openShipments(order.facts).length === 0
  if (over || arrived)
    refuse(
      failureTypes.tooLate,
      `too late to cancel: the order is ${over ? order.facts.status : 'delivered'}`,
    )
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

function refuse(type: FailureType, message: string): never {
  throw ApplicationFailure.nonRetryable(message, type)
}
