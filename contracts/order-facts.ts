import type { Actor } from './actor.ts'
import type { PlannedShipment } from './inventory.ts'
import type { MissingLine, OrderLine } from './lines.ts'
import { isFinalShipment, movesOn, type ShipmentStatus } from './logistics.ts'
import type { Minor } from './money.ts'
import {
  type CancelReason,
  isFinal,
  type KeyedChange,
  type OrderChange,
  type OrderStatus,
  type StuckStep,
} from './order.ts'

export type ShipmentFacts = PlannedShipment & {
  status: ShipmentStatus
  /** ISO 8601. */
  movedAt: string
  refunded: boolean
}

/** What its changes have made of an order. The record and the workflow keep the same, by the rules below. */
export type OrderFacts = {
  status: OrderStatus
  /** Why it was cancelled. */
  reason: CancelReason | null
  lines: OrderLine[]
  /** How often its lines were amended; the revision under which stock is reserved. */
  amendments: number
  /** What its customer is asked to decide. */
  asked: { missing: MissingLine[]; decideBefore: string } | null
  /** Who asked to undo it, and why. */
  cancelling: { reason: CancelReason; by: Actor; note: string } | null
  handedOff: boolean
  /** Null until stock is reserved. */
  total: Minor | null
  refunded: Minor
  shipments: ShipmentFacts[]
  /** The steps that fail now, the latest last. */
  stuck: StuckStep[]
}

export const factsOf = (lines: OrderLine[]): OrderFacts => ({
  status: 'pending',
  reason: null,
  lines,
  amendments: 0,
  asked: null,
  cancelling: null,
  handedOff: false,
  total: null,
  refunded: 0,
  shipments: [],
  stuck: [],
})

export const openShipments = ({ shipments }: OrderFacts): ShipmentFacts[] =>
  shipments.filter(({ status }) => !isFinalShipment(status))

/** It arrived, or its money went back. */
export const isSettled = ({ status, refunded }: ShipmentFacts): boolean =>
  status === 'delivered' || (isFinalShipment(status) && refunded)

const arrived = ({ shipments }: OrderFacts): boolean => shipments.some(({ status }) => status === 'delivered')

/** Whether a change may come after these facts. The record leaves out what may not, the workflow never asks for it. */
export function allows(facts: OrderFacts, change: OrderChange): boolean {
  const { status, handedOff, shipments, stuck } = facts
  if (change.type === 'returned') return true
  if (change.type === 'refunded' && /^(return|staff)\//.test(change.part)) return true
  if (isFinal(status)) return false
  const unreserved = status === 'pending' && facts.total === null
  switch (change.type) {
    case 'refused':
    case 'missing':
      return unreserved
    case 'amended':
      return status === 'awaiting_customer'
    case 'reserved':
      return unreserved && isOf(facts.lines, change)
    case 'handed_off':
      return status === 'reserved'
    case 'shipment_moved': {
      const shipment = shipments.find(({ shipmentId }) => shipmentId === change.shipmentId)
      return handedOff && shipment !== undefined && movesOn(shipment.status, change.status)
    }
    case 'refunded':
      return change.shipmentId === null
        ? status === 'cancelling' && !handedOff
        : shipments.some((one) => one.shipmentId === change.shipmentId && isOwed(one))
    case 'cancelling':
      return status !== 'cancelling' && (!handedOff || openShipments(facts).length > 0)
    case 'cancel_refused':
      return status === 'cancelling' && handedOff && arrived(facts)
    case 'cancelled':
      if (!handedOff) return status === 'cancelling' || unreserved
      return shipments.every(isSettled) && !arrived(facts)
    case 'completed':
      return status === 'shipping' && shipments.every(isSettled) && arrived(facts)
    case 'stuck':
      return !stuck.some((one) => isSameStep(one, change))
    case 'unstuck':
      return stuck.some((one) => isSameStep(one, change))
    default:
      return change satisfies never
  }
}

/** The facts after a change. */
export function evolve(facts: OrderFacts, { change, at, by, note = '' }: KeyedChange): OrderFacts {
  switch (change.type) {
    case 'missing': {
      const { missing, decideBefore } = change
      return { ...facts, status: 'awaiting_customer', asked: { missing, decideBefore } }
    }
    case 'amended':
      return {
        ...facts,
        status: 'pending',
        asked: null,
        lines: change.lines,
        amendments: facts.amendments + 1,
      }
    case 'reserved': {
      const requested = { status: 'requested' as const, refunded: false, movedAt: at }
      const shipments = change.shipments.map((planned) => ({ ...planned, ...requested }))
      return { ...facts, status: 'reserved', total: change.total, shipments }
    }
    case 'handed_off':
      return { ...moving(facts, null, { movedAt: at }), status: 'shipping', handedOff: true }
    case 'shipment_moved':
      return moving(facts, change.shipmentId, { status: change.status, movedAt: at })
    case 'refunded': {
      const after = { ...facts, refunded: facts.refunded + change.amount }
      return change.shipmentId === null ? after : moving(after, change.shipmentId, { refunded: true })
    }
    case 'cancelling':
      return { ...facts, status: 'cancelling', asked: null, cancelling: { reason: change.reason, by, note } }
    case 'cancel_refused':
      return { ...facts, status: 'shipping', cancelling: null }
    case 'cancelled':
      return { ...ended(facts, at), status: 'cancelled', reason: change.reason }
    case 'completed':
      return { ...ended(facts, at), status: 'completed' }
    case 'stuck':
      return { ...facts, stuck: [...facts.stuck, stuckStep(change, at)] }
    case 'unstuck':
      return { ...facts, stuck: facts.stuck.filter((one) => !isSameStep(one, change)) }
    case 'refused':
    case 'returned':
      return facts
    default:
      return change satisfies never
  }
}

type Step = Pick<StuckStep, 'step' | 'shipmentId'>

export const isSameStep = (one: Step, other: Step): boolean =>
  one.step === other.step && one.shipmentId === other.shipmentId

function stuckStep(
  { step, shipmentId, error }: Extract<OrderChange, { type: 'stuck' }>,
  since: string,
): StuckStep {
  return { step, ...(shipmentId !== undefined && { shipmentId }), since, error }
}

/** It will not arrive, and its money has not gone back yet. */
const isOwed = (shipment: ShipmentFacts): boolean =>
  (shipment.status === 'lost' || shipment.status === 'cancelled') && !shipment.refunded

/** Prices of these very lines, that add up. */
function isOf(lines: OrderLine[], reserved: Extract<OrderChange, { type: 'reserved' }>): boolean {
  const wanted = new Map(lines.map((line) => [line.lineNumber, line]))
  const same = ({ lineNumber, productId, quantity }: OrderLine) => {
    const line = wanted.get(lineNumber)
    return line?.productId === productId && line.quantity === quantity
  }
  const worth = reserved.lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
  const parts = reserved.shipments.reduce((sum, { amount }) => sum + amount, 0)
  return (
    reserved.lines.length === lines.length &&
    reserved.lines.every(same) &&
    worth === reserved.total &&
    parts === reserved.total
  )
}

/** What has ended waits for nothing: a shipment that is still open was never handed off. */
function ended(facts: OrderFacts, at: string): OrderFacts {
  const shipments = facts.shipments.map((one) =>
    isFinalShipment(one.status) ? one : { ...one, status: 'cancelled' as const, movedAt: at },
  )
  return { ...facts, shipments, asked: null, cancelling: null, stuck: [] }
}

/** `shipmentId` null means all of them. */
function moving(facts: OrderFacts, shipmentId: string | null, patch: Partial<ShipmentFacts>): OrderFacts {
  const concerns = (one: ShipmentFacts) => shipmentId === null || shipmentId === one.shipmentId
  const shipments = facts.shipments.map((one) => (concerns(one) ? { ...one, ...patch } : one))
  return { ...facts, shipments }
}
