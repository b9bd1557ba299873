import { type CourierStatus, isFinalShipment, movesOn } from '#contracts/logistics.ts'
import type { Roll } from '../rolls.ts'
import type { Agenda } from './agenda.ts'
import { type Habits, nextMove, type Parcel, type Recall, recall, tellingTimes } from './rules.ts'

export type NewParcel = Pick<Parcel, 'shipmentId' | 'orderId' | 'traceparent' | 'km'>

/** What the courier tells: the parcel, and since when (ms) it has that status. */
export type ShipmentEvent = NewParcel & { status: CourierStatus; at: number }

export type Courier = {
  /** Takes a parcel on; one that is known already, or was recalled before it came, is left alone. */
  accept(parcel: NewParcel): void
  /** Takes on a parcel as an earlier run of the courier left it. */
  resume(parcel: Parcel): void
  /** Answers when the news that the answer rests on has been told, so that a restart cannot forget it. */
  recall(request: Omit<NewParcel, 'km'>): Promise<Recall>
  readonly habits: Habits
  /** Works so from now on; how a parcel's present step ends is settled already. */
  behave(habits: Partial<Habits>): void
  /** How many parcels it keeps, those that are final included. */
  readonly size: number
}

export type CourierOptions = {
  habits: Habits
  roll: Roll
  agenda: Agenda
  now: () => number
  /** Resolves when the news is on its topic. */
  tell: (event: ShipmentEvent) => Promise<void>
  /** How long a final parcel is kept, in ms. */
  keepFinal: number
  /** How long it is remembered, in ms, how a parcel ended, also one that was recalled before it was heard of. */
  keepEnd: number
}

/** The courier: every parcel that is not final, and those that were a moment ago. */
export function createCourier(options: CourierOptions): Courier {
  let { habits } = options
  const { roll, agenda, now, tell, keepFinal, keepEnd } = options
  const parcels = new Map<string, Parcel>()
  // Only how it ended is kept of a parcel that is gone: a late recall must not be told that it is coming back.
  const ended = new Map<string, Parcel['status']>()

  const forgetLater = ({ shipmentId, since, status }: Parcel) =>
    agenda.add(since + keepFinal, () => {
      parcels.delete(shipmentId)
      ended.set(shipmentId, status)
      agenda.add(since + keepEnd, () => ended.delete(shipmentId))
    })

  const planNext = (parcel: Parcel) => {
    const next = nextMove(parcel, habits, roll)
    if (!next) return forgetLater(parcel)
    agenda.add(next.at, () => {
      // A recall came first.
      if (!movesOn(parcel.status, next.status)) return
      moveTo(parcel, next.status, next.at)
      planNext(parcel)
    })
  }

  const moveTo = (parcel: Parcel, status: Parcel['status'], at: number) => {
    parcel.status = status
    parcel.since = at
    const event = eventOf(parcel)
    for (const time of tellingTimes(parcel, habits, roll)) agenda.add(time, () => void tell(event))
  }

  const takeBack = (parcel: Parcel) => {
    parcel.status = 'cancelled'
    parcel.since = now()
    parcels.set(parcel.shipmentId, parcel)
    forgetLater(parcel)
  }

  const resume = (parcel: Parcel) => {
    parcels.set(parcel.shipmentId, parcel)
    planNext(parcel)
  }

  return {
    accept: (parcel) => {
      if (!parcels.has(parcel.shipmentId) && !ended.has(parcel.shipmentId))
        resume({ ...parcel, status: 'requested', since: now() })
    },
    resume,
    recall: async (request) => {
      const end = ended.get(request.shipmentId)
      if (end) return recall(end)
      const parcel = parcels.get(request.shipmentId) ?? unheard(request, now())
      const answer = recall(parcel.status)
      if (!isFinalShipment(parcel.status)) takeBack(parcel)
      await tell(eventOf(parcel))
      return answer
    },
    get habits() {
      return habits
    },
    behave: (changed) => {
      habits = { ...habits, ...changed }
    },
    get size() {
      return parcels.size
    },
  }
}

const unheard = (request: Omit<NewParcel, 'km'>, since: number): Parcel => ({
  ...request,
  km: 0,
  status: 'requested',
  since,
})

function eventOf({ shipmentId, orderId, traceparent, km, status, since }: Parcel): ShipmentEvent {
  if (status === 'requested') throw new Error(`shipment ${shipmentId} has no news yet`)
  return { shipmentId, orderId, traceparent, km, status, at: since }
}
