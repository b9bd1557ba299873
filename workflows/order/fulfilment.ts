import { condition } from '@temporalio/workflow'
import type { MissingLine } from '#contracts/lines.ts'
import type { OrderOnRecord } from '#contracts/order-record.ts'
import { amount, count, inWords } from '#contracts/wording.ts'
import { localActivities, retryForever } from '../shared/services.ts'
import {
  invalidOrder,
  outOfRange,
  paymentDeclined,
  paymentVoided,
  type Stop,
  stockReleased,
  tooExpensive,
  undecided,
  unknownProduct,
} from './cancellations.ts'
import type { Compensations } from './compensation.ts'
import { renewIfLong } from './renewal.ts'
import type { OrderState } from './state.ts'
import { amountOf, forwardStep, policyOf } from './steps.ts'

/** Never given up: an order that was accepted must be on record, however long its database is away. */
export async function recordOrder(order: OrderState, undo: Compensations): Promise<Stop | undefined> {
  order.waitFor('Being recorded.')
  const result = await order.untilDone(
    () => localActivities.recordOrder(order.request),
    () => retryForever.order.recordOrder(order.request),
  )
  order.policy = result.policy
  if (result.kind === 'found') return goOnFrom(order, undo, result)
  order.placed = order.request
  if (result.kind === 'recorded') {
    order.destination = result.destination
    return undefined
  }
  order.note({ type: 'refused', problems: result.problems })
  return invalidOrder(result.problems)
}

/** An earlier run may have come as far as the charge, whatever it could write of that. */
function goOnFrom(order: OrderState, undo: Compensations, found: OrderOnRecord): Stop | undefined {
  const { facts, sequence, destination, problems, ...placed } = found
  order.request = { ...order.request, ...placed }
  order.placed = placed
  order.adopt(facts, sequence)
  if (!destination) return order.ended ? undefined : invalidOrder(problems)
  order.destination = destination
  undo.add('release', releaseEverything(order))
  undo.add('refund', refundEverything(order))
  return undefined
}

/** Stock, nearest warehouse first; the customer is asked when lines are missing. */
export async function reserve(order: OrderState, undo: Compensations): Promise<Stop | undefined> {
  while (order.isAtHome && !order.stop && order.facts.total === null) {
    await renewIfLong(order)
    const stop =
      order.facts.status === 'awaiting_customer' ? await awaitDecision(order) : await askForStock(order, undo)
    if (stop) return stop
  }
  return order.stop
}

async function askForStock(order: OrderState, undo: Compensations): Promise<Stop | undefined> {
  undo.add('release', releaseEverything(order))
  order.waitFor('Reserving stock.')
  const { request, destination } = order
  const { orderId, currency, traceparent } = request
  const { lines, amendments: revision } = order.facts
  const result = await forwardStep(order, 'reserve', ({ inventory }) =>
    inventory.reserveStock.executeWithOptions({ summary: `Reserve ${count(lines.length, 'line')}` }, [
      { orderId, revision, currency, lines, destination, traceparent },
    ]),
  )
  switch (result?.kind) {
    case undefined:
    case 'stop':
      return result
    case 'reserved': {
      const { lines, shipments, total } = result
      // Goes on record together with the hand-off, or as soon as the order has to wait.
      const noted = order.note({ type: 'reserved', lines, shipments, total })
      if (!noted && !order.stop) throw new Error('inventory reserved something else than was ordered')
      return undefined
    }
    case 'missing':
      return askCustomer(order, result.missing)
    case 'out_of_range':
      return outOfRange(result.nearestKm)
    case 'unknown_product':
      return unknownProduct(result.productIds)
    case 'too_dear':
      return tooExpensive(result.most, currency)
    case 'superseded':
      return stockReleased
    default:
      return result satisfies never
  }
}

async function askCustomer(order: OrderState, missing: MissingLine[]): Promise<undefined> {
  const decideBefore = new Date(Date.now() + policyOf(order).decisionTimeout).toISOString()
  await order.record({ type: 'missing', missing, decideBefore })
}

/** Waits for the customer to amend or cancel. Nothing comes back when the order goes on. */
async function awaitDecision(order: OrderState): Promise<Stop | undefined> {
  const { missing = [], decideBefore = new Date().toISOString() } = order.facts.asked ?? {}
  order.waitFor(`The customer must decide before ${decideBefore}: ${missing.map(inWords).join(', ')}.`)
  const left = Math.max(Date.parse(decideBefore) - Date.now(), 1)
  const decided = await condition(() => order.facts.status !== 'awaiting_customer', left)
  await order.save()
  return decided ? order.stop : undecided
}

export async function charge(order: OrderState, undo: Compensations): Promise<Stop | undefined> {
  if (order.facts.status !== 'reserved' || order.stop) return order.stop
  undo.add('refund', refundEverything(order))
  const { orderId, customerId, currency, traceparent } = order.request
  const total = order.facts.total ?? 0
  order.waitFor(`Charging ${amount(total, currency)}.`)
  const result = await forwardStep(order, 'charge', ({ payment }) =>
    payment.chargeOrder.executeWithOptions({ summary: `Charge ${amount(total, currency)}` }, [
      { orderId, customerId, amount: total, currency, traceparent },
    ]),
  )
  switch (result?.kind) {
    case undefined:
    case 'stop':
      return result
    case 'charged':
      order.transferId = result.transferId
      // A cancel request that came with the answer is still in time to keep the parcels at home.
      return order.stop
    case 'declined':
      return paymentDeclined(result, total, currency)
    case 'voided':
      return paymentVoided
    default:
      return result satisfies never
  }
}

/** One shipment per warehouse. */
export async function handOff(order: OrderState): Promise<Stop | undefined> {
  const { transferId } = order
  if (order.stop || transferId === undefined) return order.stop
  await order.record({ type: 'handed_off', transferId })
  return undefined
}

/**
 * Before hand-off: everything back in reverse, then the end. Nothing of that when the record knows better: the order is
 * handed off or has ended, or it went on in a way that this run had not heard of.
 */
export async function cancelOrder(order: OrderState, undo: Compensations, stop: Stop): Promise<void> {
  if (!undo.none) await order.record({ type: 'cancelling', reason: stop.reason }, stop.by, stop.note)
  if (!order.isAtHome || (!undo.none && !order.stop)) return
  const { reason, by, note } = order.stop ?? stop
  await undo.run()
  order.waitFor(`Nothing: cancelled (${reason}).`)
  await order.record({ type: 'cancelled', reason }, by, note)
}

const releaseEverything =
  ({ request: { orderId, traceparent } }: OrderState): Parameters<Compensations['add']>[1] =>
  ({ inventory }) =>
    inventory.releaseStock.executeWithOptions({ summary: 'Give the stock back' }, [
      { orderId, shipmentIds: 'all', traceparent },
    ])

const refundEverything =
  (order: OrderState): Parameters<Compensations['add']>[1] =>
  async ({ payment }) => {
    const { orderId, traceparent } = order.request
    const refund = await payment.refundOrder.executeWithOptions({ summary: 'Give the money back' }, [
      { kind: 'everything', orderId, reason: 'order cancelled', traceparent },
    ])
    if (amountOf(refund) === 0) return
    order.note({ type: 'refunded', part: 'all', shipmentId: null, amount: amountOf(refund) })
  }
