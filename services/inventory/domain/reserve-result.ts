import type { PlannedShipment, ReserveResult } from '#contracts/inventory.ts'
import type { PricedLine } from '#contracts/lines.ts'
import type { Minor } from '#contracts/money.ts'
import type { ReservedLine, Warehouse } from './rules.ts'

type Reserved = Extract<ReserveResult, { kind: 'reserved' }>

/** The answer that reserved lines stand for, now and when the question is repeated: whatever their order. */
export function reservedResult(lines: readonly ReservedLine[], warehouses: readonly Warehouse[]): Reserved {
  const sorted = lines.toSorted((a, b) => a.lineNumber - b.lineNumber)
  const shipments = [...Map.groupBy(sorted, ({ shipmentId }) => shipmentId)]
    .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
    .map(([shipmentId, itsLines]) => shipmentOf(shipmentId, itsLines, warehouses))
  return { kind: 'reserved', total: amountOf(lines), lines: orderLines(sorted), shipments }
}

function shipmentOf(
  shipmentId: string,
  lines: readonly ReservedLine[],
  warehouses: readonly Warehouse[],
): PlannedShipment {
  const warehouse = warehouses.find(({ warehouseId }) => warehouseId === lines[0]?.warehouseId)
  if (!warehouse) throw new Error(`shipment ${shipmentId} leaves from no known warehouse`)
  const { warehouseId, place } = warehouse
  return { shipmentId, warehouseId, origin: place, amount: amountOf(lines), lines: lines.map(priced) }
}

/** A line that comes from several warehouses is one line of the order. */
function orderLines(sorted: readonly ReservedLine[]): PricedLine[] {
  const lines = new Map<number, PricedLine>()
  for (const part of sorted) {
    const quantity = part.quantity + (lines.get(part.lineNumber)?.quantity ?? 0)
    lines.set(part.lineNumber, { ...priced(part), quantity })
  }
  return [...lines.values()]
}

const priced = ({ lineNumber, productId, quantity, unitPrice }: PricedLine): PricedLine => ({
  lineNumber,
  productId,
  quantity,
  unitPrice,
})

/** What the lines cost together, in minor units. */
export const amountOf = (lines: readonly PricedLine[]): Minor =>
  lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
