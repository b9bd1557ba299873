import { expect, test } from '@jest/globals'
import { kmBetween } from '#contracts/distance.ts'
import type { ReserveStock } from '#contracts/inventory.ts'
import { ensure } from '#platform/testing/expect.ts'
import { linesOf, places, wishFor } from '../fixtures.ts'
import { reservedResult } from './reserve-result.ts'
import { decideReserve, planReservation, type Reservation, type Situation } from './rules.ts'

const warehouses = (['berlin', 'london', 'madrid'] as const).map((warehouseId) => ({
  warehouseId,
  name: warehouseId,
  country: '',
  place: places[warehouseId],
}))

/** Stock as `{ london: { A: 3 } }`; product A costs 100, B 250. */
function situation(stock: Record<string, Record<string, number>>): Situation {
  return {
    warehouses,
    prices: new Map([
      ['A', 100],
      ['B', 250],
    ]),
    stock: Object.entries(stock).flatMap(([warehouseId, products]) =>
      Object.entries(products).map(([productId, available]) => ({ warehouseId, productId, available })),
    ),
  }
}

function answer(request: ReserveStock, given: Situation) {
  const plan = planReservation(request, given)
  return plan.kind === 'reserve' ? reservedResult(plan.lines, warehouses) : plan
}

/** What leaves from where, as `['london', '1:3']`: 3 pieces of line 1. */
function shipments(request: ReserveStock, given: Situation) {
  const result = answer(request, given)
  ensure(result.kind === 'reserved')
  return result.shipments.map(({ warehouseId, lines }) => [
    warehouseId,
    ...lines.map(({ lineNumber, quantity }) => `${lineNumber}:${quantity}`),
  ])
}

test('measures the great circle: London to Paris, Berlin, Madrid and Washington, and half around the Earth', () => {
  const fromLondon = (to: keyof typeof places) => Math.round(kmBetween(places.london, places[to]))
  expect([
    fromLondon('paris'),
    fromLondon('berlin'),
    fromLondon('madrid'),
    fromLondon('washington'),
  ]).toStrictEqual([344, 932, 1263, 5898])
  const pole = { latitude: 90, longitude: 0 }
  expect(Math.round(kmBetween(pole, { latitude: -90, longitude: 0 }))).toBe(20_015)
  expect(kmBetween(places.paris, places.paris)).toBe(0)
})

test('measures across the date line', () => {
  const km = kmBetween({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })
  expect(Math.round(km)).toBe(111)
})

test('takes everything from the nearest warehouse when it can', () => {
  const everywhere = situation({ berlin: { A: 9 }, london: { A: 9 }, madrid: { A: 9 } })
  expect(shipments(wishFor(['A', 5]), everywhere)).toStrictEqual([['london', '1:5']])
  expect(shipments({ ...wishFor(['A', 5]), destination: places.berlin }, everywhere)).toStrictEqual([
    ['berlin', '1:5'],
  ])
})

test('takes the rest of a line from the next warehouses, in the order of their distance', () => {
  const scarce = situation({ madrid: { A: 9 }, berlin: { A: 2 }, london: { A: 3 } })
  expect(shipments(wishFor(['A', 7]), scarce)).toStrictEqual([
    ['london', '1:3'],
    ['berlin', '1:2'],
    ['madrid', '1:2'],
  ])
})

test('numbers the shipments of the warehouses it uses, and tells what each costs and where it starts', () => {
  const request = wishFor(['A', 4], ['B', 1])
  const result = answer(request, situation({ london: { B: 1 }, madrid: { A: 4 } }))
  const line = (lineNumber: number, productId: string, quantity: number, unitPrice: number) => ({
    lineNumber,
    productId,
    quantity,
    unitPrice,
  })
  expect(result).toStrictEqual({
    kind: 'reserved',
    total: 650,
    lines: [line(1, 'A', 4, 100), line(2, 'B', 1, 250)],
    shipments: [
      {
        shipmentId: `${request.orderId}-1`,
        warehouseId: 'london',
        origin: places.london,
        amount: 250,
        lines: [line(2, 'B', 1, 250)],
      },
      {
        shipmentId: `${request.orderId}-2`,
        warehouseId: 'madrid',
        origin: places.madrid,
        amount: 400,
        lines: [line(1, 'A', 4, 100)],
      },
    ],
  })
})

test('a line that comes from two warehouses is one line of the order', () => {
  const result = answer(wishFor(['A', 5]), situation({ london: { A: 2 }, berlin: { A: 3 } }))
  ensure(result.kind === 'reserved')
  expect(result.lines).toStrictEqual([{ lineNumber: 1, productId: 'A', quantity: 5, unitPrice: 100 }])
  expect(result.shipments.map(({ amount }) => amount)).toStrictEqual([200, 300])
})

test('two lines of one product share what is there', () => {
  const twice = wishFor(['A', 3], ['A', 4])
  expect(shipments(twice, situation({ london: { A: 5 }, berlin: { A: 2 } }))).toStrictEqual([
    ['london', '1:3', '2:2'],
    ['berlin', '2:2'],
  ])
  expect(answer(twice, situation({ london: { A: 5 } }))).toStrictEqual({
    kind: 'missing',
    missing: [{ lineNumber: 2, productId: 'A', requested: 4, available: 2 }],
  })
})

test('an agreed price counts instead of the catalogue price, also when it is 0', () => {
  const result = answer(wishFor(['A', 2, 90], ['B', 1, 0]), situation({ london: { A: 2, B: 1 } }))
  ensure(result.kind === 'reserved')
  expect(result.lines.map(({ unitPrice }) => unitPrice)).toStrictEqual([90, 0])
  expect(result.total).toBe(180)
})

test('names every line that is missing, with what is available of it', () => {
  const plan = planReservation(wishFor(['A', 5], ['B', 1]), situation({ london: { A: 1 }, berlin: { A: 2 } }))
  expect(plan).toStrictEqual({
    kind: 'missing',
    missing: [
      { lineNumber: 1, productId: 'A', requested: 5, available: 3 },
      { lineNumber: 2, productId: 'B', requested: 1, available: 0 },
    ],
  })
})

test('an order amended to what is available can be reserved', () => {
  const request = wishFor(['A', 5], ['A', 5], ['B', 2])
  const stock = situation({ london: { A: 6, B: 1 } })
  const plan = planReservation(request, stock)
  ensure(plan.kind === 'missing')
  const available = new Map(plan.missing.map((line) => [line.lineNumber, line.available]))
  const lines = request.lines.map((line) => ({
    ...line,
    quantity: available.get(line.lineNumber) ?? line.quantity,
  }))
  expect(shipments({ ...request, lines }, stock)).toStrictEqual([['london', '1:5', '2:1', '3:1']])
})

test('a place beyond 5,000 km of every warehouse is out of range', () => {
  const plan = planReservation(
    { ...wishFor(['A', 1]), destination: places.washington },
    situation({ london: { A: 1 } }),
  )
  ensure(plan.kind === 'out_of_range')
  expect(Math.round(plan.nearestKm)).toBe(5898)
})

test('what lies in a warehouse out of range is not available', () => {
  // 3,834 km from Madrid, 5,012 km from London, 5,196 km from Berlin.
  const lagos = { latitude: 6.5244, longitude: 3.3792 }
  const request = { ...wishFor(['A', 2]), destination: lagos }
  const plan = planReservation(request, situation({ madrid: { A: 1 }, london: { A: 9 }, berlin: { A: 9 } }))
  expect(plan).toStrictEqual({
    kind: 'missing',
    missing: [{ lineNumber: 1, productId: 'A', requested: 2, available: 1 }],
  })
})

test('names each unknown product once, even when the order goes too far', () => {
  const request = { ...wishFor(['X', 1], ['A', 1], ['X', 2], ['Y', 1, 5]), destination: places.washington }
  expect(planReservation(request, situation({}))).toStrictEqual({
    kind: 'unknown_product',
    productIds: ['X', 'Y'],
  })
})

test('refuses what costs more than any order may, before a sum is no whole number any more', () => {
  const most = 1_000_000_000_000
  const plan = (...wishes: Parameters<typeof wishFor>) => {
    const prices = new Map([
      ['A', most],
      ['B', 1_000_000],
    ])
    return planReservation(wishFor(...wishes), { ...situation({ london: { A: 9e6, B: 9e6 } }), prices }).kind
  }
  expect([plan(['A', 1]), plan(['B', 1_000_000])]).toStrictEqual(['reserve', 'reserve'])
  expect([plan(['A', 1], ['B', 1]), plan(['A', 1_000_000])]).toStrictEqual(['too_dear', 'too_dear'])
  expect(plan(['B', 1_000_000, most])).toBe('too_dear')
  // Fewer pieces may cost less.
  expect(plan(['A', 10_000_000])).toBe('missing')
})

test('decides by revision and by what became of the reservation', () => {
  const decide = (revision: number, status: Reservation['status'], begun = false) =>
    decideReserve(revision, { revision: 1, status, begun })
  expect(decideReserve(0, undefined)).toBe('plan')
  expect([decide(0, 'open'), decide(1, 'open'), decide(2, 'open')]).toStrictEqual([
    'superseded',
    'repeat',
    'plan',
  ])
  expect([decide(1, 'open', true), decide(2, 'open', true)]).toStrictEqual(['repeat', 'superseded'])
  expect([decide(0, 'refused'), decide(1, 'refused'), decide(2, 'refused')]).toStrictEqual([
    'superseded',
    'plan',
    'plan',
  ])
  expect([decide(1, 'released'), decide(2, 'released')]).toStrictEqual(['superseded', 'superseded'])
  expect([decide(1, 'settled', true), decide(2, 'settled', true)]).toStrictEqual(['repeat', 'superseded'])
})

test('the answer is the same whatever the order of the rows', () => {
  const plan = planReservation(
    { ...wishFor(), lines: linesOf(['A', 5], ['B', 3]) },
    situation({ london: { A: 2, B: 1 }, berlin: { A: 3, B: 2 } }),
  )
  ensure(plan.kind === 'reserve')
  expect(reservedResult(plan.lines.toReversed(), warehouses)).toStrictEqual(
    reservedResult(plan.lines, warehouses),
  )
})
