import { expect, test } from '@jest/globals'
import type { OrderSummary } from '#contracts/rest/orders.ts'
import { causeOf, groupByCause } from './stuck-groups.ts'

const stuck = (orderId: string, error: string, total: number, second: number): OrderSummary => ({
  orderId,
  customerId: '17850',
  source: 'web',
  reference: null,
  status: 'reserved',
  reason: null,
  currency: 'GBP',
  total,
  refunded: 0,
  placedAt: '2026-11-27T10:00:00.000Z',
  updatedAt: '2026-11-27T10:00:00.000Z',
  endedAt: null,
  customerName: null,
  stuck: { step: 'charge', since: `2026-11-27T10:00:0${second}.000Z`, error },
})

test('what differs from order to order is no part of the cause', () => {
  expect(causeOf('parcel 019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f-1: no answer after 30 s')).toBe(
    'parcel …: no answer after …',
  )
  expect(causeOf('connect ECONNREFUSED 127.0.0.1:5432')).toBe('connect ECONNREFUSED 127.0.0.1')
})

test('orders that are stuck for the same reason are one group, the largest first', () => {
  const groups = groupByCause([
    stuck('1', 'no such table', 100, 3),
    stuck('2', 'connect ECONNREFUSED 127.0.0.1:5001', 200, 2),
    stuck('3', 'connect ECONNREFUSED 127.0.0.1:5002', 300, 1),
  ])
  expect(groups.map(({ orders, held, since }) => [orders.length, held, since])).toStrictEqual([
    [2, 500, '2026-11-27T10:00:01.000Z'],
    [1, 100, '2026-11-27T10:00:03.000Z'],
  ])
})
