import { condition, sleep } from '@temporalio/workflow'
import type { Actor } from '#contracts/actor.ts'
import type { CourierStatus } from '#contracts/logistics.ts'
import { isSettled } from '#contracts/order-facts.ts'
import { noParcelArrived } from './cancellations.ts'
import { isLongAndAtRest, renewIfLong } from './renewal.ts'
import type { OrderState } from './state.ts'
import { amountOf, compensate, compensateUnless, policyOf } from './steps.ts'

/** Follows every shipment to its end, each by itself: what hangs for one holds up no other. */
export async function track(order: OrderState): Promise<void> {
  const all = Promise.all(order.facts.shipments.map(({ shipmentId }) => follow(order, shipmentId)))
  const over = all.then(() => true)
  const long = () => condition(() => isLongAndAtRest(order)).then(() => false)
  // Something may have begun meanwhile: then it is renewed as soon as it is at rest again.
  while (!(await Promise.race([over, long()]))) await renewIfLong(order)
}

/** Completed when anything arrived; cancelled when nothing did. */
export async function finish(order: OrderState): Promise<void> {
  const { cancelling, shipments } = order.facts
  if (shipments.some(({ status }) => status === 'delivered')) {
    order.note({ type: 'cancel_refused', note: 'a parcel had been delivered' }, 'courier')
    return order.record({ type: 'completed' })
  }
  const { reason, by, note } = cancelling ?? noParcelArrived
  return order.record({ type: 'cancelled', reason }, by, note)
}

/** What a shipment's news changes. Events come late, twice and shuffled: only what moves it on counts. */
export function move(
  order: OrderState,
  shipmentId: string,
  status: CourierStatus,
  by: Actor = 'courier',
  note?: string,
) {
  const moved = order.note({ type: 'shipment_moved', shipmentId, status }, by, note)
  if (moved) order.note({ type: 'unstuck', step: 'track', shipmentId })
  return moved
}

/** The last change goes on record together with the order's end. */
export function saveOnTheWay(order: OrderState): void {
  if (!order.facts.shipments.every(isSettled)) void order.save()
}

async function follow(order: OrderState, shipmentId: string): Promise<void> {
  void watchSilence(order, shipmentId)
  while (!order.isOver(shipmentId)) {
    await condition(() => order.isOver(shipmentId) || order.facts.cancelling !== null)
    if (!order.isOver(shipmentId)) await recall(order, shipmentId)
  }
  // An earlier run was stuck there; this one had nothing to recall.
  if (order.note({ type: 'unstuck', step: 'recall', shipmentId })) void order.save()
  await undo(order, shipmentId)
}

/** The courier is asked to give it back, until it answers or the parcel's end is known; it may refuse. */
async function recall(order: OrderState, shipmentId: string): Promise<void> {
  // Perhaps the record knows of an end, and the request came too late.
  await order.save()
  if (order.isOver(shipmentId) || !order.facts.cancelling) return
  const { orderId, traceparent } = order.request
  const answer = await compensateUnless(
    order,
    { step: 'recall', shipmentId },
    ({ logistics }) =>
      logistics.recallShipment.executeWithOptions({ summary: `Recall shipment ${shipmentId}` }, [
        { orderId, shipmentId, traceparent },
      ]),
    condition(() => order.isOver(shipmentId)),
  )
  if (!answer) return
  move(order, shipmentId, answer.kind === 'recalled' ? 'cancelled' : answer.status)
  saveOnTheWay(order)
}

/** Lost: that shipment's money goes back. Cancelled: its stock as well, once more if an earlier run may not have. */
async function undo(order: OrderState, shipmentId: string): Promise<void> {
  const isDelivered = () => order.shipment(shipmentId)?.status === 'delivered'
  if (isDelivered()) return
  await order.save()
  // A run before this one may have ended the order, or known better; what this one heard comes too late.
  if (order.ended || isDelivered()) return
  if (!order.shipment(shipmentId)?.refunded) await refund(order, shipmentId)
  if (order.shipment(shipmentId)?.status === 'cancelled') await release(order, shipmentId)
}

async function refund(order: OrderState, shipmentId: string): Promise<void> {
  const { orderId, traceparent } = order.request
  const { amount = 0, status } = order.shipment(shipmentId) ?? {}
  const refunded = await compensate(order, { step: 'refund', shipmentId }, ({ payment }) =>
    payment.refundOrder.executeWithOptions({ summary: `Refund shipment ${shipmentId}` }, [
      {
        kind: 'part',
        orderId,
        part: shipmentId,
        amount,
        // Staff may have given some of it back before.
        beyond: 'cap',
        reason: `shipment ${status}`,
        traceparent,
      },
    ]),
  )
  order.note({ type: 'refunded', part: shipmentId, shipmentId, amount: amountOf(refunded) })
  if (status === 'cancelled') void order.save()
  else saveOnTheWay(order)
}

function release(order: OrderState, shipmentId: string): Promise<void> {
  const { orderId, traceparent } = order.request
  return compensate(order, { step: 'release', shipmentId }, ({ inventory }) =>
    inventory.releaseStock.executeWithOptions({ summary: `Take back shipment ${shipmentId}` }, [
      { orderId, shipmentIds: [shipmentId], traceparent },
    ]),
  )
}

/** One timer for the whole journey, set again only when it rings: news would otherwise cost two events each. */
async function watchSilence(order: OrderState, shipmentId: string): Promise<void> {
  const { parcelDeadline } = policyOf(order)
  const lastMove = () => order.shipment(shipmentId)?.movedAt ?? ''
  while (!order.isOver(shipmentId)) {
    const seen = lastMove()
    await sleep(Math.max(Date.parse(seen) + parcelDeadline - Date.now(), 1), {
      summary: 'News of a parcel is overdue',
    })
    if (lastMove() !== seen || order.isOver(shipmentId)) continue
    await order.record({
      type: 'stuck',
      step: 'track',
      shipmentId,
      error: `no news of the parcel since ${seen}`,
    })
    await condition(() => lastMove() !== seen || order.isOver(shipmentId))
  }
}
