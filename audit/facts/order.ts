import { z } from 'zod'
import { shipmentStatuses } from '#contracts/logistics.ts'
import { cancelReasons, orderSources, orderStatuses } from '#contracts/order.ts'
import { returnStatuses } from '#contracts/return.ts'
import { type RawRow, zAmount, zPieces, zTime } from './rows.ts'

const zLine = z.object({
  lineNumber: z.int(),
  productId: z.string(),
  quantity: zPieces,
  agreedPrice: zAmount.nullable(),
  unitPrice: zAmount.nullable(),
})

const zPackedLine = z.object({
  lineNumber: z.int(),
  productId: z.string(),
  quantity: zPieces,
  unitPrice: zPieces,
})

const zShipment = z.object({
  shipmentId: z.string(),
  warehouseId: z.string(),
  status: z.enum(shipmentStatuses),
  amount: zAmount,
  lines: z.array(zPackedLine),
  movedAt: zTime,
})

const zHistory = z.object({
  sequence: z.int(),
  key: z.string(),
  type: z.string(),
  status: z.enum(orderStatuses),
  at: zTime,
})

const zReturnLine = z.object({
  lineNumber: z.int(),
  quantity: zPieces,
  unitPrice: zAmount,
  restocked: zPieces,
  writtenOff: zPieces,
})

const zReturn = z.object({
  number: z.int(),
  status: z.enum(returnStatuses),
  amount: zAmount,
  refunded: zAmount,
  lines: z.array(zReturnLine),
})

export const zOrder = z.object({
  orderId: z.string(),
  customerId: z.string(),
  source: z.enum(orderSources),
  reference: z.string().nullable(),
  status: z.enum(orderStatuses),
  reason: z.enum(cancelReasons).nullable(),
  currency: z.string(),
  total: zAmount.nullable(),
  refunded: zAmount,
  recordedAt: zTime,
  endedAt: zTime.nullable(),
  sequence: z.int(),
  /** It broke no rule when it was placed. */
  accepted: z.boolean(),
  /** When its customer is to have decided, if it asks. */
  decideBefore: zTime.nullable(),
  stuck: z.array(z.object({ step: z.string(), shipmentId: z.string() })),
  lines: z.array(zLine),
  shipments: z.array(zShipment),
  history: z.array(zHistory),
  returns: z.array(zReturn),
})

export type OrderRow = z.infer<typeof zOrder>
export type OrderLineRow = z.infer<typeof zLine>
export type ShipmentRow = z.infer<typeof zShipment>
export type HistoryRow = z.infer<typeof zHistory>
export type ReturnRow = z.infer<typeof zReturn>

/** One statement, hence one snapshot. What is wide is text: JSON would round it. */
export const ordersById = `select order_id as "orderId", jsonb_build_object(
    'orderId', order_id, 'customerId', customer_id, 'source', source, 'reference', reference, 'status', status,
    'reason', reason, 'currency', currency, 'total', total::text, 'refunded', refunded::text,
    'recordedAt', recorded_at, 'endedAt', ended_at, 'sequence', sequence, 'accepted', contact is not null,
    'decideBefore', asked->>'decideBefore',
    'stuck', (select coalesce(jsonb_agg(jsonb_build_object('step', step, 'shipmentId', shipment_id)), '[]')
      from stuck_steps where stuck_steps.order_id = orders.order_id),
    'lines', (select coalesce(jsonb_agg(jsonb_build_object('lineNumber', line_number, 'productId', product_id,
        'quantity', quantity, 'agreedPrice', agreed_price::text, 'unitPrice', unit_price::text) order by line_number), '[]')
      from order_lines as line where line.order_id = orders.order_id),
    'shipments', (select coalesce(jsonb_agg(jsonb_build_object('shipmentId', shipment_id, 'warehouseId', warehouse_id,
        'status', parcel.status, 'amount', amount::text, 'lines', lines, 'movedAt', moved_at) order by shipment_id), '[]')
      from shipments as parcel where parcel.order_id = orders.order_id),
    'history', (select coalesce(jsonb_agg(jsonb_build_object('sequence', entry.sequence, 'key', key, 'type', type,
        'status', entry.status, 'at', at)
        order by entry.sequence), '[]')
      from order_history as entry where entry.order_id = orders.order_id),
    'returns', (select coalesce(jsonb_agg(jsonb_build_object('number', number, 'status', back.status,
        'amount', amount::text, 'refunded', back.refunded::text, 'lines', (
          select coalesce(jsonb_agg(jsonb_build_object('lineNumber', line_number, 'quantity', quantity,
            'unitPrice', unit_price::text, 'restocked', restocked, 'writtenOff', written_off)), '[]')
          from return_lines as line where line.order_id = back.order_id and line.number = back.number)
        ) order by number), '[]')
      from returns as back where back.order_id = orders.order_id)) as row
  from orders where order_id = any($1)`

export type RawOrder = RawRow

export const hasEnded = ({ status }: OrderRow): boolean => status === 'completed' || status === 'cancelled'

/** Its parcels went to the courier, and its customer had paid. */
export const wasHandedOff = ({ history }: OrderRow): boolean =>
  history.some(({ key }) => key === 'handed_off')

/** The refunds in its history, by what they are for: a shipment, `all`, `return/<number>`, `staff/<key>`. */
export const refundedParts = ({ history }: OrderRow): string[] =>
  history.filter(({ type }) => type === 'refunded').map(({ key }) => key.slice('refunded/'.length))
