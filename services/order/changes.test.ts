import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import type { KeyedChange, OrderChange } from '#contracts/order.ts'
import { factsOf } from '#contracts/order-facts.ts'
import { NewShipmentSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { OrderCancelledSchema, OrderStatusChangedSchema } from '#generated/proto/order/v1/events_pb.ts'
import type { OutboxMessage } from '#platform/messaging/outbox.ts'
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
  assert.equal(result.order.status, 'pending')
  assert.equal(noteIn(result), 'currency: must be GBP; lines: must be 1 to 1,000')
  assert.deepEqual(told(result), [])
})

test('missing: awaits the customer; amended: pending again', () => {
  const missing: OrderChange = {
    type: 'missing',
    missing: [{ lineNumber: 1, productId: '85123A', requested: 5, available: 2 }],
    decideBefore: '2026-01-01T12:30:00.000Z',
  }
  const asked = last(missing)
  assert.equal(asked.order.status, 'awaiting_customer')
  assert.equal(noteIn(asked), '2 of 5 85123A (line 1); to be decided before 2026-01-01T12:30:00.000Z')
  assert.deepEqual(told(asked), ['awaiting_customer'])
  const amended = last({ type: 'amended', lines: request.lines }, missing)
  assert.equal(amended.order.status, 'pending')
  assert.deepEqual(told(amended), ['pending'])
})

test('reserved: has its total and its shipments, all requested', () => {
  const result = last(reserved)
  assert.deepEqual([result.order.status, result.order.total], ['reserved', 600])
  assert.deepEqual(
    result.order.shipments.map(({ warehouseId, amount, status }) => [warehouseId, amount, status]),
    [
      ['london', 400, 'requested'],
      ['berlin', 200, 'requested'],
    ],
  )
  assert.equal(noteIn(result), '6.00 GBP from london, berlin')
  assert.deepEqual(told(result), ['reserved'])
})

test('handed off: passes paid and shipping, and a parcel goes out for each shipment', () => {
  const { order, history, messages } = last(handedOff, reserved)
  assert.deepEqual(
    history.map(({ sequence, type, status, note }) => [sequence, type, status, note]),
    [
      [20, 'paid', 'paid', 'transfer t1'],
      [21, 'handed_off', 'shipping', '2 shipments'],
    ],
  )
  assert.equal(order.sequence, 20)
  assert.deepEqual(
    messages.map((message) => [message.topic, message.key, statusOf(message)]),
    [
      ['order.events', orderId, 'paid'],
      ['order.events', orderId, 'shipping'],
      ['new_orders', shipmentId, 'NewShipment'],
      ['new_orders', `${orderId}-2`, 'NewShipment'],
    ],
  )
  assert.equal(new Set(messages.map(({ id }) => id)).size, 4)
  const parcel = fromBinary(NewShipmentSchema, messages[2]?.payload ?? new Uint8Array())
  assert.deepEqual(
    [
      parcel.orderId,
      parcel.warehouseId,
      parcel.origin?.latitude,
      parcel.recipient?.city,
      parcel.recipient?.name,
    ],
    [orderId, 'london', 52.52, 'London', 'Zoë Müller'],
  )
  assert.equal(parcel.recipient?.place?.longitude, contact.place.longitude)
  assert.deepEqual(
    parcel.lines.map(({ productId, quantity }) => [productId, quantity]),
    [
      ['85120A', 2],
      ['85122A', 2],
    ],
  )
})

test('reserved and handed off in one go tell the same as one by one', () => {
  const together = after(reserved, handedOff)
  assert.deepEqual(told(together), ['reserved', 'paid', 'shipping', 'NewShipment', 'NewShipment'])
  assert.deepEqual(together.order, last(handedOff, reserved).order)
})

test('shipment moved: only that shipment, and no news for others', () => {
  const result = last({ ...moved('created'), note: 'on the van' } as OrderChange, reserved, handedOff)
  assert.deepEqual(
    result.order.shipments.map(({ status }) => status),
    ['created', 'requested'],
  )
  assert.equal(noteIn(result), `${shipmentId} created: on the van`)
  assert.deepEqual(told(result), [])
})

test('refunded: adds up', () => {
  const part: OrderChange = { type: 'refunded', part: shipmentId, shipmentId, amount: 400 }
  const byStaff: OrderChange = { type: 'refunded', part: 'staff/a', shipmentId: null, amount: 200 }
  const story = [reserved, handedOff, moved('lost')]
  const result = last(byStaff, ...story, part)
  assert.equal(result.order.refunded, 600)
  assert.equal(noteIn(result), '2.00 GBP')
  assert.equal(noteIn(after(...story, part)), `4.00 GBP for ${shipmentId}`)
})

test('cancelling, and refused by the courier: on its way again', () => {
  const cancelling: OrderChange = { type: 'cancelling', reason: 'customer' }
  const asked = last(cancelling, reserved, handedOff)
  assert.deepEqual([asked.order.status, asked.order.reason, noteIn(asked)], ['cancelling', null, 'customer'])
  assert.deepEqual(told(asked), ['cancelling'])
  const story = [reserved, handedOff, cancelling, moved('delivered')]
  const refused = last({ type: 'cancel_refused', note: 'delivered' }, ...story)
  assert.deepEqual([refused.order.status, noteIn(refused)], ['shipping', 'delivered'])
  assert.deepEqual(told(refused), ['shipping'])
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
  assert.deepEqual([event.status, event.change], ['shipping', 'cancel_refused'])
  assert.deepEqual(
    event.shipments.map(({ status, amount, pieces }) => [status, amount, pieces.map((one) => one.quantity)]),
    [
      ['delivered', 400n, [2, 2]],
      ['requested', 200n, [2]],
    ],
  )
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
  assert.deepEqual(
    history.map((row) => [row.sequence, row.type, row.at.getTime() - Date.parse(at)]),
    [
      [20, 'paid', 1],
      [21, 'handed_off', 2],
      [30, 'shipment_moved', 3],
      [40, 'shipment_moved', 4],
      [50, 'completed', 5],
    ],
  )
  const events = messages.filter(({ type }) => type === 'OrderStatusChanged')
  assert.deepEqual(
    events
      .map(({ payload }) => fromBinary(OrderStatusChangedSchema, payload))
      .map(({ status, sequence }) => [status, sequence]),
    [
      ['paid', 20],
      ['shipping', 21],
      ['completed', 50],
    ],
  )
})

test('cancelled: ends with its reason; a shipment that was never handed off is cancelled with it', () => {
  const cancelling: OrderChange = { type: 'cancelling', reason: 'payment_declined' }
  const result = last({ type: 'cancelled', reason: 'payment_declined' }, reserved, cancelling)
  const { order, messages } = result
  assert.deepEqual([order.status, order.reason], ['cancelled', 'payment_declined'])
  assert.equal(order.endedAt?.toISOString(), '2026-01-01T12:00:03.000Z')
  const event = fromBinary(OrderCancelledSchema, messages[0]?.payload ?? new Uint8Array())
  assert.equal(event.reason, 'payment_declined')
  assert.deepEqual(
    event.shipments.map(({ warehouseId, status }) => [warehouseId, status]),
    [
      ['london', 'cancelled'],
      ['berlin', 'cancelled'],
    ],
  )
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
  assert.equal(order.status, 'completed')
  assert.ok(order.endedAt)
  const event = fromBinary(OrderStatusChangedSchema, messages[0]?.payload ?? new Uint8Array())
  assert.deepEqual([event.status, event.total, event.currency], ['completed', 600n, 'GBP'])
  assert.deepEqual(
    event.shipments.map(({ status }) => status),
    ['delivered', 'lost'],
  )
})

test('stuck: says the step, the error and since when, until it is unstuck or the order ends', () => {
  const stuck: OrderChange = { type: 'stuck', step: 'charge', error: 'refused\0' }
  const result = last(stuck, reserved)
  assert.deepEqual(result.order.stuck, [
    { step: 'charge', error: 'refused\0', since: '2026-01-01T12:00:02.000Z' },
  ])
  assert.deepEqual([noteIn(result), told(result)], ['charge: refused', []])
  const free = last({ type: 'unstuck', step: 'charge' }, reserved, stuck)
  assert.deepEqual([free.order.stuck, noteIn(free), told(free)], [[], 'charge', []])
  const ended = last(
    { type: 'cancelled', reason: 'timed_out' },
    { type: 'cancelling', reason: 'timed_out' },
    stuck,
  )
  assert.deepEqual(ended.order.stuck, [])
})

test('skips what is on record, and writes the rest', () => {
  const story = numbered([reserved, handedOff, moved('created')])
  const before = apply(story.slice(0, 2)).order
  const result = apply(story, before)
  assert.deepEqual(
    result.changes.map(({ sequence, change }) => [sequence, change.type]),
    [[30, 'shipment_moved']],
  )
  assert.deepEqual(apply(story, result.order), {
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
    assert.equal(told.changes.length, story.length)
    assert.deepEqual(last(change, ...story).changes, [])
  })
}

test('leaves out an undo that nobody asked for when its writer knew less than the record; a person’s counts', () => {
  const { order } = after(reserved)
  const alone = numbered([cancelling], 9)
  const asked = numbered([cancelling], 9, 'customer:17850')
  assert.deepEqual(apply(alone, order, 0).changes, [])
  assert.equal(apply(alone, order, order.sequence).changes.length, 1)
  assert.equal(apply(asked, order, 0).changes.length, 1)
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
  assert.deepEqual(
    order.stuck.map(({ shipmentId }) => shipmentId),
    ['a'],
  )
})

test('what is on record of somebody else is left out of what a person asked for', () => {
  const by = (actor: KeyedChange['by']) => numbered([moved('delivered')], 9, actor)
  const { order } = apply(by('courier'), after(reserved, handedOff).order)
  const [{ key } = { key: '' }] = by('staff:ann')
  assert.deepEqual([leftOutOf(order, by('staff:ann')), leftOutOf(order, by('courier'))], [[key], []])
})

test('writes nothing to an order that has ended', () => {
  const both = [moved('delivered'), moved('delivered', 2)]
  const before = after(reserved, handedOff, ...both, { type: 'completed' }).order
  const { changes, order } = apply(numbered([{ type: 'cancelling', reason: 'staff' }], 9), before)
  assert.deepEqual([changes, order.status], [[], 'completed'])
})

test('keeps who did it, and the note that came with it', () => {
  const [cancelling] = numbered([{ type: 'cancelling', reason: 'staff' }], 1, 'staff:ann')
  const { history } = apply([{ ...(cancelling as KeyedChange), note: 'called\0 in' }])
  assert.deepEqual(
    [history[0]?.by, history[0]?.note, history[0]?.at.toISOString()],
    ['staff:ann', 'staff: called in', '2026-01-01T12:00:01.000Z'],
  )
})
