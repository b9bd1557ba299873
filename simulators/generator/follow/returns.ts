import { setTimeout as sleep } from 'node:timers/promises'
import { eachOf } from '../place/at-once.ts'
import type { PlannedReturn, Unmatched, UnmatchedReason } from '../plan/returns.ts'
import type { Order, Pieces, ReturnCalls } from './return-calls.ts'

/** What became of a planned return. `open`: its end, or its order's, did not come while there was patience. */
export type TakenBack = { invoice: string; unmatched: Unmatched[] } & (
  | { kind: 'refunded'; pieces: number; amount: number }
  | { kind: 'nothing' | 'open' }
)

export type TakingBack = {
  calls: ReturnCalls
  /** Undefined: nobody would have the order. */
  orderIdOf: (order: PlannedReturn['order']) => string | undefined
  /** In ms; for each step of a return. */
  patience: number
  signal: AbortSignal
  onProgress: (done: number, of: number) => void
}

const AT_ONCE = 4

/**
 * Asks for each return once its order is completed, accepts it, receives it into stock, and waits for the refund. A second
 * run finds the returns of the first.
 */
export async function playReturns(
  planned: readonly PlannedReturn[],
  options: TakingBack,
): Promise<TakenBack[]> {
  const taken: TakenBack[] = []
  // Returns of one order come one after the other, so that their numbers do not race.
  const perOrder = [...Map.groupBy(planned, ({ order }) => options.orderIdOf(order))]
  await eachOf(perOrder, AT_ONCE, async ([orderId, returns]) => {
    for (const one of returns) {
      taken.push(await unlessInterrupted(one, options, () => takeOneBack(one, orderId, options)))
      options.onProgress(taken.length, planned.length)
    }
  })
  return taken
}

async function unlessInterrupted(
  { invoice }: PlannedReturn,
  { signal }: TakingBack,
  take: () => Promise<TakenBack>,
): Promise<TakenBack> {
  try {
    return await take()
  } catch (error) {
    if (!signal.aborted) throw error
    return { invoice, kind: 'open', unmatched: [] }
  }
}

async function takeOneBack(
  planned: PlannedReturn,
  orderId: string | undefined,
  options: TakingBack,
): Promise<TakenBack> {
  const { calls } = options
  const { invoice } = planned
  const nothing = (reason: UnmatchedReason): TakenBack => {
    return { invoice, kind: 'nothing', unmatched: unmatchedOf(planned, planned.lines, reason) }
  }
  if (orderId === undefined) return nothing('order_refused')
  const order = await patiently(options, () => calls.endOf(orderId))
  if (order === undefined) return { invoice, kind: 'open', unmatched: [] }
  if (typeof order === 'string') return nothing(order)
  if (!isOf(planned, order)) return nothing('order_unknown')

  const { arrived, missing } = split(planned, order)
  if (arrived.length === 0) return nothing('not_delivered')
  const unmatched = unmatchedOf(planned, missing, 'not_delivered')
  const number = await patiently(options, () => calls.request({ orderId, invoice, lines: arrived }))
  if (number === 'refused') return nothing('not_taken_back')
  if (number === undefined) return { invoice, kind: 'open', unmatched }

  await calls.accept(orderId, number)
  await calls.receive(orderId, number)
  const refund = await patiently(options, () => calls.refundOf(orderId, number))
  if (refund === 'refused') return nothing('not_taken_back')
  if (refund === undefined) return { invoice, kind: 'open', unmatched }
  return { invoice, kind: 'refunded', pieces: sumOf(arrived), amount: refund.amount, unmatched }
}

/** False when the order under this number is another one. */
const isOf = ({ lines }: PlannedReturn, order: Order): boolean =>
  lines.every(({ lineNumber, productId }) =>
    order.lines.some((line) => line.lineNumber === lineNumber && line.productId === productId),
  )

/** What is to come back, by whether it had arrived. The same on every run: a completed order's parcels do not move. */
function split({ lines }: PlannedReturn, { shipments }: Order): { arrived: Pieces[]; missing: Pieces[] } {
  const delivered = shipments.flatMap((shipment) => (shipment.status === 'delivered' ? shipment.lines : []))
  const arrived = lines.map(({ lineNumber, quantity }) => {
    const most = sumOf(delivered.filter((line) => line.lineNumber === lineNumber))
    return { lineNumber, quantity: Math.min(most, quantity) }
  })
  const missing = lines.map(({ lineNumber, quantity }, i) => {
    return { lineNumber, quantity: quantity - (arrived[i]?.quantity ?? 0) }
  })
  return { arrived: arrived.filter(hasPieces), missing: missing.filter(hasPieces) }
}

const hasPieces = ({ quantity }: Pieces) => quantity > 0
const sumOf = (pieces: readonly Pieces[]) => pieces.reduce((sum, { quantity }) => sum + quantity, 0)

function unmatchedOf(
  { invoice, lines }: PlannedReturn,
  pieces: readonly Pieces[],
  reason: UnmatchedReason,
): Unmatched[] {
  return pieces.map(({ lineNumber, quantity }) => {
    const productId = lines.find((line) => line.lineNumber === lineNumber)?.productId ?? ''
    return { invoice, productId, quantity, reason }
  })
}

const LOOK_EVERY = 200

/** What `look` finds, or undefined when it finds nothing while there is patience. */
async function patiently<T>(
  { patience, signal }: TakingBack,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const deadline = Date.now() + patience; !signal.aborted; ) {
    const found = await look()
    if (found !== undefined || Date.now() > deadline) return found
    await sleep(LOOK_EVERY, undefined, { signal }).catch(() => {})
  }
  return undefined
}
