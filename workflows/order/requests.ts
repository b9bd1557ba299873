// What may be asked of a running order now: each refuses what may not, and says what would be right, after the field's name
// where it is about one: `lines[0].lineNumber: …`.

import { failureTypes } from '#contracts/failures.ts'
import { maxQuantity } from '#contracts/lines.ts'
import { type MoveShipment, movesOn, type ShipmentEvent } from '#contracts/logistics.ts'
import { type Decision, isFinal, type OrderChange } from '#contracts/order.ts'
import { allows, openShipments } from '#contracts/order-facts.ts'
import { refuse } from '../shared/refuse.ts'
import { restUnwanted } from './cancellations.ts'
import type { OrderState } from './state.ts'

/** Also of an order that is being cancelled, as long as that may still reach a parcel. */
export function judgeCancel({ facts }: OrderState): void {
  const { status, handedOff } = facts
  if (isFinal(status)) refuse(failureTypes.tooLate, `too late to cancel: the order is ${status}`)
  if (handedOff && openShipments(facts).length === 0) {
    refuse(failureTypes.tooLate, 'too late to cancel: no parcel is on its way any more')
  }
}

export function judgeMove({ facts }: OrderState, { shipmentId, status }: MoveShipment): void {
  if (isFinal(facts.status))
    refuse(failureTypes.tooLate, `too late to move a shipment: the order is ${facts.status}`)
  const shipment = facts.shipments.find((one) => one.shipmentId === shipmentId)
  if (!shipment) refuse(failureTypes.invalidMove, `shipmentId: the order has no shipment ${shipmentId}`)
  if (!facts.handedOff)
    refuse(failureTypes.invalidMove, `the order is ${facts.status}: its shipments were not handed off`)
  if (!movesOn(shipment.status, status))
    refuse(failureTypes.invalidMove, `status: the shipment is ${shipment.status} and cannot become ${status}`)
}

/** An event that changes nothing is no update: it costs the workflow nothing, however much of it there is. */
export function judgeShipmentEvent(order: OrderState, { shipmentId, status }: ShipmentEvent): void {
  if (!order.placed || mayBeEarly(order)) return
  if (allows(order.facts, { type: 'shipment_moved', shipmentId, status })) return
  const known = order.shipment(shipmentId)
  refuse(
    failureTypes.unmoved,
    known && order.facts.handedOff
      ? `the shipment is ${known.status} already`
      : `the order is ${order.facts.status} and has handed off no shipment ${shipmentId}`,
  )
}

/** So many times a run asks its record about news that comes before it knows of a hand-off. */
const maxConsultations = 10

/**
 * Before its hand-off an order has no parcel, and news of one is dropped; but the hand-off may be on record, written by an
 * earlier run, or by this one in a task that was thrown away.
 */
export const mayBeEarly = (order: OrderState): boolean =>
  order.isAtHome && order.facts.status !== 'awaiting_customer' && order.consultations < maxConsultations

export function judgeDecision(order: OrderState, decision: Decision): void {
  const { status, lines } = order.facts
  if (status !== 'awaiting_customer')
    refuse(failureTypes.notAwaitingDecision, `the order is ${status} and awaits no decision`)
  if (decision.kind === 'cancel') return
  const quantities = new Map(lines.map(({ lineNumber, quantity }) => [lineNumber, quantity]))
  for (const [i, { lineNumber, quantity }] of decision.lines.entries()) {
    if (!quantities.has(lineNumber))
      refuse(failureTypes.invalidAmendment, `lines[${i}].lineNumber: the order has no line ${lineNumber}`)
    if (!Number.isSafeInteger(quantity) || quantity < 0 || quantity > maxQuantity) {
      refuse(
        failureTypes.invalidAmendment,
        `lines[${i}].quantity: must be a whole number from 0 to ${maxQuantity}`,
      )
    }
    quantities.set(lineNumber, quantity)
  }
  if ([...quantities.values()].every((quantity) => quantity === 0)) {
    refuse(failureTypes.invalidAmendment, 'lines: no line would be left: cancel the order instead')
  }
}

/** What a decision comes to. */
export function changeFor({ facts }: OrderState, decision: Decision): OrderChange {
  if (decision.kind === 'cancel') return restUnwanted
  const wanted = new Map(decision.lines.map(({ lineNumber, quantity }) => [lineNumber, quantity]))
  const lines = facts.lines
    .map((line) => ({ ...line, quantity: wanted.get(line.lineNumber) ?? line.quantity }))
    .filter((line) => line.quantity > 0)
  return { type: 'amended', lines }
}
