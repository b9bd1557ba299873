import { expect, test } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { createRandom } from '#simulators/rolls.ts'
import { countBy } from '../follow/outcomes.ts'
import { readOrderLog } from '../log/log.ts'
import { catalogueOf, demoUsers, farCustomer, farMore, plenty, poorCustomer } from './catalogue.ts'
import { type DrawOptions, draw, gap, type Placement, replay } from './placements.ts'

const log = await readOrderLog('data/online-retail-2010-12-01.csv')
const noShares = { invalid: 0, duplicate: 0, unaffordable: 0, outOfStock: 0, far: 0 }
const drawn = (more: Partial<DrawOptions> = {}): Placement[] => [
  ...draw(log, {
    source: 'web',
    run: 'r1',
    rate: 10,
    count: 1_000,
    shares: noShares,
    random: createRandom('seed'),
    now: () => 0,
    ...more,
  }),
]

test('arrivals are a Poisson process: their gaps have the mean and the spread of one', () => {
  const random = createRandom('gaps')
  const gaps = Array.from({ length: 20_000 }, () => gap(10, random))
  const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length
  const spread = Math.sqrt(gaps.reduce((sum, one) => sum + (one - mean) ** 2, 0) / gaps.length)
  // Both are 1/rate in an exponential distribution: 100 ms.
  expect(Math.abs(mean - 100)).toBeLessThan(3)
  expect(Math.abs(spread - 100)).toBeLessThan(5)
})

test('orders are drawn for as long, or until as many, as was asked for', () => {
  const forAMinute = drawn({ count: undefined, lasts: 60_000 })
  ensure(forAMinute.length > 520 && forAMinute.length < 680, `${forAMinute.length} of about 600`)
  expect(forAMinute.every(({ after }) => after < 60_000)).toBeTruthy()
  expect(drawn({ count: 7 }).length).toBe(7)
})

test('the same seed draws the same orders, another seed others', () => {
  expect(drawn()).toStrictEqual(drawn())
  expect(drawn({ random: createRandom('other') })).not.toEqual(drawn())
})

test('a run numbers its own orders, and another run does not repeat them', () => {
  const references = (run: string) => drawn({ run, count: 3 }).map(({ order }) => order.reference)
  expect(references('r1')).toStrictEqual(['r1-1', 'r1-2', 'r1-3'])
  expect(references('r2')).toStrictEqual(['r2-1', 'r2-2', 'r2-3'])
})

test('plain orders are baskets and customers of the log, without prices', () => {
  const catalogue = catalogueOf(log)
  const products = new Set(catalogue.products.map(({ productId }) => productId))
  const customers = new Set(log.invoices.map(({ customerId }) => customerId))
  for (const { kind, order } of drawn()) {
    expect(kind).toBe('plain')
    expect(customers.has(order.customerId)).toBeTruthy()
    for (const line of order.lines) {
      expect(products.has(line.productId) && line.quantity > 0 && line.quantity < plenty).toBeTruthy()
      expect(line.agreedPrice).toBeUndefined()
    }
  }
})

test('each kind of order comes in about its share, and is what it says', () => {
  const shares = { invalid: 0.1, duplicate: 0.2, unaffordable: 0.1, outOfStock: 0.1, far: 0.1 }
  const all = drawn({ count: 2_000, shares })
  const first = all.filter(({ repeat }) => !repeat)
  const counts = countBy(first.map(({ kind }) => kind))
  expect(first.length).toBe(2_000)
  for (const kind of ['invalid', 'unaffordable', 'outOfStock', 'far']) {
    expect(Math.abs((counts[kind] ?? 0) - 200)).toBeLessThan(45)
  }
  expect(Math.abs(all.length - 2_400)).toBeLessThan(60)
  for (const { kind, order } of first) {
    if (kind === 'unaffordable') expect(order.customerId).toBe(poorCustomer)
    if (kind === 'far') expect(order.customerId).toBe(farCustomer)
    if (kind === 'outOfStock') expect(order.lines.some(({ quantity }) => quantity === farMore)).toBeTruthy()
  }
})

test('a repeat is the same order again', () => {
  const [first, again] = drawn({ count: 1, shares: { ...noShares, duplicate: 1 } })
  ensure(first && again)
  expect([first.repeat, again.repeat]).toStrictEqual([false, true])
  expect(again.order).toStrictEqual(first.order)
})

test('a replay keeps the times of the log, so many times as fast, and the prices agreed then', () => {
  const [first, ...rest] = [...replay(log.invoices, { source: 'partner', prefix: '', speed: 60 })]
  ensure(first)
  expect([first.after, first.order.reference, first.order.customerId]).toStrictEqual([0, '536365', '17850'])
  expect(first.order.placedAt.toISOString()).toBe('2010-12-01T08:26:00.000Z')
  expect(first.order.lines[0]).toStrictEqual({ productId: '85123A', quantity: 6, agreedPrice: 255 })
  // The second invoice came two minutes later.
  expect(rest.slice(0, 2).map(({ after, order }) => [order.reference, after])).toStrictEqual([
    ['536366', 2_000],
    ['536367', 8 * 1_000],
  ])
  const atOnce = [...replay(log.invoices, { source: 'web', prefix: 'x-', speed: Number.POSITIVE_INFINITY })]
  expect(atOnce.every(({ after, order }) => after === 0 && order.reference.startsWith('x-'))).toBeTruthy()
})

test('the catalogue names every product and customer of the log, with the price that occurs most often', () => {
  const { products, customers, accounts } = catalogueOf(log)
  // 85123A was sold nine times for 2.55 and six times for 2.95 and twice for 5.91.
  expect(products.find(({ productId }) => productId === '85123A')?.price).toBe(255)
  expect(customers.length).toBe(97)
  expect(new Set(accounts.map((one) => one.customerId))).toStrictEqual(
    new Set(customers.map((one) => one.customerId)),
  )
  expect(accounts.find(({ customerId }) => customerId === poorCustomer)?.topUp).toBe(0)
  expect(customers.find(({ customerId }) => customerId === farCustomer)?.addresses[0]?.city).toBe('Canberra')
  expect(catalogueOf(log)).toStrictEqual({ products, customers, accounts })
})

test('some customers have a second address, most have one', () => {
  const counts = countBy(
    catalogueOf(log).customers.map(({ addresses }) => addresses.map(({ addressId }) => addressId).join()),
  )
  expect(Object.keys(counts).toSorted()).toStrictEqual(['home', 'home,work'])
  expect(counts.home ?? 0).toBeGreaterThan(counts['home,work'] ?? 0)
})

test('the first five customers of the log can sign in by their ids', () => {
  const users = demoUsers(catalogueOf(log), 'secret')
  expect(users[0]).toStrictEqual({ userName: '17850', password: 'secret', role: 'customer', id: '17850' })
  expect(users.map(({ id }) => id)).toStrictEqual(['17850', '13047', '12583', '13748', '15100'])
})

test('some baskets need two warehouses, most do not', () => {
  const where = new Map(catalogueOf(log).products.map(({ productId, stock }) => [productId, stock]))
  const split = log.baskets.filter((basket) => {
    const single = basket.flatMap(({ productId }) => {
      const stock = where.get(productId) ?? []
      return stock.length === 1 ? stock.map(({ warehouseId }) => warehouseId) : []
    })
    return new Set(single).size > 1
  })
  const share = split.length / log.baskets.length
  ensure(share > 0.1 && share < 0.5, `${share}`)
})
