import type { Place } from '#contracts/customer.ts'
import { kmBetween } from '#contracts/distance.ts'
import { type ReserveResult, type ReserveStock, rangeKm } from '#contracts/inventory.ts'
import type { MissingLine, OrderLine, PricedLine } from '#contracts/lines.ts'
import { type Minor, maxAmount } from '#contracts/money.ts'

export type Warehouse = { warehouseId: string; name: string; country: string; place: Place }

/** What of an order line comes from one warehouse. */
export type ReservedLine = PricedLine & { shipmentId: string; warehouseId: string }

export type Reservation = {
  revision: number
  status: 'refused' | 'open' | 'released' | 'settled'
  /** Some of its lines were released, sold or lost already. */
  begun: boolean
}

/** `repeat`: reserved before, the answer is in the rows. */
export type Decision = 'plan' | 'repeat' | 'superseded'

/** What a wish for stock is, after what happened to its order before. A refused one may be tried again. */
export function decideReserve(revision: number, earlier: Reservation | undefined): Decision {
  if (!earlier) return 'plan'
  if (earlier.status === 'released' || revision < earlier.revision) return 'superseded'
  if (earlier.status === 'refused') return 'plan'
  if (revision === earlier.revision) return 'repeat'
  return earlier.begun ? 'superseded' : 'plan'
}

export type Shelf = { warehouseId: string; productId: string; available: number }

export type Situation = {
  warehouses: readonly Warehouse[]
  /** Minor units per piece, by product id; a product without a price is unknown. */
  prices: ReadonlyMap<string, Minor>
  stock: readonly Shelf[]
}

export type Refusal = Extract<
  ReserveResult,
  { kind: 'missing' | 'out_of_range' | 'unknown_product' | 'too_dear' }
>
export type Plan = { kind: 'reserve'; lines: ReservedLine[] } | Refusal

/** Nearest warehouse first: each line takes there what it can, and the rest from the next. All lines or none. */
export function planReservation(request: ReserveStock, { warehouses, prices, stock }: Situation): Plan {
  const productIds = unknownProducts(request.lines, prices)
  if (productIds.length > 0) return { kind: 'unknown_product', productIds }

  const nearest = nearestFirst(warehouses, request.destination)
  if (!nearest[0]) throw new Error('there is no warehouse')
  if (nearest[0].km > rangeKm) return { kind: 'out_of_range', nearestKm: nearest[0].km }
  const inRange = nearest.filter(({ km }) => km <= rangeKm).map(({ warehouseId }) => warehouseId)

  const takeFrom = createTaker(inRange, stock)
  const taken = request.lines.map((line) => ({ line, pieces: takeFrom(line) }))
  const missing = taken.flatMap(missingOf)
  if (missing.length > 0) return { kind: 'missing', missing }

  if (costOf(request.lines, prices) > maxAmount) return { kind: 'too_dear', most: maxAmount }

  const used = inRange.filter((warehouseId) => taken.some(({ pieces }) => pieces.has(warehouseId)))
  const shipmentIn = (warehouseId: string) => `${request.orderId}-${used.indexOf(warehouseId) + 1}`
  return { kind: 'reserve', lines: taken.flatMap((one) => reservedLines(one, prices, shipmentIn)) }
}

/** What was agreed, or else the catalogue's. */
function unitPriceOf({ productId, agreedPrice }: OrderLine, prices: Situation['prices']): Minor {
  const unitPrice = agreedPrice ?? prices.get(productId)
  if (unitPrice === undefined) throw new Error(`product ${productId} has no price`)
  return unitPrice
}

/** No whole number any more when it is far too much; but never less. */
const costOf = (lines: readonly OrderLine[], prices: Situation['prices']): Minor =>
  lines.reduce((sum, line) => sum + line.quantity * unitPriceOf(line, prices), 0)

function unknownProducts(lines: readonly OrderLine[], prices: Situation['prices']): string[] {
  const wanted = new Set(lines.map(({ productId }) => productId))
  return [...wanted].filter((productId) => !prices.has(productId))
}

function nearestFirst(warehouses: readonly Warehouse[], destination: Place) {
  return warehouses
    .map(({ warehouseId, place }) => ({ warehouseId, km: kmBetween(place, destination) }))
    .sort((a, b) => a.km - b.km || (a.warehouseId < b.warehouseId ? -1 : 1))
}

/** Pieces by warehouse id. */
type Pieces = ReadonlyMap<string, number>
type Taken = { line: OrderLine; pieces: Pieces }

/** Takes pieces off the shelves, so that the next line of the same product finds what is left. */
function createTaker(warehouseIds: readonly string[], stock: readonly Shelf[]) {
  const shelves = new Map(stock.map((shelf) => [`${shelf.warehouseId}/${shelf.productId}`, shelf.available]))
  return ({ productId, quantity }: OrderLine): Pieces => {
    const pieces = new Map<string, number>()
    let wanted = quantity
    for (const warehouseId of warehouseIds) {
      const shelf = `${warehouseId}/${productId}`
      const there = shelves.get(shelf) ?? 0
      const taken = Math.min(there, wanted)
      if (taken > 0) pieces.set(warehouseId, taken)
      shelves.set(shelf, there - taken)
      wanted -= taken
    }
    return pieces
  }
}

function missingOf({ line, pieces }: Taken): MissingLine[] {
  const { lineNumber, productId, quantity: requested } = line
  const available = [...pieces.values()].reduce((sum, count) => sum + count, 0)
  return available === requested ? [] : [{ lineNumber, productId, requested, available }]
}

function reservedLines(
  { line, pieces }: Taken,
  prices: Situation['prices'],
  shipmentIn: (warehouseId: string) => string,
): ReservedLine[] {
  const { lineNumber, productId } = line
  const unitPrice = unitPriceOf(line, prices)
  return [...pieces].map(([warehouseId, quantity]) => ({
    shipmentId: shipmentIn(warehouseId),
    warehouseId,
    lineNumber,
    productId,
    quantity,
    unitPrice,
  }))
}
