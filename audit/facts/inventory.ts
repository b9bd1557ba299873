import { z } from 'zod'
import { zAmount } from './rows.ts'

const zHeldLine = z.object({
  lineNumber: z.int(),
  shipmentId: z.string(),
  warehouseId: z.string(),
  productId: z.string(),
  quantity: zAmount,
  unitPrice: zAmount,
  state: z.enum(['reserved', 'released', 'sold', 'lost']),
})

/** Pieces of a line of the order that came back: to be sold again, or not. */
const zTakenBack = z.object({
  number: z.int().nullable(),
  lineNumber: z.int().nullable(),
  restocked: zAmount,
  writtenOff: zAmount,
})

export const zReservation = z.object({
  status: z.enum(['refused', 'open', 'released', 'settled']),
  revision: z.int(),
  total: zAmount,
  updatedAt: z.string(),
  lines: z.array(zHeldLine),
  takenBack: z.array(zTakenBack),
})

export type Reservation = z.infer<typeof zReservation>
export type HeldLine = z.infer<typeof zHeldLine>

export const reservationsById = `select order_id as "orderId", jsonb_build_object(
    'status', status, 'revision', revision, 'total', total::text, 'updatedAt', updated_at::text,
    'lines', (select coalesce(jsonb_agg(jsonb_build_object('lineNumber', line_number, 'shipmentId', shipment_id,
        'warehouseId', warehouse_id, 'productId', product_id, 'quantity', quantity::text,
        'unitPrice', unit_price::text, 'state', state) order by line_number, shipment_id), '[]')
      from reserved_lines as line where line.order_id = reservations.order_id),
    'takenBack', (select coalesce(jsonb_agg(jsonb_build_object('number', return_number, 'lineNumber', line_number,
        'restocked', case kind when 'restocked' then quantity else 0 end::text,
        'writtenOff', case kind when 'written_off' then quantity else 0 end::text)), '[]')
      from stock_movements as back where back.order_id = reservations.order_id)) as row
  from reservations where order_id = any($1)`

/** What the order holds, was sold, or lost. */
export const takenLines = (reservation: Reservation | undefined): HeldLine[] =>
  reservation?.lines.filter(({ state }) => state !== 'released') ?? []
