import type { CustomerContact } from '#contracts/customer.ts'
import type { OrderStatus } from '#contracts/order.ts'
import type { OrderFacts } from '#contracts/order-facts.ts'
import type { ReturnStatus } from '#contracts/return.ts'
import type { OrderModel } from '#generated/prisma/order/models.ts'
import { fromBigInt, type Int8 } from '#platform/values/int8.ts'
import type { OrderDatabase } from '../database.ts'
import type { HistoryRow } from '../domain/record.ts'
import type { OrderSummary } from './order-list.ts'

export type Line = { lineNumber: number; productId: string; quantity: number; unitPrice: Int8 | null }

/** A row of the order's history, without the key that is the record's own matter. */
export type HistoryEntry = Omit<HistoryRow, 'key' | 'amount'> & { amount: Int8 | null }

type Asked = NonNullable<OrderFacts['asked']>

/** Columns that are the record's own matter. */
const ownColumns = {
  recordedAt: true,
  sequence: true,
  traceparent: true,
  problems: true,
  cancelling: true,
} as const

export type OrderDetails = Omit<
  OrderModel,
  keyof typeof ownColumns | 'total' | 'refunded' | 'contact' | 'asked'
> &
  Pick<OrderSummary, 'total' | 'refunded' | 'stuck' | 'customerName'> & {
    lines: Line[]
    shipments: {
      shipmentId: string
      warehouseId: string
      status: string
      amount: Int8
      movedAt: Date
      lines: Line[]
    }[]
    history: HistoryEntry[]
    returns: ReturnOnRecord[]
    contact: CustomerContact | null
    /** What its customer is asked to decide, as long as they may. */
    asked: Asked | null
  }

export type ReturnOnRecord = {
  number: number
  fingerprint: string
  status: ReturnStatus
  reason: string
  amount: Int8
  requestedAt: Date
  endedAt: Date | null
  lines: {
    lineNumber: number
    productId: string
    quantity: number
    unitPrice: Int8
    restocked: number
    writtenOff: number
  }[]
}

const stuckColumns = { step: true, shipmentId: true, error: true, since: true } as const
const lineColumns = { lineNumber: true, productId: true, quantity: true, unitPrice: true } as const

/** One statement, so that status, history and shipments are of one moment. */
export async function findOrder(
  { prisma }: OrderDatabase,
  orderId: string,
): Promise<OrderDetails | undefined> {
  const order = await prisma.order.findUnique({
    relationLoadStrategy: 'join',
    where: { orderId },
    omit: ownColumns,
    include: {
      stuck: { select: stuckColumns, orderBy: [{ since: 'asc' }, { step: 'asc' }, { shipmentId: 'asc' }] },
      lines: { select: lineColumns, orderBy: { lineNumber: 'asc' } },
      shipments: { omit: { orderId: true, origin: true }, orderBy: { shipmentId: 'asc' } },
      history: { omit: { orderId: true, key: true }, orderBy: { sequence: 'asc' } },
      returns: {
        omit: { orderId: true, refunded: true },
        orderBy: { number: 'asc' },
        include: {
          lines: {
            select: { ...lineColumns, restocked: true, writtenOff: true },
            orderBy: { lineNumber: 'asc' },
          },
        },
      },
    },
  })
  if (!order) return undefined
  const { total, contact, lines, shipments, history, returns } = order
  return {
    ...order,
    total: total === null ? null : fromBigInt(total),
    refunded: fromBigInt(order.refunded),
    contact: contact as CustomerContact | null,
    customerName: (contact as CustomerContact | null)?.name ?? null,
    asked: order.asked as Asked | null,
    lines: lines.map(({ unitPrice, ...line }) => ({
      ...line,
      unitPrice: unitPrice === null ? null : fromBigInt(unitPrice),
    })),
    shipments: shipments.map(({ amount, lines, ...shipment }) => ({
      ...shipment,
      amount: fromBigInt(amount),
      lines: lines as Line[],
    })),
    history: history.map(({ amount, status, ...entry }) => ({
      ...entry,
      status: status as OrderStatus,
      amount: amount === null ? null : fromBigInt(amount),
    })),
    returns: returns.map(({ amount, status, lines, ...one }) => ({
      ...one,
      status: status as ReturnStatus,
      amount: fromBigInt(amount),
      lines: lines.map(({ unitPrice, ...line }) => ({ ...line, unitPrice: fromBigInt(unitPrice) })),
    })),
  }
}
