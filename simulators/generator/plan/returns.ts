import type { Cancellation, Invoice } from '../log/log.ts'
import { isProduct } from '../log/row.ts'

/** Why pieces that the log says were sent back are no return of an order. */
export type UnmatchedReason =
  | 'no_customer'
  | 'not_a_product'
  /** The row has no pieces below zero. */
  | 'no_pieces'
  /** No earlier invoice sold this product to this customer. */
  | 'not_bought'
  | 'more_than_bought'
  /** Another order has its number. */
  | 'order_refused'
  | 'order_unknown'
  | 'order_cancelled'
  /** Lost on the way, or sent back otherwise. */
  | 'not_delivered'
  | 'not_taken_back'

export type Unmatched = { invoice: string; productId: string; quantity: number; reason: UnmatchedReason }

/** Goods of one earlier invoice that a cancellation invoice sends back. */
export type PlannedReturn = {
  /** The cancellation's. */
  invoice: string
  order: Pick<Invoice, 'invoice' | 'customerId'>
  lines: { lineNumber: number; productId: string; quantity: number }[]
}

export type ReturnPlan = { returns: PlannedReturn[]; unmatched: Unmatched[] }

/** A sold line, of which `left` pieces have not come back. */
type Sold = { order: Invoice; lineNumber: number; left: number }
type Taken = { sold: Sold; quantity: number }

/**
 * Finds for each cancelled piece the latest earlier purchase of the same product by the same customer. Both lists in the
 * order of their times; the same lists, the same plan.
 */
export function planReturns(
  invoices: readonly Invoice[],
  cancellations: readonly Cancellation[],
): ReturnPlan {
  const purchases = purchasesOf(invoices)
  const plans = cancellations.map((cancellation) => planFor(cancellation, purchases))
  return {
    returns: plans.flatMap(({ returns }) => returns),
    unmatched: plans.flatMap(({ unmatched }) => unmatched),
  }
}

/** Earliest first. Lines are numbered as they stand in their pre-order. */
function purchasesOf(invoices: readonly Invoice[]): Map<string, Sold[]> {
  const sold = invoices.flatMap((order) =>
    order.lines.map(({ productId, quantity }, i) => ({
      name: nameOf(order.customerId, productId),
      sold: { order, lineNumber: i + 1, left: quantity },
    })),
  )
  const byName = Map.groupBy(sold, ({ name }) => name)
  return new Map([...byName].map(([name, all]) => [name, all.map(({ sold }) => sold)]))
}

const nameOf = (customerId: string, productId: string) => `${customerId}/${productId}`

function planFor(cancellation: Cancellation, purchases: ReadonlyMap<string, Sold[]>): ReturnPlan {
  const { invoice } = cancellation
  const found = cancellation.lines.map((line) => findSold(cancellation, line, purchases))
  return {
    returns: perOrder(
      invoice,
      found.flatMap(({ taken }) => taken),
    ),
    unmatched: found.flatMap(({ missing }) => (missing ? [{ invoice, ...missing }] : [])),
  }
}

type Found = { taken: Taken[]; missing?: Omit<Unmatched, 'invoice'> }

function findSold(
  { customerId, at }: Cancellation,
  { productId, quantity }: Cancellation['lines'][number],
  purchases: ReadonlyMap<string, Sold[]>,
): Found {
  const none = (reason: UnmatchedReason): Found => ({ taken: [], missing: { productId, quantity, reason } })
  if (customerId === '') return none('no_customer')
  if (!isProduct(productId)) return none('not_a_product')
  if (quantity <= 0) return none('no_pieces')
  const bought = (purchases.get(nameOf(customerId, productId)) ?? []).filter(
    ({ order }) => Date.parse(order.at) <= Date.parse(at),
  )
  if (bought.length === 0) return none('not_bought')
  const taken = takeLatest(bought, quantity)
  const rest = quantity - taken.reduce((sum, one) => sum + one.quantity, 0)
  return rest === 0
    ? { taken }
    : { taken, missing: { productId, quantity: rest, reason: 'more_than_bought' } }
}

function takeLatest(bought: readonly Sold[], wanted: number): Taken[] {
  const taken: Taken[] = []
  for (const sold of bought.toReversed()) {
    const quantity = Math.min(sold.left, wanted)
    if (quantity <= 0) continue
    sold.left -= quantity
    wanted -= quantity
    taken.push({ sold, quantity })
  }
  return taken
}

/** One return for each order; a line that several rows send back stands in it once. */
function perOrder(invoice: string, taken: readonly Taken[]): PlannedReturn[] {
  return [...Map.groupBy(taken, ({ sold }) => sold.order)].map(([order, ofOrder]) => ({
    invoice,
    order: { invoice: order.invoice, customerId: order.customerId },
    lines: [...Map.groupBy(ofOrder, ({ sold }) => sold.lineNumber)].map(([lineNumber, ofLine]) => ({
      lineNumber,
      productId: order.lines[lineNumber - 1]?.productId ?? '',
      quantity: ofLine.reduce((sum, { quantity }) => sum + quantity, 0),
    })),
  }))
}
