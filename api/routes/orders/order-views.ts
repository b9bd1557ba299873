import type { z } from 'zod'
import { isoAt, isoOf, orNull } from '#api/http/from-protobuf.ts'
import { amountOf } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import { type CancelReason, type OrderStatus } from '#contracts/order.ts'
import type { OrderDetails, OrderSummary, ShipmentView } from '#contracts/rest/orders.ts'
import { type StuckStep } from '#contracts/rest/orders.ts'
import { actorFor, noteFor, reasonFor, troubleIn, waits } from '#contracts/views.ts'
import type { HistoryEntry, Order, OrderLine, Shipment } from '#generated/proto/order/v1/order_pb.ts'
import { returnOf } from '../returns/return-views.ts'

/** The order service speaks the words of contracts/order.ts, so its texts are those unions. */
export const summaryOf = (viewer: Role, order: Order): OrderSummary => ({
  orderId: order.orderId,
  customerId: order.customerId,
  source: order.source as OrderSummary['source'],
  reference: orNull(order.reference),
  status: order.status as OrderStatus,
  reason: reasonFor(viewer, order.reason) as CancelReason | null,
  currency: order.currency,
  total: amountOf('total', order.total),
  refunded: amountOf('refunded', order.refunded),
  placedAt: isoAt(order.placedAt),
  updatedAt: isoAt(order.updatedAt),
  endedAt: isoOf(order.endedAt),
  customerName: orNull(order.customerName),
  stuck: order.stuckStep ? stuckFor(viewer, order) : null,
})

function stuckFor(viewer: Role, { stuckStep, stuckSince, stuckError }: Order): StuckStep {
  const since = isoAt(stuckSince)
  return viewer === 'staff'
    ? { step: stuckStep, since, error: stuckError }
    : { step: null, since, error: troubleIn(stuckStep) }
}

/** `waitingFor` in the workflow's words, which are for staff. */
export const detailsOf = (viewer: Role, order: Order, waitingFor: string | null): OrderDetails => ({
  ...summaryOf(viewer, order),
  stuckSteps: viewer === 'staff' ? order.stuck.map(stuckStepOf) : [],
  waitingFor: viewer === 'staff' ? waitingFor : waits[order.status as OrderStatus],
  decision: order.decision ? decisionOf(order.decision) : null,
  lines: order.lines.map((line) => lineOf(line)),
  shipments: order.shipments.map(shipmentOf),
  returns: order.returns.map((one) => returnOf(viewer, order, one)),
  history: order.history.map((entry) => entryOf(viewer, order, entry)),
  contact: order.contact ? contactOf(order.contact) : null,
})

const decisionOf = ({ decideBefore, missing }: NonNullable<Order['decision']>) => ({
  decideBefore: isoAt(decideBefore),
  missing: missing.map(({ lineNumber, productId, requested, available }) => ({
    lineNumber,
    productId,
    requested,
    available,
  })),
})

const stuckStepOf = ({ step, shipmentId, since, error }: Order['stuck'][number]) => ({
  step,
  shipmentId: orNull(shipmentId),
  since: isoAt(since),
  error,
})

const lineOf = ({ lineNumber, productId, quantity, unitPrice }: OrderLine, where = '') => ({
  lineNumber,
  productId,
  quantity,
  unitPrice:
    unitPrice === undefined ? null : amountOf(`${where}lines[${lineNumber - 1}].unitPrice`, unitPrice),
})

const shipmentOf = ({ shipmentId, warehouseId, status, amount, movedAt, lines }: Shipment, i: number) => ({
  shipmentId,
  warehouseId,
  status: status as z.output<typeof ShipmentView>['status'],
  amount: amountOf(`shipments[${i}].amount`, amount),
  movedAt: isoAt(movedAt),
  lines: lines.map((line) => lineOf(line, `shipments[${i}].`)),
})

function entryOf(
  viewer: Role,
  { customerId }: Order,
  { sequence, type, status, by, note, amount, transferId, shipmentId, returnNumber, at }: HistoryEntry,
) {
  const told = { type, by, note, customerId }
  return {
    sequence,
    type,
    status: status as OrderStatus,
    by: actorFor(viewer, told),
    note: noteFor(viewer, told),
    amount: amount === undefined ? null : amountOf(`history[${sequence}].amount`, amount),
    transferId: orNull(transferId),
    shipmentId: orNull(shipmentId),
    returnNumber: returnNumber || null,
    at: isoAt(at),
  }
}

function contactOf({ name, email, phone, ...address }: NonNullable<Order['contact']>) {
  const { line, city, postcode, country } = address
  return { name, email, phone, address: { line, city, postcode, country } }
}
