import { z } from 'zod'
import { highestLineNumber, maxLines, maxQuantity } from '../lines.ts'
import { shipmentStatuses } from '../logistics.ts'
import { defaultCurrency } from '../money.ts'
import { cancelReasons, orderSources, orderStatuses } from '../order.ts'
import {
  AddressId,
  At,
  CurrencyCode,
  CustomerId,
  Money,
  NextCursor,
  Note,
  ProductId,
  partialFields,
  whole,
} from './fields.ts'
import { ReturnView } from './returns.ts'

export const OrderLineView = z
  .object({
    lineNumber: z.int(),
    productId: z.string(),
    quantity: z.int(),
    unitPrice: Money.nullable().meta({ description: 'Minor units per piece; null until stock is reserved' }),
  })
  .meta({ id: 'OrderLine' })

export const ShipmentView = z
  .object({
    shipmentId: z.string(),
    warehouseId: z.string(),
    status: z.enum(shipmentStatuses),
    amount: Money,
    movedAt: At,
    lines: z.array(OrderLineView),
  })
  .meta({ id: 'Shipment', description: 'The part of an order that leaves from one warehouse' })
export type Shipment = z.output<typeof ShipmentView>

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
    amount: Money.nullable().meta({
      description: 'Minor units: reserved, paid, given back, or what a return is worth',
    }),
    transferId: z.string().nullable().meta({ description: 'Of the payment' }),
    shipmentId: z.string().nullable(),
    returnNumber: z.int().nullable(),
    at: At,
  })
  .meta({ id: 'HistoryEntry' })
export type HistoryEntry = z.output<typeof HistoryView>

const StuckView = z
  .object({
    step: z.string().nullable().meta({ description: 'Null for customers' }),
    since: At,
    error: z.string().meta({ description: 'For customers what it means to them, in plain words' }),
  })
  .meta({ id: 'StuckStep', description: 'The step that fails, since when, and its last error' })
export type StuckStep = z.output<typeof StuckView>

const DecisionView = z
  .object({
    decideBefore: At,
    missing: z.array(
      z.object({ lineNumber: z.int(), productId: z.string(), requested: z.int(), available: z.int() }),
    ),
  })
  .meta({ id: 'Decision', description: 'What is not in stock, and until when its customer may decide' })
export type Decision = z.output<typeof DecisionView>

const ContactView = z
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
    updatedAt: At.meta({ description: 'When its last change was written' }),
    endedAt: At.nullable(),
    customerName: z
      .string()
      .nullable()
      .meta({ description: 'When the order was placed; null when it was refused' }),
    stuck: StuckView.nullable(),
  })
  .meta({ id: 'OrderSummary' })
export type OrderSummary = z.output<typeof OrderSummary>

export const OrderDetails = OrderSummary.extend({
  stuckSteps: z
    .array(StuckView.extend({ step: z.string(), shipmentId: z.string().nullable() }))
    .meta({ description: 'All steps that fail now, the latest last; for staff' }),
  waitingFor: z
    .string()
    .nullable()
    .meta({ description: 'In words; null when it has ended or its workflow does not answer quickly' }),
  decision: DecisionView.nullable().meta({ description: 'Null unless its customer is asked' }),
  lines: z.array(OrderLineView),
  shipments: z.array(ShipmentView),
  returns: z.array(ReturnView),
  history: z.array(HistoryView),
  contact: ContactView.nullable(),
}).meta({ id: 'Order' })
export type OrderDetails = z.output<typeof OrderDetails>

export const NewOrderLine = z
  .strictObject({ productId: ProductId, quantity: whole(1, maxQuantity).meta({ example: 6 }) })
  .meta({ id: 'NewOrderLine', description: 'The price is the catalogue’s, fixed when stock is reserved' })
export type NewOrderLine = z.output<typeof NewOrderLine>

export const NewOrder = z
  .strictObject({
    customerId: CustomerId.optional().meta({ description: 'Staff name it; for a customer it is themselves' }),
    source: z.enum(orderSources).default('web'),
    currency: CurrencyCode.default(defaultCurrency),
    addressId: AddressId.optional().meta({
      description: 'Which of the customer’s addresses; else the first',
    }),
    lines: z.array(NewOrderLine).min(1).max(maxLines),
  })
  .meta({ id: 'NewOrder' })
export type NewOrder = z.output<typeof NewOrder>

export const PlacedOrder = z
  .object({
    orderId: z.string(),
    customerId: z.string(),
    source: z.enum(orderSources),
    currency: z.string(),
    status: z.enum(orderStatuses),
    placedAt: At,
    lines: z.array(z.object({ lineNumber: z.int(), productId: z.string(), quantity: z.int() })),
  })
  .meta({ id: 'PlacedOrder' })
export type PlacedOrder = z.output<typeof PlacedOrder>

export const PendingOrder = z
  .object({
    orderId: z.string(),
    status: z.literal('pending'),
    location: z.string().meta({ description: 'Where to look; 404 until the order is on record' }),
  })
  .meta({ id: 'PendingOrder' })
export type PendingOrder = z.output<typeof PendingOrder>

export const CancelBody = z
  .strictObject({ note: Note.optional().meta({ description: 'Why, for the history' }) })
  .meta({ id: 'CancelOrder' })

const Amendment = z.strictObject({
  lineNumber: whole(1, highestLineNumber),
  quantity: whole(0, maxQuantity).meta({ description: '0 takes the line out' }),
})

export const DecisionBody = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('amend'), lines: z.array(Amendment).min(1).max(maxLines) }),
    z.strictObject({ kind: z.literal('cancel') }),
  ])
  .meta({ id: 'OrderDecision', description: 'Lines that are not named stay as they are' })

export const CancelledOrder = z.object({
  orderId: z.string(),
  status: z.enum(orderStatuses),
  accepted: z.literal(true).meta({ description: 'The undo has begun, or begins after the step in hand' }),
})
export type CancelledOrder = z.output<typeof CancelledOrder>

export const DecidedOrder = z.object({ orderId: z.string(), status: z.enum(orderStatuses) })
export type DecidedOrder = z.output<typeof DecidedOrder>

export const ResumedOrder = z
  .object({
    orderId: z.string(),
    workflow: z
      .enum(['resumed', 'running', 'ended'])
      .meta({ description: 'running, ended: there was nothing to resume' }),
  })
  .meta({ id: 'ResumedOrder' })
export type ResumedOrder = z.output<typeof ResumedOrder>

const AttemptView = z
  .object({
    activityId: z.string(),
    activityType: z.string().meta({ description: 'Such as chargeOrder' }),
    service: z
      .enum(['order', 'inventory', 'payment', 'logistics'])
      .meta({ description: 'Which has to do it' }),
    state: z.enum(['queued', 'running', 'waiting', 'paused']).meta({
      description: 'queued: for a worker that takes it; waiting: for its next attempt',
    }),
    attempt: z.int().meta({ description: 'Counts from 1' }),
    scheduledAt: At.nullable(),
    lastStartedAt: At.nullable(),
    nextRetryAt: At.nullable(),
    lastFailure: z.string().nullable(),
    lastWorker: z.string().nullable(),
    workerSeenAt: At.nullable().meta({
      description: 'When a worker last asked for such work; null: none has for minutes',
    }),
    paused: z.object({ by: z.string(), reason: z.string(), at: At.nullable() }).nullable(),
  })
  .meta({ id: 'StepAttempt', description: 'A step that a service has not done yet, as Temporal has it now' })
export type Attempt = z.output<typeof AttemptView>

export const AttemptList = z.object({ orderId: z.string(), attempts: z.array(AttemptView) })
export type AttemptList = z.output<typeof AttemptList>

export const AttemptReason = z
  .strictObject({ reason: Note.optional().meta({ description: 'Of a pause: why, for other staff' }) })
  .meta({ id: 'AttemptAction' })

export const OpenOrders = z
  .object({
    byStatus: z.record(z.string(), z.int()).meta({ example: { paid: 2, shipping: 40 } }),
    ...partialFields,
  })
  .meta({ id: 'OpenOrders', description: 'How many orders have not ended' })
export type OpenOrders = z.output<typeof OpenOrders>

export const OrderPage = z.object({
  orders: z.array(OrderSummary),
  nextCursor: NextCursor,
  ...partialFields,
})
export type OrderPage = z.output<typeof OrderPage>
