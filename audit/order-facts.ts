import type { ShipmentStatus } from '#contracts/logistics.ts'
import type { CancelReason, OrderStatus } from '#contracts/order.ts'
import type { Sql } from '#platform/database.ts'
import type { Books } from './books.ts'
import { retentionOf, type WorkflowFacts, workflowsOf } from './workflows.ts'

export type OrderRow = {
  orderId: string
  customerId: string
  status: OrderStatus
  reason: CancelReason | null
  total: number | null
  refunded: number
  endedAt: Date | null
  /** It broke no rule when it was placed. */
  accepted: boolean
  /** Quantity by line number. */
  asked: Record<string, number>
  shipments: Record<string, ShipmentStatus>
  /** Of the newest history entry. */
  lastStatus: OrderStatus | null
}

export type HeldLine = {
  lineNumber: number
  shipmentId: string
  state: 'reserved' | 'released' | 'sold' | 'lost'
  quantity: number
}
export type Reservation = {
  orderId: string
  status: 'refused' | 'open' | 'released' | 'settled'
  lines: HeldLine[]
}

/** As the payment service keeps it; another rule holds it against the ledger. */
export type OrderPayment = {
  orderId: string
  status: 'charged' | 'declined' | 'voided'
  amount: number
  refunded: number
}

/** All that is known of one order, by everyone who knows of it. */
export type OrderFacts = {
  orderId: string
  order: OrderRow | undefined
  reservation: Reservation | undefined
  payment: OrderPayment | undefined
  workflow: WorkflowFacts | undefined
  customerKnown: boolean
  /** It ended so long ago that Temporal may have forgotten its workflow. */
  pastRetention: boolean
}

export const hasEnded = ({ status }: OrderRow): boolean => status === 'completed' || status === 'cancelled'

/** `exactly` asks Temporal for each workflow by itself; its lists may be some seconds behind. */
export type LoadFacts = (orderIds: readonly string[], exactly?: boolean) => Promise<OrderFacts[]>

export async function createFactsLoader({ databases, temporal, clock }: Books): Promise<LoadFacts> {
  const retention = await retentionOf(temporal)
  return async (orderIds, exactly = false) => {
    const [orders, reservations, payments, workflows] = await Promise.all([
      byOrder(findOrders(databases.order, orderIds)),
      byOrder(findReservations(databases.inventory, orderIds)),
      byOrder(findPayments(databases.payment, orderIds)),
      workflowsOf(temporal, orderIds, exactly),
    ])
    const customers = await findCustomers(
      databases.customer,
      [...orders.values()].map(({ customerId }) => customerId),
    )
    const forgotten = clock().getTime() - retention
    return orderIds.map((orderId) => {
      const order = orders.get(orderId)
      return {
        orderId,
        order,
        reservation: reservations.get(orderId),
        payment: payments.get(orderId),
        workflow: workflows.get(orderId),
        customerKnown: order !== undefined && customers.has(order.customerId),
        pastRetention: order?.endedAt != null && order.endedAt.getTime() < forgotten,
      }
    })
  }
}

async function byOrder<Row extends { orderId: string }>(rows: Promise<Row[]>): Promise<Map<string, Row>> {
  return new Map((await rows).map((row) => [row.orderId, row]))
}

/** One statement, hence one snapshot. */
const findOrders = (sql: Sql, orderIds: readonly string[]) =>
  sql.query<OrderRow>(
    `select order_id as "orderId", customer_id as "customerId", status, reason, total, refunded,
       ended_at as "endedAt", contact is not null as accepted,
       coalesce((select jsonb_object_agg(line_number, quantity)
         from order_lines where order_lines.order_id = orders.order_id), '{}') as asked,
       coalesce((select jsonb_object_agg(shipment_id, shipments.status)
         from shipments where shipments.order_id = orders.order_id), '{}') as shipments,
       (select entry.status from order_history as entry where entry.order_id = orders.order_id
         order by sequence desc limit 1) as "lastStatus"
     from orders where order_id = any($1)`,
    [orderIds],
  )

const findReservations = (sql: Sql, orderIds: readonly string[]) =>
  sql.query<Reservation>(
    `select order_id as "orderId", status,
       coalesce((select jsonb_agg(jsonb_build_object('lineNumber', line_number, 'shipmentId', shipment_id,
           'state', state, 'quantity', quantity) order by line_number, shipment_id)
         from reserved_lines as line where line.order_id = reservations.order_id), '[]') as lines
     from reservations where order_id = any($1)`,
    [orderIds],
  )

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Its ids are of the type uuid, which takes no other text. */
const findPayments = (sql: Sql, orderIds: readonly string[]) =>
  sql.query<OrderPayment>(
    `select order_id::text as "orderId", status, amount, refunded from order_payments
     where order_id = any($1::uuid[])`,
    [orderIds.filter((orderId) => uuid.test(orderId))],
  )

async function findCustomers(sql: Sql, customerIds: readonly string[]): Promise<Set<string>> {
  const rows = await sql.query<{ id: string }>(
    'select customer_id as id from customers where customer_id = any($1)',
    [[...new Set(customerIds)]],
  )
  return new Set(rows.map(({ id }) => id))
}
