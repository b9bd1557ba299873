import { expect, test } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { createRoll } from '../rolls.ts'
import { type Habits, nextMove, type Parcel, recall, tellingTimes } from './rules.ts'

const honest: Habits = {
  step: 1_000,
  jitter: 0,
  perThousandKm: 500,
  lateBy: 10_000,
  lose: 0,
  duplicate: 0,
  delay: 0,
  shuffle: 0,
}
const parcel: Parcel = {
  shipmentId: 's-1',
  orderId: 'o-1',
  traceparent: '',
  km: 2_000,
  status: 'requested',
  since: 0,
}
const roll = createRoll('test')
const never = () => 0.999

const journey = (habits: Habits, from: Parcel = parcel) => {
  const moves: { status: string; at: number }[] = []
  let here = from
  for (let next = nextMove(here, habits, roll); next; next = nextMove(here, habits, roll)) {
    moves.push(next)
    here = { ...here, status: next.status, since: next.at }
  }
  return moves
}

test('a parcel is created, sent and delivered, and the way takes longer with the distance', () => {
  expect(journey(honest)).toStrictEqual([
    { status: 'created', at: 1_000 },
    { status: 'sent_to_customer', at: 2_000 },
    { status: 'delivered', at: 4_000 },
  ])
})

test('the same parcel goes the same way every time, wherever one starts to look', () => {
  const habits = { ...honest, jitter: 0.5, lose: 0.5 }
  const whole = journey(habits)
  const [created, ...rest] = whole
  ensure(created)
  expect(journey(habits, { ...parcel, status: 'created', since: created.at })).toStrictEqual(rest)
  expect(journey(habits)).toStrictEqual(whole)
})

test('jitter makes a step longer or shorter by at most its share', () => {
  for (let n = 0; n < 200; n++) {
    const at = nextMove({ ...parcel, shipmentId: `s-${n}` }, { ...honest, jitter: 0.2 }, roll)?.at ?? 0
    ensure(at >= 800 && at <= 1_200, `${at}`)
  }
})

test('the share of lost parcels is about what was asked for', () => {
  const ends = Array.from({ length: 2_000 }, (_, n) =>
    journey({ ...honest, lose: 0.1 }, { ...parcel, shipmentId: `s-${n}` }).at(-1),
  )
  const lost = ends.filter((end) => end?.status === 'lost').length
  ensure(lost > 150 && lost < 250, `${lost} of 2,000`)
})

test('an honest courier tells everything once and at once', () => {
  expect(tellingTimes({ ...parcel, status: 'created', since: 70 }, honest, never)).toStrictEqual([70])
})

test('repeated news is told again a moment later', () => {
  const [first, second, ...more] = tellingTimes(
    { ...parcel, status: 'delivered', since: 70 },
    { ...honest, duplicate: 1 },
    roll,
  )
  expect(first).toBe(70)
  expect(second !== undefined && second > 70).toBeTruthy()
  expect(more).toStrictEqual([])
})

test('shuffled news is told after the news that follows it, and the last news has none to follow', () => {
  const habits = { ...honest, shuffle: 1 }
  const sent: Parcel = { ...parcel, status: 'sent_to_customer', since: 2_000 }
  const delivered = nextMove(sent, habits, roll)
  expect(delivered && (tellingTimes(sent, habits, roll)[0] ?? 0) > delivered.at).toBeTruthy()
  expect(tellingTimes({ ...parcel, status: 'lost', since: 70 }, habits, roll)).toStrictEqual([70])
})

test('delayed news is late by as much as was asked for', () => {
  expect(tellingTimes({ ...parcel, status: 'lost', since: 70 }, { ...honest, delay: 1 }, roll)).toStrictEqual(
    [10_070],
  )
})

test('what has not arrived comes back, what has arrived or is lost does not', () => {
  for (const status of ['requested', 'created', 'sent_to_customer', 'cancelled'] as const) {
    expect(recall(status)).toStrictEqual({ kind: 'recalled' })
  }
  for (const status of ['delivered', 'lost'] as const) {
    expect(recall(status)).toStrictEqual({ kind: 'refused', status })
  }
})
