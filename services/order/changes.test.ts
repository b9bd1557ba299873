import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from '@jest/globals'
import type { KeyedChange, OrderChange } from '#contracts/order.ts'
import { factsOf } from '#contracts/order-facts.ts'
import { NewShipmentSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { OrderCancelledSchema, OrderStatusChangedSchema } from '#generated/proto/order/v1/events_pb.ts'
import type { OutboxMessage } from '#platform/messaging/outbox.ts'
import { ensure } from '#platform/testing/expect.ts'
import { applyChanges } from './changes.ts'
import { leftOutOf, type OrderRecord } from './domain/record.ts'
import { contact, newOrder, numbered, reservedFrom } from './fixtures.ts'

const request = newOrder()
const { orderId, customerId, traceparent } = request
const shipmentId = `${orderId}-1`
const reserved = reservedFrom(request, ['london', 'berlin'])
const handedOff: OrderChange = { type: 'handed_off', transferId: 't1' }
const refundedFor = (n: number, amount: number): OrderChange => {
  const id = `${orderId}-${n}`
  return { type: 'refunded', part: id, shipmentId: id, amount }
}
const moved = (status: 'created' | 'delivered' | 'lost' | 'cancelled', n = 1): OrderChange => ({
  type: 'shipment_moved',
  shipmentId: `${orderId}-${n}`,
  status,
})

const placed: OrderRecord = {
  ...factsOf(request.lines),
  orderId,
  customerId,
  currency: 'GBP',
  endedAt: null,
  keys: new Map(),
  sequence: 0,
  lastAt: new Date('2026-01-01T12:00:00.000Z'),
  contact,
}

const apply = (changes: KeyedChange[], order = placed, after?: number) =>
  applyChanges(order, { changes, traceparent, ...(after !== undefined && { after }) })
const after = (...changes: OrderChange[]) => apply(numbered(changes))
/** What a change does to an order that came as far as `story`. */
const last = (change: OrderChange, ...story: OrderChange[]) => {
  const before = after(...story).order
  return apply(numbered([change], story.length + 1), before)
}
const statusOf = ({ type, payload }: OutboxMessage) =>
  type === 'OrderStatusChanged' ? fromBinary(OrderStatusChangedSchema, payload).status : type
const told = ({ messages }: { messages: OutboxMessage[] }) => messages.map(statusOf)
const noteIn = ({ history }: ReturnType<typeof apply>) => history.at(-1)?.note

test('refused: stays pending, its problems are the note, and nobody hears of it', () => {
  const result = last({ type: 'refused', problems: ['currency: must be GBP', 'lines: must be 1 to 1,000'] })
  expect(result.order.status).toBe('pending')
  expect(noteIn(result)).toBe('currency: must be GBP; lines: must be 1 to 1,000')
  expect(told(result)).toStrictEqual([])
})

test('missing: awaits the customer; amended: pending again', () => {
  const missing: OrderChange = {
    type: 'missing',
    missing: [{ lineNumber: 1, productId: '85123A', requested: 5, available: 2 }],
    decideBefore: '2026-01-01T12:30:00.000Z',
  }
  const asked = last(missing)
  expect(asked.order.status).toBe('awaiting_customer')
  expect(noteIn(asked)).toBe('2 of 5 85123A (line 1); to be decided before 2026-01-01T12:30:00.000Z')
  expect(told(asked)).toStrictEqual(['awaiting_customer'])
  const amended = last({ type: 'amended', lines: request.lines }, missing)
  expect(amended.order.status).toBe('pending')
  expect(told(amended)).toStrictEqual(['pending'])
})

test('reserved: has its total and its shipments, all requested', () => {
  const result = last(reserved)
  expect([result.order.status, result.order.total]).toStrictEqual(['reserved', 600])
  expect(
    result.order.shipments.map(({ warehouseId, amount, status }) => [warehouseId, amount, status]),
  ).toStrictEqual([
    ['london', 400, 'requested'],
    ['berlin', 200, 'requested'],
  ])
  expect(noteIn(result)).toBe('6.00 GBP from london, berlin')
  expect(told(result)).toStrictEqual(['reserved'])
})

test('handed off: passes paid and shipping, and a parcel goes out for each shipment', () => {
  const { order, history, messages } = last(handedOff, reserved)
  expect(history.map(({ sequence, type, status, note }) => [sequence, type, status, note])).toStrictEqual([
    [20, 'paid', 'paid', 'transfer t1'],
    [21, 'handed_off', 'shipping', '2 shipments'],
  ])
  expect(order.sequence).toBe(20)
  expect(messages.map((message) => [message.topic, message.key, statusOf(message)])).toStrictEqual([
    ['order.events', orderId, 'paid'],
    ['order.events', orderId, 'shipping'],
    ['new_orders', shipmentId, 'NewShipment'],
    ['new_orders', `${orderId}-2`, 'NewShipment'],
  ])
  expect(new Set(messages.map(({ id }) => id)).size).toBe(4)
  const parcel = fromBinary(NewShipmentSchema, messages[2]?.payload ?? new Uint8Array())
  expect([
    parcel.orderId,
    parcel.warehouseId,
    parcel.origin?.latitude,
    parcel.recipient?.city,
    parcel.recipient?.name,
  ]).toStrictEqual([orderId, 'london', 52.52, 'London', 'Zoë Müller'])
  expect(parcel.recipient?.place?.longitude).toBe(contact.place.longitude)
  expect(parcel.lines.map(({ productId, quantity }) => [productId, quantity])).toStrictEqual([
    ['85120A', 2],
    ['85122A', 2],
  ])
})

test('reserved and handed off in one go tell the same as one by one', () => {
  const together = after(reserved, handedOff)
  expect(told(together)).toStrictEqual(['reserved', 'paid', 'shipping', 'NewShipment', 'NewShipment'])
  expect(together.order).toStrictEqual(last(handedOff, reserved).order)
})

test('shipment moved: only that shipment, and no news for others', () => {
  const result = last({ ...moved('created'), note: 'on the van' } as OrderChange, reserved, handedOff)
  expect(result.order.shipments.map(({ status }) => status)).toStrictEqual(['created', 'requested'])
  expect(noteIn(result)).toBe(`${shipmentId} created: on the van`)
  expect(told(result)).toStrictEqual([])
})

test('refunded: adds up', () => {
  const part: OrderChange = { type: 'refunded', part: shipmentId, shipmentId, amount: 400 }
  const byStaff: OrderChange = { type: 'refunded', part: 'staff/a', shipmentId: null, amount: 200 }
  const story = [reserved, handedOff, moved('lost')]
  const result = last(byStaff, ...story, part)
  expect(result.order.refunded).toBe(600)
  expect(noteIn(result)).toBe('2.00 GBP')
  expect(noteIn(after(...story, part))).toBe(`4.00 GBP for ${shipmentId}`)
})

test('cancelling, and refused by the courier: on its way again', () => {
  const cancelling: OrderChange = { type: 'cancelling', reason: 'customer' }
  const asked = last(cancelling, reserved, handedOff)
  expect([asked.order.status, asked.order.reason, noteIn(asked)]).toStrictEqual([
    'cancelling',
    null,
    'customer',
  ])
  expect(told(asked)).toStrictEqual(['cancelling'])
  const story = [reserved, handedOff, cancelling, moved('delivered')]
  const refused = last({ type: 'cancel_refused', note: 'delivered' }, ...story)
  expect([refused.order.status, noteIn(refused)]).toStrictEqual(['shipping', 'delivered'])
  expect(told(refused)).toStrictEqual(['shipping'])
})

test('a refused cancellation tells by its change that it is no new shipping, and how each parcel stands', () => {
  const { messages } = last(
    { type: 'cancel_refused', note: 'delivered' },
    reserved,
    handedOff,
    moved('delivered'),
    { type: 'cancelling', reason: 'customer' },
  )
  const event = fromBinary(OrderStatusChangedSchema, messages[0]?.payload ?? new Uint8Array())
  expect([event.status, event.change]).toStrictEqual(['shipping', 'cancel_refused'])
  expect(
    event.shipments.map(({ status, amount, pieces }) => [status, amount, pieces.map((one) => one.quantity)]),
  ).toStrictEqual([
    ['delivered', 400n, [2, 2]],
    ['requested', 200n, [2]],
  ])
})

test('every event says its place in the history, and no two changes happen at the same time', () => {
  const at = '2026-01-01T12:00:01.000Z'
  const atOnce = numbered([
    reserved,
    handedOff,
    moved('delivered'),
    moved('delivered', 2),
    { type: 'completed' },
  ]).map((one) => ({
    ...one,
    at,
  }))
  const before = apply(atOnce.slice(0, 1)).order
  const { history, messages } = apply(atOnce.slice(1), before)
  expect(history.map((row) => [row.sequence, row.type, row.at.getTime() - Date.parse(at)])).toStrictEqual([
    [20, 'paid', 1],
    [21, 'handed_off', 2],
    [30, 'shipment_moved', 3],
    [40, 'shipment_moved', 4],
    [50, 'completed', 5],
  ])
  const events = messages.filter(({ type }) => type === 'OrderStatusChanged')
  expect(
    events
      .map(({ payload }) => fromBinary(OrderStatusChangedSchema, payload))
      .map(({ status, sequence }) => [status, sequence]),
  ).toStrictEqual([
    ['paid', 20],
    ['shipping', 21],
    ['completed', 50],
  ])
})

test('cancelled: ends with its reason; a shipment that was never handed off is cancelled with it', () => {
  const cancelling: OrderChange = { type: 'cancelling', reason: 'payment_declined' }
  const result = last({ type: 'cancelled', reason: 'payment_declined' }, reserved, cancelling)
  const { order, messages } = result
  expect([order.status, order.reason]).toStrictEqual(['cancelled', 'payment_declined'])
  expect(order.endedAt?.toISOString()).toBe('2026-01-01T12:00:03.000Z')
  const event = fromBinary(OrderCancelledSchema, messages[0]?.payload ?? new Uint8Array())
  expect(event.reason).toBe('payment_declined')
  expect(event.shipments.map(({ warehouseId, status }) => [warehouseId, status])).toStrictEqual([
    ['london', 'cancelled'],
    ['berlin', 'cancelled'],
  ])
})

test('completed: ends, and tells how each shipment did', () => {
  const { order, messages } = last(
    { type: 'completed' },
    reserved,
    handedOff,
    moved('delivered'),
    moved('lost', 2),
    refundedFor(2, 200),
  )
  expect(order.status).toBe('completed')
  ensure(order.endedAt)
  const event = fromBinary(OrderStatusChangedSchema, messages[0]?.payload ?? new Uint8Array())
  expect([event.status, event.total, event.currency]).toStrictEqual(['completed', 600n, 'GBP'])
  expect(event.shipments.map(({ status }) => status)).toStrictEqual(['delivered', 'lost'])
})

test('stuck: says the step, the error and since when, until it is unstuck or the order ends', () => {
  const stuck: OrderChange = { type: 'stuck', step: 'charge', error: 'refused\0' }
  const result = last(stuck, reserved)
  expect(result.order.stuck).toStrictEqual([
    { step: 'charge', error: 'refused\0', since: '2026-01-01T12:00:02.000Z' },
  ])
  expect([noteIn(result), told(result)]).toStrictEqual(['charge: refused', []])
  const free = last({ type: 'unstuck', step: 'charge' }, reserved, stuck)
  expect([free.order.stuck, noteIn(free), told(free)]).toStrictEqual([[], 'charge', []])
  const ended = last(
    { type: 'cancelled', reason: 'timed_out' },
    { type: 'cancelling', reason: 'timed_out' },
    stuck,
  )
  expect(ended.order.stuck).toStrictEqual([])
})

test('skips what is on record, and writes the rest', () => {
  const story = numbered([reserved, handedOff, moved('created')])
  const before = apply(story.slice(0, 2)).order
  const result = apply(story, before)
  expect(result.changes.map(({ sequence, change }) => [sequence, change.type])).toStrictEqual([
    [30, 'shipment_moved'],
  ])
  expect(apply(story, result.order)).toStrictEqual({
    order: result.order,
    changes: [],
    history: [],
    messages: [],
  })
})

const missing: OrderChange = { type: 'missing', missing: [], decideBefore: '2026-01-01T12:30:00.000Z' }
const amended: OrderChange = { type: 'amended', lines: request.lines.slice(0, 1) }
const cancelling: OrderChange = { type: 'cancelling', reason: 'staff' }
const cancelled: OrderChange = { type: 'cancelled', reason: 'staff' }
const completed: OrderChange = { type: 'completed' }

const refusals: [what: string, change: OrderChange, ...story: OrderChange[]][] = [
  ['a parcel that was lost is created', moved('created'), reserved, handedOff, moved('lost')],
  ['a parcel that was delivered is lost', moved('lost'), reserved, handedOff, moved('delivered')],
  ['a parcel moves before its hand-off', moved('delivered'), reserved],
  ['a parcel moves that never left', moved('delivered'), reserved, cancelling],
  ['one question is answered twice', amended, missing, amended],
  ['an amendment comes after an undo', amended, missing, cancelling],
  ['the prices are of other lines', reserved, missing, amended],
  ['the parts do not add up to the total', { ...reserved, total: 500 }],
  ['stock is reserved again', reserved, reserved],
  ['it is handed off while it is undone', handedOff, reserved, cancelling],
  ['it is handed off twice', { ...handedOff, transferId: 't2' }, reserved, handedOff],
  [
    'it is undone when nothing can be asked back',
    cancelling,
    reserved,
    handedOff,
    moved('delivered'),
    moved('delivered', 2),
  ],
  ['it completes with a parcel on its way', completed, reserved, handedOff, moved('delivered')],
  [
    'it completes when nothing arrived',
    completed,
    reserved,
    handedOff,
    moved('cancelled'),
    moved('lost', 2),
    refundedFor(1, 400),
    refundedFor(2, 200),
  ],
  [
    'it completes while it is undone',
    completed,
    reserved,
    handedOff,
    cancelling,
    moved('delivered'),
    moved('delivered', 2),
  ],
  ['it ends with lost money', completed, reserved, handedOff, moved('delivered'), moved('lost', 2)],
  [
    'it is cancelled though a parcel arrived',
    cancelled,
    reserved,
    handedOff,
    cancelling,
    moved('delivered'),
    moved('cancelled', 2),
    refundedFor(2, 200),
  ],
  ['it is cancelled with a parcel on its way', cancelled, reserved, handedOff, cancelling],
  ['a parcel that arrived is paid back', refundedFor(1, 400), reserved, handedOff, moved('delivered')],
  [
    'a parcel is paid back twice',
    { ...refundedFor(1, 400), part: 'again' } as OrderChange,
    reserved,
    handedOff,
    moved('lost'),
    refundedFor(1, 400),
  ],
  [
    'a step is stuck twice',
    { type: 'stuck', step: 'charge', error: 'b' },
    reserved,
    { type: 'stuck', step: 'charge', error: 'a' },
  ],
  ['a step goes on that was not stuck', { type: 'unstuck', step: 'charge' }, reserved],
]
for (const [what, change, ...story] of refusals) {
  test(`leaves out what the order does not allow: ${what}`, () => {
    const told = after(...story)
    expect(told.changes.length).toBe(story.length)
    expect(last(change, ...story).changes).toStrictEqual([])
  })
}

test('leaves out an undo that nobody asked for when its writer knew less than the record; a person’s counts', () => {
  const { order } = after(reserved)
  const alone = numbered([cancelling], 9)
  const asked = numbered([cancelling], 9, 'customer:17850')
  expect(apply(alone, order, 0).changes).toStrictEqual([])
  expect(apply(alone, order, order.sequence).changes.length).toBe(1)
  expect(apply(asked, order, 0).changes.length).toBe(1)
})

test('keeps each step and each shipment that is stuck apart', () => {
  const stuck = (shipmentId: string): OrderChange => ({
    type: 'stuck',
    step: 'recall',
    shipmentId,
    error: 'away',
  })
  const { order } = last(
    { type: 'unstuck', step: 'recall', shipmentId: 'b' },
    reserved,
    stuck('a'),
    stuck('b'),
  )
  expect(order.stuck.map(({ shipmentId }) => shipmentId)).toStrictEqual(['a'])
})

test('what is on record of somebody else is left out of what a person asked for', () => {
  const by = (actor: KeyedChange['by']) => numbered([moved('delivered')], 9, actor)
  const { order } = apply(by('courier'), after(reserved, handedOff).order)
  const [{ key } = { key: '' }] = by('staff:ann')
  expect([leftOutOf(order, by('staff:ann')), leftOutOf(order, by('courier'))]).toStrictEqual([[key], []])
})

test('writes nothing to an order that has ended', () => {
  const both = [moved('delivered'), moved('delivered', 2)]
  const before = after(reserved, handedOff, ...both, { type: 'completed' }).order
  const { changes, order } = apply(numbered([{ type: 'cancelling', reason: 'staff' }], 9), before)
  expect([changes, order.status]).toStrictEqual([[], 'completed'])
})

test('keeps who did it, and the note that came with it', () => {
  const [cancelling] = numbered([{ type: 'cancelling', reason: 'staff' }], 1, 'staff:ann')
  const { history } = apply([{ ...(cancelling as KeyedChange), note: 'called\0 in' }])
  expect([history[0]?.by, history[0]?.note, history[0]?.at.toISOString()]).toStrictEqual([
    'staff:ann',
    'staff: called in',
    '2026-01-01T12:00:01.000Z',
  ])
})
