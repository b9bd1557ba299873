import type { HistoryEntry, OrderDetails, Shipment } from '#contracts/rest/orders.ts'

export const progressSteps = ['placed', 'reserved', 'paid', 'shipping', 'delivered'] as const
export type ProgressStep = (typeof progressSteps)[number]

export type Progress = {
  step: ProgressStep
  /** When it was reached; null: not yet, or never. */
  at: string | null
}

/** How far an order has come, for its customer: each step with when it was reached. */
export function progressOf({ placedAt, history, shipments }: ProgressFacts): Progress[] {
  const first = (type: string) => history.find((entry) => entry.type === type)?.at ?? null
  const isAtCourier = ({ status }: ShipmentFacts) => !['requested', 'created'].includes(status)
  const left = shipments.filter(isAtCourier).map(({ movedAt }) => movedAt)
  const at: Record<ProgressStep, string | null> = {
    placed: placedAt,
    reserved: first('reserved'),
    paid: first('paid'),
    shipping: left.toSorted()[0] ?? null,
    delivered: first('completed'),
  }
  return progressSteps.map((step) => ({ step, at: at[step] }))
}

type ShipmentFacts = Pick<Shipment, 'status' | 'movedAt'>
type ProgressFacts = Pick<OrderDetails, 'placedAt'> & {
  history: readonly Pick<HistoryEntry, 'type' | 'at'>[]
  shipments: readonly ShipmentFacts[]
}

/** How far on its way from the warehouse to the customer, from 0 to 1. */
export const wayOf = (status: Shipment['status']): number =>
  ({ requested: 0.05, created: 0.2, sent_to_customer: 0.6, delivered: 1, lost: 0.6, cancelled: 0 })[status]

/** What of a line may still be sent back: it has arrived, and is in no return. */
export function returnableOf({ shipments, returns }: Pick<OrderDetails, 'shipments' | 'returns'>) {
  const back = new Map<number, number>()
  for (const { status, lines } of returns)
    if (status !== 'refused' && status !== 'expired')
      for (const { lineNumber, quantity } of lines)
        back.set(lineNumber, (back.get(lineNumber) ?? 0) + quantity)
  const arrived = new Map<number, { lineNumber: number; productId: string; quantity: number }>()
  for (const { status, lines } of shipments)
    if (status === 'delivered')
      for (const { lineNumber, productId, quantity } of lines) {
        const sum = (arrived.get(lineNumber)?.quantity ?? 0) + quantity
        arrived.set(lineNumber, { lineNumber, productId, quantity: sum })
      }
  return [...arrived.values()]
    .map((line) => ({ ...line, quantity: line.quantity - (back.get(line.lineNumber) ?? 0) }))
    .filter(({ quantity }) => quantity > 0)
}
