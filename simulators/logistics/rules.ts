import { isFinalShipment, type ShipmentStatus } from '#contracts/logistics.ts'
import type { Roll } from '../rolls.ts'

/** A parcel as it really is, whatever the courier has told so far. */
export type Parcel = {
  shipmentId: string
  orderId: string
  traceparent: string
  km: number
  status: ShipmentStatus
  /** Since when it has that status, in ms. */
  since: number
}

export type Move = { status: ShipmentStatus; at: number }

export type Habits = {
  /** What a step takes, in ms. */
  step: number
  /** A share of `step` by which it may take longer or shorter. */
  jitter: number
  /** What every 1,000 km add to the way to the customer, in ms. */
  perThousandKm: number
  /** How late delayed news is, in ms. */
  lateBy: number
  /** Shares of parcels lost, and of news told twice, late, or after the news that follows it. */
  lose: number
  duplicate: number
  delay: number
  shuffle: number
}

export type Recall = { kind: 'recalled' } | { kind: 'refused'; status: 'delivered' | 'lost' }

/** How long the courier believes that news told out of turn or twice takes, beyond what it waits for. */
const MOMENT = 50

/** What happens to the parcel next, and when; the same for the same roll. Undefined once it is final. */
export function nextMove(parcel: Parcel, habits: Habits, roll: Roll): Move | undefined {
  if (isFinalShipment(parcel.status)) return undefined
  const { shipmentId, since } = parcel
  const took = (status: string) =>
    habits.step * (1 + habits.jitter * (2 * roll(`${shipmentId}/${status}/time`) - 1))
  if (parcel.status === 'requested') return { status: 'created', at: since + took('created') }
  if (parcel.status === 'created') return { status: 'sent_to_customer', at: since + took('sent_to_customer') }
  const arrives = since + took('arrival') + (habits.perThousandKm * parcel.km) / 1_000
  return { status: roll(`${shipmentId}/lost`) < habits.lose ? 'lost' : 'delivered', at: arrives }
}

/** When the news of the parcel's status is told, in ms: once and at once, or as the courier's habits have it. */
export function tellingTimes(parcel: Parcel, habits: Habits, roll: Roll): number[] {
  const { shipmentId, status, since } = parcel
  const happens = (habit: string, share: number) => roll(`${shipmentId}/${status}/${habit}`) < share
  const following = nextMove(parcel, habits, roll)
  let first = since
  if (following && happens('shuffle', habits.shuffle)) first = following.at + MOMENT
  if (happens('delay', habits.delay)) first += habits.lateBy
  return happens('duplicate', habits.duplicate) ? [first, first + MOMENT] : [first]
}

/** Whatever has not arrived comes back. */
export function recall(status: ShipmentStatus): Recall {
  return status === 'delivered' || status === 'lost' ? { kind: 'refused', status } : { kind: 'recalled' }
}
