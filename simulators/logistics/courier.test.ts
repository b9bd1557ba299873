import { expect, test } from '@jest/globals'
import { createCourier, type ShipmentEvent } from './courier.ts'

const minute = 60_000
const day = 24 * 60 * minute
const habits = {
  step: 1_000,
  jitter: 0,
  perThousandKm: 0,
  lateBy: 0,
  lose: 0,
  duplicate: 0,
  delay: 0,
  shuffle: 0,
}

/** A courier whose time passes when told to. */
function courierAt() {
  let time = 0
  const plans: { at: number; what: () => void }[] = []
  const told: ShipmentEvent[] = []
  const courier = createCourier({
    habits,
    roll: () => 0.5,
    agenda: { add: (at, what) => void plans.push({ at, what }), size: 0, stop: () => {} },
    now: () => time,
    tell: async (event) => void told.push(event),
    keepFinal: 2 * minute,
    keepEnd: day,
  })
  const until = (at: number) => {
    for (;;) {
      const [next] = plans.filter((plan) => plan.at <= at).toSorted((one, other) => one.at - other.at)
      if (!next) break
      plans.splice(plans.indexOf(next), 1)
      time = Math.max(time, next.at)
      next.what()
    }
    time = at
  }
  return { courier, told, until }
}

const parcel = { shipmentId: 's1', orderId: 'o1', traceparent: 't', km: 10 }

test('a parcel that arrived long ago is not coming back, and is not taken on again', async () => {
  const { courier, told, until } = courierAt()
  courier.accept(parcel)
  until(10 * minute)
  expect(courier.size).toBe(0)
  expect(told.at(-1)?.status).toBe('delivered')
  expect(await courier.recall(parcel)).toStrictEqual({ kind: 'refused', status: 'delivered' })
  courier.accept(parcel)
  expect(courier.size).toBe(0)
})

test('a parcel that was recalled before it came is refused when it comes, also hours later', async () => {
  const { courier, until } = courierAt()
  expect(await courier.recall(parcel)).toStrictEqual({ kind: 'recalled' })
  until(5 * 60 * minute)
  courier.accept(parcel)
  expect(courier.size).toBe(0)
  expect(await courier.recall(parcel)).toStrictEqual({ kind: 'recalled' })
})
