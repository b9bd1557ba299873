import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { expect, test } from '@jest/globals'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import { bucketOf, bucketOfId } from '#platform/ids.ts'
import { encode, messageHeaders, UnreadableMessage } from '#platform/messaging/messages.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { ensure, satisfying } from '#platform/testing/expect.ts'
import { readPreOrder, readShipmentEvent } from './messages.ts'

const traceparent = newTraceparent()
const headers = messageHeaders({ id: 'm1', type: 'any', traceparent })
const timestamp = new Date('2026-01-01T00:00:00Z')
const at = timestampFromDate(new Date('2010-12-01T08:26:00Z'))

type PreOrder = MessageInitShape<typeof PreOrderSchema>
const whole = {
  source: 'partner',
  reference: '536365',
  customerId: '17850',
  currency: 'GBP',
  placedAt: at,
  lines: [
    { productId: '85123A', quantity: 6, agreedPrice: 255n },
    { productId: '71053', quantity: -1 },
  ],
} satisfies PreOrder

const preOrder = (given: PreOrder = {}) =>
  readPreOrder({ value: encode(PreOrderSchema, { ...whole, ...given }), headers, timestamp })

test('a pre-order becomes an order to place, whatever its lines are', () => {
  const { name, order } = preOrder()
  const { orderId, fingerprint, ...rest } = order
  expect({ name, ...rest }).toStrictEqual({
    name: 'partner/536365',
    customerId: '17850',
    source: 'partner',
    reference: '536365',
    currency: 'GBP',
    lines: [
      { lineNumber: 1, productId: '85123A', quantity: 6, agreedPrice: 255 },
      { lineNumber: 2, productId: '71053', quantity: -1 },
    ],
    placedAt: '2010-12-01T08:26:00.000Z',
    traceparent,
  })
  expect(bucketOfId(orderId)).toBe(bucketOf('17850'))
  expect(fingerprint).toMatch(/^[0-9a-f]{64}$/)
})

test('the id follows from source and reference, the fingerprint from what was asked for', () => {
  const { orderId, fingerprint } = preOrder().order
  const repeat = preOrder({ placedAt: timestampFromDate(timestamp) }).order
  expect([repeat.orderId, repeat.fingerprint]).toStrictEqual([orderId, fingerprint])
  expect(preOrder({ reference: '536366' }).order.orderId).not.toBe(orderId)
  const other = preOrder({ lines: whole.lines.slice(0, 1) }).order
  expect(other.orderId).toBe(orderId)
  expect(other.fingerprint).not.toBe(fingerprint)
})

test('a pre-order without a time was placed when it came', () => {
  const { placedAt: _, ...timeless } = whole
  const value = encode(PreOrderSchema, timeless)
  expect(readPreOrder({ value, headers, timestamp }).order.placedAt).toBe(timestamp.toISOString())
})

test('says why a pre-order cannot be read', () => {
  const wrong: [PreOrder, RegExp][] = [
    [{ source: 'fax' }, /^"fax" is no source$/],
    [{ source: '' }, /^source is missing$/],
    [{ reference: '' }, /^reference is missing$/],
    [{ customerId: '' }, /^customer_id is missing$/],
    [{ customerId: 'a\0b' }, /^customer_id must not have control characters/],
    [{ currency: '' }, /^currency is missing$/],
    [
      { placedAt: timestampFromDate(new Date('9999-01-01')) },
      /^placed_at is not from the year 2000 to a day from now$/,
    ],
    [{ placedAt: timestampFromDate(new Date(0)) }, /^placed_at is not from the year 2000/],
    [{ reference: 'é'.repeat(128) }, /^reference must be 1 to 128 characters, and at most 255 bytes$/],
    [{ reference: 'a\u200bb' }, /^reference must not have characters that cannot be seen/],
    [{ reference: ' ' }, /^reference must not be blank$/],
    [{ placedAt: { seconds: 1n << 62n, nanos: 0 } }, /^placed_at is not from the year 2000/],
    [
      { lines: Array.from({ length: 20_000 }, () => ({ productId: 'x', quantity: 1 })) },
      /^20000 lines are more than an order/,
    ],
  ]
  for (const [given, reason] of wrong) {
    expect(() => preOrder(given)).toThrow(
      satisfying((error) => error instanceof UnreadableMessage && reason.test(error.message)),
    )
  }
  expect(() => readPreOrder({ value: new Uint8Array([255]), headers, timestamp })).toThrow(UnreadableMessage)
  expect(() => readPreOrder({ value: encode(PreOrderSchema, whole), headers: {}, timestamp })).toThrow(
    /message-id is missing/,
  )
})

type ShipmentEvent = Extract<MessageInitShape<typeof ShipmentEventSchema>, { $typeName?: never }>
const event = {
  shipmentId: 'o1-1',
  orderId: 'o1',
  status: 'delivered',
  occurredAt: at,
} satisfies ShipmentEvent
const shipmentEvent = (event: ShipmentEvent) =>
  readShipmentEvent({ value: encode(ShipmentEventSchema, event), headers, timestamp })

test('the courier’s message becomes an event of its shipment', () => {
  expect(shipmentEvent({ ...event, note: 'left with a neighbour' })).toStrictEqual({
    id: 'm1',
    orderId: 'o1',
    traceparent,
    event: {
      eventId: 'm1',
      shipmentId: 'o1-1',
      status: 'delivered',
      occurredAt: '2010-12-01T08:26:00.000Z',
      note: 'left with a neighbour',
    },
  })
})

test('says why the courier’s event cannot be read', () => {
  const { occurredAt: _, ...timeless } = event
  const wrong: [ShipmentEvent, RegExp][] = [
    [{ ...event, status: 'requested' }, /^"requested" is no status that a courier tells$/],
    [{ ...event, status: 'eaten' }, /^"eaten" is no status/],
    [{ ...event, orderId: '' }, /^order_id is missing$/],
    [{ ...event, orderId: 'x'.repeat(129) }, /^order_id must be 1 to 128 characters, and at most 255 bytes$/],
    [{ ...event, shipmentId: '' }, /^shipment_id is missing$/],
    [{ ...event, shipmentId: '😀'.repeat(64) }, /^shipment_id must be .* at most 255 bytes$/],
    [timeless, /^occurred_at is missing$/],
    [{ ...event, occurredAt: timestampFromDate(new Date('9999-01-01')) }, /^occurred_at is not from/],
  ]
  for (const [given, reason] of wrong) expect(() => shipmentEvent(given)).toThrow(reason)
})

test('makes a right text of the courier’s note, which cannot be sent back', () => {
  const note = (text: string) => shipmentEvent({ ...event, note: text }).event.note
  expect(note(' left at\nthe \u202edoor\0')).toBe('left at the door')
  expect(note('\u200b')).toBeUndefined()
  ensure(note('😀'.repeat(600))?.isWellFormed())
})

test('has one form of a reference that can be written in two', () => {
  const [one, other] = ['é', 'e\u0301'].map((reference) => preOrder({ reference }).order)
  expect(one?.orderId).toBe(other?.orderId)
})
