import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import type { KeyedChange, OrderChange } from '#contracts/order.ts'
import { NewShipmentSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { OrderCancelledSchema, OrderStatusChangedSchema } from '#generated/proto/order/v1/events_pb.ts'
import type { OutboxMessage } from '#platform/outbox.ts'
import { applyChanges } from './changes.ts'
import type { OrderRecord } from './record.ts'
import { contact, newOrder, numbered, reservedFrom } from './testing.ts'

const request = newOrder()
const { orderId, customerId, traceparent } = request
const shipmentId = `${orderId}-1`
const reserved = reservedFrom(request, ['london', 'berlin'])
const handedOff: OrderChange = { type: 'handed_off', transferId: 't1' }
const moved = (status: 'created' | 'delivered' | 'lost', n = 1): OrderChange => ({
  type: 'shipment_moved',
  shipmentId: `${orderId}-${n}`,
  status,
})

const placed: OrderRecord = {
  orderId,
  customerId,
  currency: 'GBP',
  status: 'pending',
  reason: null,
  total: null,
  refunded: 0,
  endedAt: null,
  keys: new Set(),
  sequence: 0,
  lastAt: new Date('2026-01-01T12:00:00.000Z'),
  stuck: null,
  contact,
  shipments: [],
}

const apply = (changes: KeyedChange[], order = placed) => applyChanges(order, changes, traceparent)
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
  const result = last(
    { type: 'refunded', part: 'all', shipmentId: null, amount: 200 },
    reserved,
    handedOff,
    part,
  )
  assert.equal(result.order.refunded, 600)
  assert.equal(noteIn(result), '2.00 GBP')
  assert.equal(noteIn(after(reserved, handedOff, part)), `4.00 GBP for ${shipmentId}`)
})

test('cancelling, and refused by the courier: on its way again', () => {
  const cancelling: OrderChange = { type: 'cancelling', reason: 'customer' }
  const asked = last(cancelling, reserved, handedOff)
  assert.deepEqual([asked.order.status, asked.order.reason, noteIn(asked)], ['cancelling', null, 'customer'])
  assert.deepEqual(told(asked), ['cancelling'])
  const refused = last({ type: 'cancel_refused', note: 'delivered' }, reserved, handedOff, cancelling)
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
  const atOnce = numbered([reserved, handedOff, moved('delivered'), { type: 'completed' }]).map((one) => ({
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
      [40, 'completed', 4],
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
      ['completed', 40],
    ],
  )
})

test('cancelled: ends with its reason; a shipment that was never handed off is cancelled with it', () => {
  const result = last({ type: 'cancelled', reason: 'payment_declined' }, reserved)
  const { order, messages } = result
  assert.deepEqual([order.status, order.reason], ['cancelled', 'payment_declined'])
  assert.equal(order.endedAt?.toISOString(), '2026-01-01T12:00:02.000Z')
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
  assert.deepEqual(result.order.stuck, {
    step: 'charge',
    error: 'refused',
    since: new Date('2026-01-01T12:00:02.000Z'),
  })
  assert.deepEqual([noteIn(result), told(result)], ['charge: refused', []])
  const free = last({ type: 'unstuck', step: 'charge' }, reserved, stuck)
  assert.deepEqual([free.order.stuck, noteIn(free), told(free)], [null, 'charge', []])
  assert.equal(last({ type: 'cancelled', reason: 'timed_out' }, reserved, stuck).order.stuck, null)
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

test('loses no change when a task that is run again tells them in another order', () => {
  const [first, second, created, delivered] = numbered([
    reserved,
    handedOff,
    moved('created'),
    moved('delivered'),
  ])
  assert.ok(first && second && created && delivered)
  const before = apply([first, second, delivered]).order
  const { changes } = apply([created, delivered], before)
  assert.deepEqual(
    changes.map(({ key, sequence }) => [key, sequence]),
    [[created.key, 40]],
  )
})

test('writes nothing to an order that has ended', () => {
  const before = after(reserved, handedOff, moved('delivered'), { type: 'completed' }).order
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
