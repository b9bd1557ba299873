import { condition, sleep } from '@temporalio/workflow'
import { type CourierStatus, movesOn } from '#contracts/logistics.ts'
import type { Actor, CancelRequest, ShipmentProgress } from '#contracts/order.ts'
import { count } from '#contracts/words.ts'
import { openShipments } from './facts.ts'
import type { OrderState } from './state.ts'
import { amountOf, insist, policyOf } from './steps.ts'

/** Follows the shipments until each is final, and undoes by itself each that will not arrive. */
export async function track(order: OrderState): Promise<void> {
  order.lastNewsAt = Date.now()
  void watchDeadline(order)
  let cancelSeen = false
  while (openShipments(order.facts).length > 0 && !order.endedOnRecord) {
    order.waitFor(`The courier, about ${count(openShipments(order.facts).length, 'shipment')}.`)
    await condition(() => order.news.length > 0 || (order.cancelRequest !== undefined && !cancelSeen))
    noteNews(order)
    if (order.cancelRequest && !cancelSeen) {
      cancelSeen = true
      await recallAll(order, order.cancelRequest)
    }
    await undoUndelivered(order)
    // The last news goes on record together with the order's end.
    if (openShipments(order.facts).length > 0) await order.save()
  }
}

/** Completed when anything arrived; cancelled when nothing did. */
export async function finish(order: OrderState): Promise<void> {
  order.waitFor('Nothing: it has ended.')
  if (order.endedOnRecord) return
  if (order.facts.shipments.some(({ status }) => status === 'delivered')) {
    if (order.cancelRequest)
      order.note({ type: 'cancel_refused', note: 'a parcel had been delivered' }, 'courier')
    return order.record({ type: 'completed' })
  }
  // Parcels that were lost before anybody could ask for them back are no cancellation by a person.
  const recalled = order.facts.shipments.some(({ status }) => status === 'cancelled')
  const { reason, by, note } =
    order.cancelRequest && (recalled || order.recallAsked)
      ? order.cancelRequest
      : { reason: 'lost' as const, by: 'courier' as const, note: 'no parcel arrived' }
  return order.record({ type: 'cancelled', reason }, by, note)
}

/** Events come late, twice and shuffled: only what moves a shipment on counts. */
function noteNews(order: OrderState): void {
  const news = order.news
  order.news = []
  for (const { shipmentId, status, note, by } of news) move(order, shipmentId, status, note, by)
}

function move(
  order: OrderState,
  shipmentId: string,
  status: CourierStatus,
  note?: string,
  by: Actor = 'courier',
): void {
  const shipment = order.facts.shipments.find((one) => one.shipmentId === shipmentId)
  if (!shipment || !movesOn(shipment.status, status)) return
  order.note({ type: 'shipment_moved', shipmentId, status }, by, note)
  if (order.clearStuck('track')) order.note({ type: 'unstuck', step: 'track' })
}

/** Lost: that shipment's money goes back. Cancelled: its stock as well. */
async function undoUndelivered(order: OrderState): Promise<void> {
  const undelivered = order.facts.shipments.filter(
    ({ status, refunded }) => !refunded && (status === 'lost' || status === 'cancelled'),
  )
  if (undelivered.length === 0) return
  await order.save()
  // A run before this one may have ended the order; what it had not heard of comes too late.
  if (order.endedOnRecord) return
  for (const shipment of undelivered) {
    await refundShipment(order, shipment)
    if (shipment.status === 'cancelled') await releaseShipment(order, shipment)
  }
}

async function refundShipment(
  order: OrderState,
  { shipmentId, amount, status }: ShipmentProgress,
): Promise<void> {
  const { orderId, traceparent } = order.request
  order.waitFor(`Giving back the money of shipment ${shipmentId}.`)
  const refund = await insist(order, 'refund', ({ payment }) =>
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
  order.note({ type: 'refunded', part: shipmentId, shipmentId, amount: amountOf(refund) })
}

function releaseShipment(order: OrderState, { shipmentId }: ShipmentProgress): Promise<void> {
  const { orderId, traceparent } = order.request
  return insist(order, 'release', ({ inventory }) =>
    inventory.releaseStock.executeWithOptions({ summary: `Take back shipment ${shipmentId}` }, [
      { orderId, shipmentIds: [shipmentId], traceparent },
    ]),
  )
}

/** After hand-off the courier is asked for every parcel that is still on its way; it may refuse. */
async function recallAll(order: OrderState, request: CancelRequest): Promise<void> {
  if (openShipments(order.facts).length === 0) return
  order.recallAsked = true
  await order.record({ type: 'cancelling', reason: request.reason }, request.by, request.note)
  for (const { shipmentId } of openShipments(order.facts)) {
    // News that came while another one was recalled, or the order's end on record, make the question idle.
    noteNews(order)
    if (order.endedOnRecord || !openShipments(order.facts).some((one) => one.shipmentId === shipmentId))
      continue
    await recall(order, shipmentId)
  }
}

async function recall(order: OrderState, shipmentId: string): Promise<void> {
  const { orderId, traceparent } = order.request
  order.waitFor(`The courier, to give shipment ${shipmentId} back.`)
  const answer = await insist(order, 'recall', ({ logistics }) =>
    logistics.recallShipment.executeWithOptions({ summary: `Recall shipment ${shipmentId}` }, [
      { orderId, shipmentId, traceparent },
    ]),
  )
  // What the courier told meanwhile is older than its answer, and final if it is final.
  noteNews(order)
  move(order, shipmentId, answer.kind === 'recalled' ? 'cancelled' : answer.status)
}

/** One timer for the whole journey, set again only when it rings: news would otherwise cost two events each. */
async function watchDeadline(order: OrderState): Promise<void> {
  const { parcelDeadline } = policyOf(order)
  while (openShipments(order.facts).length > 0) {
    const seen = order.lastNewsAt
    await sleep(Math.max(seen + parcelDeadline - Date.now(), 1), { summary: 'News of a parcel is overdue' })
    if (order.lastNewsAt !== seen || openShipments(order.facts).length === 0) continue
    const error = `no news of a parcel since ${new Date(seen).toISOString()}`
    order.markStuck('track', new Error(error))
    await order.record({ type: 'stuck', step: 'track', error })
    await condition(() => order.lastNewsAt !== seen)
  }
}
