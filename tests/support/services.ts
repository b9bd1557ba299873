// What the services of a workflow's test answer.

import type { InventoryActivities, PlannedShipment, ReserveStock } from '#contracts/inventory.ts'
import type { LogisticsActivities } from '#contracts/logistics.ts'
import type { OrderActivities } from '#contracts/order-record.ts'
import type { PaymentActivities, RefundOrder, RefundResult } from '#contracts/payment.ts'
import type { OpenReturnResult, ReturnLine } from '#contracts/return.ts'
import type { RecordInTest } from './record.ts'

export type Services = OrderActivities & InventoryActivities & PaymentActivities & LogisticsActivities
export type ServiceName = keyof Services

export const serviceNames: ServiceName[] = [
  'recordOrder',
  'recordChanges',
  'reserveStock',
  'releaseStock',
  'chargeOrder',
  'refundOrder',
  'recallShipment',
  'takeBack',
  'openReturn',
]

/** Services that grant everything: one shipment from london, and what is asked for is there. */
export function obligingServices(order: { charged: number; record: RecordInTest }): Services {
  return {
    recordOrder: async () => order.record.place(),
    recordChanges: async (request) => order.record.change(request),
    reserveStock: async (request) => reservedFrom(request, ['london']),
    releaseStock: async () => {},
    chargeOrder: async () => ({ kind: 'charged', transferId: 't1' }),
    refundOrder: async (refund) => obligingRefund(refund, order.charged),
    takeBack: async () => {},
    openReturn: async ({ lines }) => openedReturn(lines),
    recallShipment: async () => ({ kind: 'recalled' }),
  }
}

/** Gives back what is asked for; of everything, and of the rest, `charged`. */
export const obligingRefund = (refund: RefundOrder, charged: number): RefundResult => ({
  kind: 'refunded',
  amount: refund.kind === 'part' && refund.amount !== 'rest' ? refund.amount : charged,
})
export const refunds = (amount: number) => async (): Promise<RefundResult> => ({ kind: 'refunded', amount })

/** All lines of 85123A at 100 a piece, from london. */
export function openedReturn(asked: ReturnLine[]): OpenReturnResult {
  const lines = asked.map((line) => ({ ...line, productId: '85123A', unitPrice: 100, warehouseId: 'london' }))
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
  return {
    kind: 'opened',
    customerId: '17850',
    lines,
    amount,
    currency: 'GBP',
    policy: { arriveWithin: 30 * 24 * 3_600_000 },
  }
}

/** All lines at 100 a piece; with several warehouses, line n leaves from the nth. */
export function reservedFrom(
  { orderId, lines }: Pick<ReserveStock, 'orderId' | 'lines'>,
  warehouses: string[],
) {
  const priced = lines.map(({ lineNumber, productId, quantity }) => ({
    lineNumber,
    productId,
    quantity,
    unitPrice: 100,
  }))
  const shipments: PlannedShipment[] = warehouses.map((warehouseId, i) => {
    const own = priced.filter((_, line) => line % warehouses.length === i)
    const amount = own.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0)
    return {
      shipmentId: `${orderId}-${i + 1}`,
      warehouseId,
      origin: { latitude: 51.5, longitude: 0 },
      amount,
      lines: own,
    }
  })
  const total = shipments.reduce((sum, { amount }) => sum + amount, 0)
  return { kind: 'reserved' as const, total, lines: priced, shipments }
}

/** Fails `times` times as a service that is away would, and works from then on. */
export function failing<Request, Answer>(times: number, answer: (request: Request) => Promise<Answer>) {
  let left = times
  return async (request: Request): Promise<Answer> => {
    if (left-- > 0) throw new Error('connection refused')
    return answer(request)
  }
}

export const always = async (): Promise<never> => {
  throw new Error('connection refused')
}

/** A gate that a service waits at until the test opens it. */
export function gate() {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  return { opened: promise, open }
}

/** The change that such a reservation comes to. */
export const reservedChange = (order: Pick<ReserveStock, 'orderId' | 'lines'>, warehouses = ['london']) => {
  const { kind: _, ...reserved } = reservedFrom(order, warehouses)
  return { type: 'reserved' as const, ...reserved }
}
