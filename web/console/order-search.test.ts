import { expect, test } from '@jest/globals'
import { hiddenFilters, orderSearchOf } from './order-search.ts'

test('what an address says of orders is kept when it is understood', () => {
  const search = {
    q: 'ada',
    status: ['paid', 'shipping'],
    source: ['web'],
    reason: ['lost'],
    customerId: '17850',
    placedFrom: '2010-12-01T08:26:00.000Z',
    totalMin: 0,
    totalMax: 500,
    stuck: true,
    sort: '-total',
  }
  expect(orderSearchOf(search)).toStrictEqual(search)
  expect(orderSearchOf({ status: 'paid', customerId: 17850, stuck: 'true', totalMin: '5' })).toStrictEqual({
    status: ['paid'],
    customerId: '17850',
    stuck: true,
    totalMin: 5,
  })
})

test('what it says otherwise is left out, and so is the usual order', () => {
  expect(
    orderSearchOf({
      q: ' ',
      status: ['gone'],
      placedFrom: 'monday',
      totalMin: -1,
      totalMax: '',
      stuck: false,
      sort: '-placedAt',
      other: 1,
    }),
  ).toStrictEqual({})
  expect(orderSearchOf({ sort: 'name' })).toStrictEqual({})
})

test('filters that are folded away are counted', () => {
  expect(hiddenFilters({ q: 'ada', status: ['paid'], stuck: true })).toBe(0)
  expect(hiddenFilters({ customerId: '17850', totalMin: 0 })).toBe(2)
})
