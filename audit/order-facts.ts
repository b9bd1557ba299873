import type { Client } from '@temporalio/client'
import type { ShipmentStatus } from '#contracts/logistics.ts'
import type { CancelReason, OrderStatus } from '#contracts/order.ts'
import { isFinalReturn, type ReturnStatus } from '#contracts/return.ts'
import { type Books, everywhere } from './books.ts'
import { findCustomers, findOrders, findPayments, findReservations } from './order-reading.ts'
import {
  drivenReturns,
  type ReturnOf,
  retentionOf,
  returnId,
  type WorkflowFacts,
  workflowsOf,
} from './workflows.ts'

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
  /** The refunds in its history, by the part that they are of: a shipment, `all`, `return/<number>`, `staff/<key>`. */
  refundedParts: string[]
  returns: ReturnRow[]
}

/** Pieces of a line of the order that came back: to be sold again, or not. */
export type CameBack = { lineNumber: number; restocked: number; writtenOff: number }

export type ReturnRow = {
  number: number
  status: ReturnStatus
  /** What the goods cost. */
  amount: number
  refunded: number
  lines: CameBack[]
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
  /** What was taken back of it, by the number of its return. */
  takenBack: (CameBack & { number: number })[]
}

/** As the payment service keeps it; another rule holds it against the ledger. */
export type OrderPayment = {
  orderId: string
  status: 'charged' | 'declined' | 'voided'
  amount: number
  refunded: number
  /** What the ledger's refunds gave back, by part. */
  refunds: Record<string, number>
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
  /** Its returns that have not ended, and that no running workflow drives. */
  strandedReturns: ReturnOf[]
}

export const hasEnded = ({ status }: OrderRow): boolean => status === 'completed' || status === 'cancelled'

/** `exactly` asks Temporal for each workflow by itself; its lists may be some seconds behind. */
export type LoadFacts = (orderIds: readonly string[], exactly?: boolean) => Promise<OrderFacts[]>

export async function createFactsLoader({ databases, temporal, clock }: Books): Promise<LoadFacts> {
  const retention = await retentionOf(temporal)
  return async (orderIds, exactly = false) => {
    const [orders, reservations, payments, workflows] = await Promise.all([
      byOrder(findOrders(everywhere(databases.order), orderIds)),
      byOrder(findReservations(everywhere(databases.inventory), orderIds)),
      byOrder(findPayments(everywhere(databases.payment), orderIds)),
      workflowsOf(temporal, orderIds, exactly),
    ])
    const rows = [...orders.values()]
    const customers = await findCustomers(
      everywhere(databases.customer),
      rows.map(({ customerId }) => customerId),
    )
    const stranded = await findStranded(temporal, rows)
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
        strandedReturns: stranded.get(orderId) ?? [],
      }
    })
  }
}

async function findStranded(temporal: Client, orders: readonly OrderRow[]): Promise<Map<string, ReturnOf[]>> {
  const open = orders.flatMap(({ orderId, returns }) =>
    returns.filter(({ status }) => !isFinalReturn(status)).map(({ number }) => ({ orderId, number })),
  )
  const driven = await drivenReturns(temporal, open)
  const stranded = open.filter((one) => !driven.has(returnId(one)))
  return Map.groupBy(stranded, ({ orderId }) => orderId)
}

async function byOrder<Row extends { orderId: string }>(rows: Promise<Row[]>): Promise<Map<string, Row>> {
  return new Map((await rows).map((row) => [row.orderId, row]))
}
