import { z } from 'zod'
import { At, isoAt, isoOf, Money, orNull } from '#api/http/schemas.ts'
import { amountOf } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import { shipmentStatuses } from '#contracts/logistics.ts'
import {
  type CancelReason,
  cancelReasons,
  type OrderStatus,
  orderSources,
  orderStatuses,
} from '#contracts/order.ts'
import { actorFor, noteFor, reasonFor, troubleIn, waits } from '#contracts/views.ts'
import type { HistoryEntry, Order, OrderLine, Shipment } from '#generated/proto/order/v1/order_pb.ts'
import { ReturnView, returnOf } from '../returns/return-views.ts'

const Line = z
  .object({
    lineNumber: z.int(),
    productId: z.string(),
    quantity: z.int(),
    unitPrice: Money.nullable().meta({ description: 'Minor units per piece; null until stock is reserved' }),
  })
  .meta({ id: 'OrderLine' })

const ShipmentView = z
  .object({
    shipmentId: z.string(),
    warehouseId: z.string(),
    status: z.enum(shipmentStatuses),
    amount: Money,
    movedAt: At,
    lines: z.array(Line),
  })
  .meta({ id: 'Shipment', description: 'The part of an order that leaves from one warehouse' })

const HistoryView = z
  .object({
    sequence: z.int().meta({
      description:
        'Grows from entry to entry, with gaps; live updates and webhooks about it have the same number',
    }),
    type: z.string().meta({ description: 'The change, such as reserved or shipment_moved' }),
    status: z.enum(orderStatuses).meta({ description: "The order's status after it" }),
    by: z.string().meta({
      description:
        'system, courier, the source that placed it, or a role and id; of staff customers read the role alone',
      example: 'staff:ann',
    }),
    note: z.string().nullable().meta({
      description: 'Customers read what they wrote and what the system says; what staff wrote is for staff',
    }),
    at: At,
  })
  .meta({ id: 'HistoryEntry' })

const Stuck = z
  .object({
    step: z.string().nullable().meta({ description: 'Null for customers' }),
    since: At,
    error: z.string().meta({ description: 'For customers what it means to them, in plain words' }),
  })
  .meta({ id: 'StuckStep', description: 'The step that fails, since when, and its last error' })

const Contact = z
  .object({
    name: z.string(),
    email: z.string(),
    phone: z.string(),
    address: z.object({
      line: z.string(),
      city: z.string(),
      postcode: z.string(),
      country: z.string(),
    }),
  })
  .meta({ id: 'Contact' })

export const OrderSummary = z
  .object({
    orderId: z.string(),
    customerId: z.string(),
    source: z.enum(orderSources),
    reference: z
      .string()
      .nullable()
      .meta({ description: "The source's own number; null for orders by REST" }),
    status: z.enum(orderStatuses),
    reason: z.enum(cancelReasons).nullable().meta({ description: 'Why it was cancelled' }),
    currency: z.string(),
    total: Money,
    refunded: Money,
    placedAt: At,
    endedAt: At.nullable(),
    stuck: Stuck.nullable(),
  })
  .meta({ id: 'OrderSummary' })

export const OrderDetails = OrderSummary.extend({
  stuckSteps: z
    .array(Stuck.extend({ step: z.string(), shipmentId: z.string().nullable() }))
    .meta({ description: 'All steps that fail now, the latest last; for staff' }),
  waitingFor: z
    .string()
    .nullable()
    .meta({ description: 'In words; null when it has ended or its workflow does not answer quickly' }),
  lines: z.array(Line),
  shipments: z.array(ShipmentView),
  returns: z.array(ReturnView),
  history: z.array(HistoryView),
  contact: Contact.nullable(),
}).meta({ id: 'Order' })

/** The order service speaks the words of contracts/order.ts, so its texts are those unions. */
export const summaryOf = (viewer: Role, order: Order): z.output<typeof OrderSummary> => ({
  orderId: order.orderId,
  customerId: order.customerId,
  source: order.source as z.output<typeof OrderSummary>['source'],
  reference: orNull(order.reference),
  status: order.status as OrderStatus,
  reason: reasonFor(viewer, order.reason) as CancelReason | null,
  currency: order.currency,
  total: amountOf('total', order.total),
  refunded: amountOf('refunded', order.refunded),
  placedAt: isoAt(order.placedAt),
  endedAt: isoOf(order.endedAt),
  stuck: order.stuckStep ? stuckFor(viewer, order) : null,
})

function stuckFor(viewer: Role, { stuckStep, stuckSince, stuckError }: Order): z.output<typeof Stuck> {
  const since = isoAt(stuckSince)
  return viewer === 'staff'
    ? { step: stuckStep, since, error: stuckError }
    : { step: null, since, error: troubleIn(stuckStep) }
}

/** `waitingFor` in the workflow's words, which are for staff. */
export const detailsOf = (
  viewer: Role,
  order: Order,
  waitingFor: string | null,
): z.output<typeof OrderDetails> => ({
  ...summaryOf(viewer, order),
  stuckSteps: viewer === 'staff' ? order.stuck.map(stuckStepOf) : [],
  waitingFor: viewer === 'staff' ? waitingFor : waits[order.status as OrderStatus],
  lines: order.lines.map((line) => lineOf(line)),
  shipments: order.shipments.map(shipmentOf),
  returns: order.returns.map((one) => returnOf(viewer, order, one)),
  history: order.history.map((entry) => entryOf(viewer, order, entry)),
  contact: order.contact ? contactOf(order.contact) : null,
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
  { sequence, type, status, by, note, at }: HistoryEntry,
) {
  const told = { type, by, note, customerId }
  return {
    sequence,
    type,
    status: status as OrderStatus,
    by: actorFor(viewer, told),
    note: noteFor(viewer, told),
    at: isoAt(at),
  }
}

function contactOf({ name, email, phone, ...address }: NonNullable<Order['contact']>) {
  const { line, city, postcode, country } = address
  return { name, email, phone, address: { line, city, postcode, country } }
}
