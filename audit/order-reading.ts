import type { Sql } from '#platform/database.ts'
import type { OrderPayment, OrderRow, Reservation } from './order-facts.ts'

/** One statement, hence one snapshot. */
export const findOrders = (sql: Sql, orderIds: readonly string[]) =>
  sql.query<OrderRow>(
    `select order_id as "orderId", customer_id as "customerId", status, reason, total, refunded,
       ended_at as "endedAt", contact is not null as accepted,
       coalesce((select jsonb_object_agg(line_number, quantity)
         from order_lines where order_lines.order_id = orders.order_id), '{}') as asked,
       coalesce((select jsonb_object_agg(shipment_id, shipments.status)
         from shipments where shipments.order_id = orders.order_id), '{}') as shipments,
       (select entry.status from order_history as entry where entry.order_id = orders.order_id
         order by sequence desc limit 1) as "lastStatus",
       array(select substr(key, length('refunded/') + 1) from order_history as entry
         where entry.order_id = orders.order_id and type = 'refunded') as "refundedParts",
       coalesce((select jsonb_agg(jsonb_build_object('number', number, 'status', back.status, 'amount', amount,
           'refunded', back.refunded, 'lines', (
             select coalesce(jsonb_agg(jsonb_build_object('lineNumber', line_number, 'restocked', restocked,
               'writtenOff', written_off)), '[]')
             from return_lines as line where line.order_id = back.order_id and line.number = back.number)
           ) order by number)
         from returns as back where back.order_id = orders.order_id), '[]') as returns
     from orders where order_id = any($1)`,
    [orderIds],
  )

export const findReservations = (sql: Sql, orderIds: readonly string[]) =>
  sql.query<Reservation>(
    `select order_id as "orderId", status,
       coalesce((select jsonb_agg(jsonb_build_object('lineNumber', line_number, 'shipmentId', shipment_id,
           'state', state, 'quantity', quantity) order by line_number, shipment_id)
         from reserved_lines as line where line.order_id = reservations.order_id), '[]') as lines,
       coalesce((select jsonb_agg(jsonb_build_object('number', return_number, 'lineNumber', line_number,
           'restocked', case kind when 'restocked' then quantity else 0 end,
           'writtenOff', case kind when 'written_off' then quantity else 0 end))
         from stock_movements as back where back.order_id = reservations.order_id), '[]') as "takenBack"
     from reservations where order_id = any($1)`,
    [orderIds],
  )

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Its ids are of the type uuid, which takes no other text. The key of a refund of everything ends with the order. */
export const findPayments = (sql: Sql, orderIds: readonly string[]) =>
  sql.query<OrderPayment>(
    `select order_id::text as "orderId", status, amount, refunded,
       coalesce((select jsonb_object_agg(coalesce(nullif(substr(key, length('refund/' || order_id) + 2), ''), 'all'),
           transfers.amount)
         from transfers where transfers.order_id = order_payments.order_id and kind = 'refund'), '{}') as refunds
     from order_payments where order_id = any($1::uuid[])`,
    [orderIds.filter((orderId) => uuid.test(orderId))],
  )

export async function findCustomers(sql: Sql, customerIds: readonly string[]): Promise<Set<string>> {
  const rows = await sql.query<{ id: string }>(
    'select customer_id as id from customers where customer_id = any($1)',
    [[...new Set(customerIds)]],
  )
  return new Set(rows.map(({ id }) => id))
}
