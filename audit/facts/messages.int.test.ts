import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { keyOf } from '#contracts/change-keys.ts'
import type { OrderChange } from '#contracts/order.ts'
import { factsOf } from '#contracts/order-facts.ts'
import { ensure } from '#platform/testing/expect.ts'
import { contact, newOrder, reservedFrom, startOrderService } from '#services/order/fixtures.ts'
import { historyRules } from '../rules/history.ts'
import { orderRules } from '../rules/orders.ts'
import { parcelRules } from '../rules/parcels.ts'
import type { OrderFacts } from './facts.ts'
import { messagesDue, possibleOfOrders } from './messages.ts'
import { type OrderRow, ordersById, zOrder } from './order.ts'
import { type RawRow, readRows } from './rows.ts'

// The audit uses no code that it checks: here it is held against what the order service really writes.

let service: Awaited<ReturnType<typeof startOrderService>>
beforeAll(async () => {
  service = await startOrderService()
})
afterAll(() => service.drop())

async function orderWith(changes: (orderId: string) => OrderChange[]): Promise<OrderRow> {
  const order = newOrder()
  const { orderId, traceparent } = order
  const at = new Date().toISOString()
  await service.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
  await service.store.recordChanges({
    orderId,
    traceparent,
    changes: [reservedFrom(order, ['london', 'berlin']), ...changes(orderId)].map((change) => ({
      key: keyOf(change, factsOf(order.lines), at),
      at,
      by: 'system',
      change,
    })),
  })
  await service.store.openReturn(
    {
      orderId,
      number: 1,
      lines: [{ lineNumber: 1, quantity: 1 }],
      reason: 'too big',
      by: 'customer:17850',
      requestedAt: new Date().toISOString(),
      fingerprint: '1',
      traceparent,
    },
    new Date(),
  )
  const { read, broken } = readRows(
    'order',
    zOrder,
    await service.database.query<RawRow>(ordersById, [[orderId]]),
  )
  const row = read.get(orderId)
  ensure(row, broken.get(orderId))
  return row
}

type Message = { id: string; topic: string; key: string; type: string }

async function check(order: OrderRow): Promise<void> {
  const sent = await service.database.query<Message>(
    'select id::text, topic, key, type from outbox where key like $1 order by position',
    [`${order.orderId}%`],
  )
  expect(
    messagesDue(order)
      .map(({ id }) => id)
      .sort(),
  ).toStrictEqual(sent.map(({ id }) => id).sort())
  const possible = await possibleOfOrders({ name: 'order', sql: service.database }, sent)
  expect(sent.every(({ id }) => possible.has(id))).toBeTruthy()
  const facts: OrderFacts = {
    orderId: order.orderId,
    order,
    reservation: undefined,
    payment: undefined,
    workflow: undefined,
    told: undefined,
    strandedReturns: [],
    customerKnown: true,
    twins: [],
    unannounced: [],
    pastRetention: false,
    broken: [],
    missing: new Set(),
  }
  const sources = { clock: () => new Date(), patience: 0, parcelDeadline: 3_600_000 }
  const wrong = [...orderRules, ...historyRules, ...parcelRules]
    .filter(({ needs }) => needs.every((source) => source === 'order'))
    .map((rule) => ({ name: rule.name, verdict: rule.judge(facts, sources) }))
    .filter(({ verdict }) => typeof verdict === 'object')
  expect(wrong).toStrictEqual([])
}

it('knows the messages of an order that was delivered in part, and finds nothing wrong with it', async () => {
  const order = await orderWith((orderId) => [
    { type: 'stuck', step: 'charge', error: 'away' },
    { type: 'unstuck', step: 'charge' },
    { type: 'handed_off', transferId: 't1' },
    { type: 'shipment_moved', shipmentId: `${orderId}-1`, status: 'delivered' },
    { type: 'cancelling', reason: 'customer' },
    { type: 'shipment_moved', shipmentId: `${orderId}-2`, status: 'cancelled' },
    { type: 'refunded', part: `${orderId}-2`, shipmentId: `${orderId}-2`, amount: 200 },
    { type: 'cancel_refused', note: 'a parcel had been delivered' },
    { type: 'completed' },
  ])
  expect(order.returns.length).toBe(1)
  await check(order)
})

it('knows the messages of an order that was cancelled before it left', async () => {
  const order = await orderWith(() => [
    { type: 'cancelling', reason: 'customer' },
    { type: 'refunded', part: 'all', shipmentId: null, amount: 600 },
    { type: 'cancelled', reason: 'customer' },
  ])
  expect(order.status).toBe('cancelled')
  await check(order)
})

it('knows the messages of an order that is on its way', async () =>
  check(
    await orderWith((orderId) => [
      { type: 'handed_off', transferId: 't1' },
      { type: 'shipment_moved', shipmentId: `${orderId}-2`, status: 'lost' },
      { type: 'stuck', step: 'track', shipmentId: `${orderId}-1`, error: 'no news' },
    ]),
  ))
