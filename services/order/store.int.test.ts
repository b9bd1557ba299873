import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { KeyedChange, OrderChange, PlaceOrder } from '#contracts/order.ts'
import { schemaDrift } from '#platform/postgres/migrate.ts'
import { ensure } from '#platform/testing/expect.ts'
import { contact, newOrder, numbered, reservedFrom, schemaFolder, startOrderService } from './fixtures.ts'

let service: Awaited<ReturnType<typeof startOrderService>>

beforeAll(async () => {
  service = await startOrderService()
})
afterAll(() => service.drop())

const at = new Date('2026-01-01T12:00:00Z')
const record = (order: PlaceOrder) => service.store.recordOrder(order, { kind: 'recorded', contact }, at)
const change = ({ orderId, traceparent }: PlaceOrder, changes: KeyedChange[]) =>
  service.store.recordChanges({ orderId, traceparent, changes })

async function find({ orderId }: PlaceOrder) {
  const order = await service.store.findOrder(orderId)
  ensure(order)
  return order
}

/** Type, status and key of what the order's messages tell, in their order. */
const told = ({ orderId }: PlaceOrder) =>
  service.database.query<{ type: string; topic: string; traceparent: string }>(
    `select type, topic, headers->>'traceparent' as traceparent from outbox
     where key like $1 || '%' order by position`,
    [orderId],
  )

const noSubject = { amount: null, transferId: null, shipmentId: null, returnNumber: null }

const historyOf = async (order: PlaceOrder) =>
  (await find(order)).history.map(({ sequence, type, status }) => [sequence, type, status])

test('the migrated database is what schema.prisma says', async () => {
  expect(await schemaDrift({ url: service.url, schemaFolder })).toBe('')
})

test('records an order with its lines, its history and its event; a repeat changes nothing', async () => {
  const order = newOrder({
    source: 'partner',
    reference: '536365',
    lines: [
      { lineNumber: 7, productId: '85123A', quantity: 6, agreedPrice: 255 },
      { lineNumber: 2, productId: '71053', quantity: 1 },
    ],
  })
  expect(await record(order)).toStrictEqual({ kind: 'recorded', contact })
  const recorded = await find(order)
  const { lines, history, updatedAt, ...rest } = recorded
  expect(Math.abs(Date.now() - updatedAt.getTime())).toBeLessThan(60_000)
  expect(rest).toStrictEqual({
    orderId: order.orderId,
    asked: null,
    customerId: '17850',
    source: 'partner',
    reference: '536365',
    status: 'pending',
    reason: null,
    currency: 'GBP',
    total: null,
    refunded: 0,
    placedAt: new Date(order.placedAt),
    endedAt: null,
    stuck: [],
    fingerprint: 'f1',
    shipments: [],
    returns: [],
    contact,
    customerName: contact.name,
  })
  expect(lines).toStrictEqual([
    { lineNumber: 2, productId: '71053', quantity: 1, unitPrice: null },
    { lineNumber: 7, productId: '85123A', quantity: 6, unitPrice: null },
  ])
  expect(history).toStrictEqual([
    { sequence: 0, type: 'placed', status: 'pending', by: 'partner', note: '', at, ...noSubject },
  ])
  const repeat = await service.store.recordOrder(order, { kind: 'refused', problems: ['gone'] }, new Date())
  expect(repeat).toMatchObject({
    kind: 'found',
    destination: contact.place,
    problems: [],
    sequence: 0,
  })
  expect(await find(order)).toStrictEqual(recorded)
  expect(await told(order)).toStrictEqual([
    { type: 'OrderCreated', topic: 'order.events', traceparent: order.traceparent },
  ])
})

test('recorded ten times at once, it is one order', async () => {
  const order = newOrder()
  const answers = await Promise.all(Array.from({ length: 10 }, () => record(order)))
  expect(answers.filter((answer) => answer.kind === 'recorded').length).toBe(1)
  expect(await historyOf(order)).toStrictEqual([[0, 'placed', 'pending']])
  expect((await told(order)).length).toBe(1)
})

test('a refused order is on record without lines; a repeat is refused for the same, until it has ended', async () => {
  const order = newOrder({
    customerId: 'nobody-1',
    by: 'customer:nobody-1',
    lines: [{ lineNumber: 1, productId: '\0', quantity: 1e12 }],
  })
  const problems = ['customerId: there is no customer nobody-1']
  const refuse = () => service.store.recordOrder(order, { kind: 'refused', problems }, at)
  expect(await refuse()).toStrictEqual({ kind: 'refused', problems })
  expect(await record({ ...order, lines: [] })).toMatchObject({
    kind: 'found',
    destination: null,
    problems,
  })
  const changes = numbered([
    { type: 'refused', problems },
    { type: 'cancelled', reason: 'invalid' },
  ])
  await change(order, changes)
  const { status, reason, lines, history, endedAt } = await find(order)
  expect([status, reason, lines]).toStrictEqual(['cancelled', 'invalid', []])
  ensure(endedAt)
  expect(history[0]?.by).toBe('customer:nobody-1')
  expect(history[1]?.note).toBe(problems[0])
  expect(await refuse()).toMatchObject({ kind: 'found', facts: { status: 'cancelled' } })
})

test('a happy order’s story is on record: status, prices, shipments, history, and who was told', async () => {
  const order = newOrder()
  await record(order)
  const moved = (status: 'created' | 'sent_to_customer' | 'delivered', n: number): OrderChange => ({
    type: 'shipment_moved',
    shipmentId: `${order.orderId}-${n}`,
    status,
  })
  await change(order, [
    ...numbered([reservedFrom(order, ['london', 'berlin']), { type: 'handed_off', transferId: 't1' }]),
  ])
  await change(order, numbered([moved('created', 1)], 3, 'courier'))
  await change(order, numbered([moved('delivered', 1), moved('delivered', 2), { type: 'completed' }], 4))

  const found = await find(order)
  expect([found.status, found.total, found.reason]).toStrictEqual(['completed', 600, null])
  expect(found.endedAt?.toISOString()).toBe('2026-01-01T12:00:06.000Z')
  expect(found.lines.map(({ lineNumber, unitPrice }) => [lineNumber, unitPrice])).toStrictEqual([
    [1, 100],
    [2, 100],
    [3, 100],
  ])
  expect(
    found.shipments.map(({ shipmentId, status, amount, lines, movedAt }) => [
      shipmentId,
      status,
      amount,
      lines.length,
      movedAt.toISOString(),
    ]),
  ).toStrictEqual([
    [`${order.orderId}-1`, 'delivered', 400, 2, '2026-01-01T12:00:04.000Z'],
    [`${order.orderId}-2`, 'delivered', 200, 1, '2026-01-01T12:00:05.000Z'],
  ])
  expect(await historyOf(order)).toStrictEqual([
    [0, 'placed', 'pending'],
    [10, 'reserved', 'reserved'],
    [20, 'paid', 'paid'],
    [21, 'handed_off', 'shipping'],
    [30, 'shipment_moved', 'shipping'],
    [40, 'shipment_moved', 'shipping'],
    [50, 'shipment_moved', 'shipping'],
    [60, 'completed', 'completed'],
  ])
  expect(
    found.history.map(({ amount, transferId, shipmentId }) => [amount, transferId, shipmentId]),
  ).toStrictEqual([
    [null, null, null],
    [600, null, null],
    [600, 't1', null],
    [null, null, null],
    [null, null, `${order.orderId}-1`],
    [null, null, `${order.orderId}-1`],
    [null, null, `${order.orderId}-2`],
    [null, null, null],
  ])
  const events = await told(order)
  expect(events.map(({ type, topic }) => `${topic} ${type}`)).toStrictEqual([
    'order.events OrderCreated',
    'order.events OrderStatusChanged',
    'order.events OrderStatusChanged',
    'order.events OrderStatusChanged',
    'new_orders NewShipment',
    'new_orders NewShipment',
    'order.events OrderStatusChanged',
  ])
  expect(events.every(({ traceparent }) => traceparent === order.traceparent)).toBeTruthy()
  const { fingerprint, placedAt } = order
  expect(await record(order)).toMatchObject({
    kind: 'found',
    fingerprint,
    placedAt,
    facts: { status: 'completed' },
  })
})

test('changes written twice, at once or later, are written once', async () => {
  const order = newOrder()
  await record(order)
  const story = numbered([reservedFrom(order, ['london']), { type: 'handed_off', transferId: 't1' }])
  const written = await Promise.all([change(order, story), change(order, story), change(order, story)])
  expect(written.flatMap((one) => one.written.map(({ key }) => key))).toStrictEqual(
    story.map(({ key }) => key),
  )
  expect(written.every(({ onRecord }) => onRecord.sequence === 20)).toBeTruthy()
  const before = [await find(order), await told(order)]
  expect((await change(order, story)).written).toStrictEqual([])
  expect([await find(order), await told(order)]).toStrictEqual(before)
  const refund = numbered([{ type: 'refunded', part: 'staff/a', shipmentId: null, amount: 50 }], 3)
  const again = await change(order, [...story, ...refund])
  expect(again.written.map(({ key }) => key)).toStrictEqual(refund.map(({ key }) => key))
  expect((await change(order, refund)).written).toStrictEqual([])
  expect((await find(order)).refunded).toBe(50)
})

test('an amended order has the lines that are left, and they are the ones that get a price', async () => {
  const order = newOrder()
  await record(order)
  const left = [{ lineNumber: 3, productId: '85122A', quantity: 1, agreedPrice: 90 }]
  const asked = {
    missing: [{ lineNumber: 1, productId: '85120A', requested: 2, available: 0 }],
    decideBefore: at.toISOString(),
  }
  await change(order, numbered([{ type: 'missing', ...asked }]))
  const waiting = await find(order)
  expect([waiting.status, waiting.asked]).toStrictEqual(['awaiting_customer', asked])
  await change(order, numbered([{ type: 'amended', lines: left }], 2, 'customer:17850'))
  await change(order, numbered([reservedFrom({ ...order, lines: left }, ['madrid'])], 3))
  const found = await find(order)
  expect([found.status, found.total, found.asked]).toStrictEqual(['reserved', 100, null])
  expect(found.lines).toStrictEqual([{ lineNumber: 3, productId: '85122A', quantity: 1, unitPrice: 100 }])
})

test('an order that is stuck says so, and no longer once it goes on', async () => {
  const order = newOrder()
  await record(order)
  await change(order, numbered([{ type: 'stuck', step: 'reserve', error: 'connection refused' }]))
  const since = new Date('2026-01-01T12:00:01.000Z')
  const own = { step: 'reserve', shipmentId: '', error: 'connection refused', since }
  expect((await find(order)).stuck).toStrictEqual([own])
  await change(order, numbered([{ type: 'stuck', step: 'track', shipmentId: 'one', error: 'silent' }], 2))
  await change(order, numbered([{ type: 'unstuck', step: 'reserve' }], 3))
  expect((await find(order)).stuck.map(({ step, shipmentId }) => [step, shipmentId])).toStrictEqual([
    ['track', 'one'],
  ])
})

test('changes of an order that is not on record are a fault, and leave nothing behind', async () => {
  const order = newOrder()
  await expect(change(order, numbered([{ type: 'completed' }]))).rejects.toThrow(/is not on record/)
  await record(order)
  // More money back than the order cost: the database refuses the whole batch.
  const tooMuch = numbered([
    reservedFrom(order, ['london']),
    { type: 'refunded', part: 'staff/a', shipmentId: null, amount: 601 },
  ])
  await expect(change(order, tooMuch)).rejects.toThrow(/orders_refunded/)
  expect(await historyOf(order)).toStrictEqual([[0, 'placed', 'pending']])
  expect((await told(order)).length).toBe(1)
})

test('an order of 592 lines is recorded, reserved and handed off in one piece', async () => {
  const order = newOrder({}, 592)
  await record(order)
  const reserved = reservedFrom(order, ['london', 'berlin', 'madrid'])
  await change(order, numbered([reserved, { type: 'handed_off', transferId: 't1' }]))
  const { lines, shipments, total } = await find(order)
  expect([lines.length, total]).toStrictEqual([592, 592 * 200])
  expect(lines.every(({ unitPrice }) => unitPrice === 100)).toBeTruthy()
  expect(shipments.reduce((sum, shipment) => sum + shipment.lines.length, 0)).toBe(592)
})
