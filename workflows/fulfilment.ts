import { condition } from '@temporalio/workflow'
import type { MissingLine } from '#contracts/inventory.ts'
import type { RecordResult } from '#contracts/order.ts'
import type { ChargeResult } from '#contracts/payment.ts'
import { amount, count, inWords } from '#contracts/words.ts'
import type { Compensations } from './compensation.ts'
import { locally, slowlyForEver } from './services.ts'
import type { OrderState, Stop } from './state.ts'
import { amountOf, attempt, policyOf, stopFor } from './steps.ts'
import { finish, track } from './tracking.ts'

const refusal = (reason: Stop['reason'], note: string): Stop => ({ kind: 'stop', reason, by: 'system', note })

/** Never given up: an order that was accepted must be on record, however long its database is away. */
export async function recordOrder(
  order: OrderState,
): Promise<Stop | { kind: 'recorded' } | { kind: 'ended' }> {
  order.waitFor('Being recorded.')
  const result = await recordPatiently(order)
  order.placed = result.kind === 'ended' ? result : order.request
  if (result.kind === 'ended') {
    order.adoptEnd(result.status)
    return result
  }
  order.policy = result.policy
  if (result.kind === 'recorded') {
    order.destination = result.contact.place
    return { kind: 'recorded' }
  }
  order.note({ type: 'refused', problems: result.problems })
  return refusal('invalid', result.problems.join('; '))
}

async function recordPatiently(order: OrderState): Promise<RecordResult> {
  try {
    return await locally.recordOrder(order.request)
  } catch (error) {
    order.markStuck('record', error)
    const result = await slowlyForEver.order.recordOrder(order.request)
    order.clearStuck('record')
    return result
  }
}

export async function reserve(order: OrderState, undo: Compensations): Promise<Stop | { kind: 'reserved' }> {
  const { orderId, traceparent, currency } = order.request
  undo.add('release', ({ inventory }) =>
    inventory.releaseStock.executeWithOptions({ summary: 'Give the stock back' }, [
      { orderId, shipmentIds: 'all', traceparent },
    ]),
  )
  for (let revision = 0; ; revision++) {
    order.waitFor('Reserving stock.')
    const result = await attempt(order, 'reserve', ({ inventory }) =>
      inventory.reserveStock.executeWithOptions(
        { summary: `Reserve ${count(order.facts.lines.length, 'line')}` },
        [
          {
            orderId,
            revision,
            currency,
            lines: order.facts.lines,
            destination: order.destination,
            traceparent,
          },
        ],
      ),
    )
    switch (result.kind) {
      case 'stop':
        return result
      case 'reserved': {
        const { lines, shipments, total } = result
        // Goes on record together with the hand-off, or as soon as the order has to wait.
        order.note({ type: 'reserved', lines, shipments, total })
        return { kind: 'reserved' }
      }
      case 'missing': {
        const stop = await askCustomer(order, result.missing)
        if (stop) return stop
        break
      }
      case 'out_of_range':
        return refusal('out_of_range', `the nearest warehouse is ${Math.round(result.nearestKm)} km away`)
      case 'unknown_product':
        return refusal('invalid', `no such product: ${result.productIds.join(', ')}`)
      case 'superseded':
        return refusal('timed_out', 'its stock was released before it could be reserved')
      default:
        return result satisfies never
    }
  }
}

/** Waits for the customer to amend or cancel. Nothing comes back when the order goes on, amended. */
async function askCustomer(order: OrderState, missing: MissingLine[]): Promise<Stop | undefined> {
  const { decisionTimeout } = policyOf(order)
  const decideBefore = new Date(Date.now() + decisionTimeout).toISOString()
  order.waitFor(`The customer must decide before ${decideBefore}: ${missing.map(inWords).join(', ')}.`)
  await order.record({ type: 'missing', missing, decideBefore })
  await condition(() => order.decision !== undefined || order.cancelRequest !== undefined, decisionTimeout)

  if (order.cancelRequest) return stopFor(order.cancelRequest)
  const decision = takeDecision(order)
  if (!decision) return refusal('timed_out', 'nobody decided about the missing lines')
  if (decision.kind === 'cancel') {
    return {
      kind: 'stop',
      reason: 'out_of_stock',
      by: decision.by,
      note: 'not wanted without the missing lines',
    }
  }
  const wanted = new Map(decision.lines.map(({ lineNumber, quantity }) => [lineNumber, quantity]))
  const lines = order.facts.lines
    .map((line) => ({ ...line, quantity: wanted.get(line.lineNumber) ?? line.quantity }))
    .filter((line) => line.quantity > 0)
  await order.record({ type: 'amended', lines }, decision.by)
  return undefined
}

function takeDecision(order: OrderState) {
  const { decision } = order
  order.decision = undefined
  return decision
}

export async function charge(
  order: OrderState,
  undo: Compensations,
): Promise<Stop | Extract<ChargeResult, { kind: 'charged' }>> {
  const { orderId, customerId, currency, traceparent } = order.request
  const { total } = order.facts
  undo.add('refund', async ({ payment }) => {
    const refund = await payment.refundOrder.executeWithOptions({ summary: 'Give the money back' }, [
      { kind: 'everything', orderId, reason: 'order cancelled', traceparent },
    ])
    if (amountOf(refund) === 0) return
    order.charged = total
    order.note({ type: 'refunded', part: 'all', shipmentId: null, amount: amountOf(refund) })
  })
  order.waitFor(`Charging ${amount(total, currency)}.`)
  const result = await attempt(order, 'charge', ({ payment }) =>
    payment.chargeOrder.executeWithOptions({ summary: `Charge ${amount(total, currency)}` }, [
      { orderId, customerId, amount: total, currency, traceparent },
    ]),
  )
  switch (result.kind) {
    case 'stop':
      return result
    case 'charged':
      order.charged = total
      // A cancel request that came with the answer is still in time to keep the parcels at home.
      return order.cancelRequest ? stopFor(order.cancelRequest) : result
    case 'declined':
      return refusal(
        'payment_declined',
        result.why === 'no_account'
          ? 'the customer has no account'
          : `${amount(result.balance, currency)} on the account, ${amount(total, currency)} needed`,
      )
    case 'voided':
      return refusal('timed_out', 'its payment was voided before it could be charged')
    default:
      return result satisfies never
  }
}

export async function handOff(order: OrderState, transferId: string): Promise<void> {
  order.waitFor(`The courier, about ${count(order.facts.shipments.length, 'shipment')}.`)
  await order.record({ type: 'handed_off', transferId })
}

/**
 * Before hand-off: everything back in reverse, then the end. The database may know better: a hand-off that was written
 * just before its worker died is on record, and then the parcels have to be recalled.
 */
export async function cancelOrder(order: OrderState, undo: Compensations, stop: Stop): Promise<void> {
  if (!undo.none) await order.record({ type: 'cancelling', reason: stop.reason }, stop.by, stop.note)
  if (order.endedOnRecord) return
  if (order.onRecord.handedOff) {
    order.charged = order.facts.total
    await track(order)
    return finish(order)
  }
  await undo.run()
  order.waitFor(`Nothing: cancelled (${stop.reason}).`)
  await order.record({ type: 'cancelled', reason: stop.reason }, stop.by, stop.note)
}
