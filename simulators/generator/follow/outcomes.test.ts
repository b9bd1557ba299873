import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { expect, test } from '@jest/globals'
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderStatusChangedSchema,
} from '#generated/proto/order/v1/events_pb.ts'
import { PaymentRefundedSchema } from '#generated/proto/payment/v1/events_pb.ts'
import { encode } from '#platform/messaging/messages.ts'
import { asMessage } from '../place/on-time.ts'
import { identityOf } from '../plan/identity.ts'
import { addsUp, quantile, summaryOf } from '../report/summary.ts'
import { countBy, createOutcomeBook } from './outcomes.ts'

const event = <Desc extends DescMessage>(schema: Desc, message: MessageInitShape<Desc>) => ({
  value: encode(schema, message),
  headers: { type: schema.name },
})
const orderOf = (reference: string, customerId = '17850', quantity = 1) => ({
  source: 'web' as const,
  reference,
  customerId,
  lines: [{ productId: '85123A', quantity, agreedPrice: 255 }],
})
const identity = (...order: Parameters<typeof orderOf>) => identityOf(orderOf(...order))
const idOf = (reference: string) => identity(reference).orderId
const created = (...order: Parameters<typeof orderOf>) => {
  const { orderId, fingerprint } = identity(...order)
  return event(OrderCreatedSchema, { orderId, source: 'web', reference: order[0], fingerprint })
}
const letter = (...order: Parameters<typeof orderOf>) => ({
  value: asMessage('pre_orders', { ...orderOf(...order), placedAt: new Date() }).value,
  cause: 'refused' as const,
  reason: 'its reference is taken',
})
const completed = (reference: string, total: number, statuses = ['delivered'], at = 4_000) =>
  event(OrderStatusChangedSchema, {
    orderId: idOf(reference),
    status: 'completed',
    total: BigInt(total),
    at: timestampFromMs(at),
    shipments: statuses.map((status, n) => ({ shipmentId: `${n}`, status })),
  })
const cancelled = (reference: string, reason: string) =>
  event(OrderCancelledSchema, { orderId: idOf(reference), reason })
const refunded = (reference: string, transferId: string, amount: number, reason = 'parcel lost') =>
  event(PaymentRefundedSchema, { orderId: idOf(reference), transferId, amount: BigInt(amount), reason })

function bookOf(...references: string[]) {
  const book = createOutcomeBook()
  for (const reference of references) book.placed(identity(reference), 1_000)
  for (const reference of references) book.onEvent(created(reference))
  return book
}

test('a message or a reason of whatever name is looked up among our own alone', () => {
  const book = bookOf('1', '2')
  for (const type of ['__proto__', 'constructor', 'toString', '']) {
    book.onEvent({ value: new Uint8Array([255]), headers: { type } })
  }
  for (const [reference, reason] of [
    ['1', '__proto__'],
    ['2', 'constructor'],
  ] as const)
    book.onEvent(cancelled(reference, reason))
  expect(Object.entries(book.outcomes().cancelled)).toStrictEqual([
    ['__proto__', 1],
    ['constructor', 1],
  ])
  expect(Object.entries(countBy(['toString', 'toString']))).toStrictEqual([['toString', 2]])
})

test('orders are counted by how they ended, and those of others pass by', () => {
  const book = bookOf('1', '2', '3')
  book.placed(identity('4'), 1_000)
  book.onEvent(created('other'))
  book.onEvent(completed('other', 99))
  book.onEvent(completed('1', 500))
  book.onEvent(cancelled('2', 'lost'))
  book.onEvent(cancelled('3', 'lost'))
  book.onDeadLetter(letter('4'))
  expect(book.outcomes()).toStrictEqual({
    completed: 1,
    cancelled: { lost: 2 },
    refused: { refused: 1 },
    refusals: ['web/4: its reference is taken'],
    revenue: 500,
    took: [3_000],
    missing: [],
  })
  expect([book.placedCount, book.endedCount]).toStrictEqual([4, 4])
})

test('an order of another file under the same reference is never counted as ours', () => {
  const book = createOutcomeBook()
  for (const reference of ['1', '2']) book.placed(identity(reference), 1_000)
  book.onEvent(created('1', '17850', 100))
  book.onEvent(completed('1', 25_500))
  book.onEvent(created('2', '13047'))
  // What was refused of theirs is not ours either.
  book.onDeadLetter(letter('1', '17850', 7))
  expect([book.outcomes().completed, book.outcomes().missing]).toStrictEqual([0, ['web/1', 'web/2']])
  for (const reference of ['1', '2']) book.onDeadLetter(letter(reference))
  const { completed: count, revenue, refused, refusals } = book.outcomes()
  expect([count, revenue, refused]).toStrictEqual([0, 0, { refused: 2 }])
  expect(refusals[0]).toBe('web/1: its reference is taken')
  expect(book.endedCount).toBe(2)
})

test('an order that was put aside and taken after all counts by its end', () => {
  const book = bookOf('1')
  book.onDeadLetter(letter('1'))
  book.onEvent(completed('1', 500))
  book.onDeadLetter(letter('1'))
  expect([book.outcomes().completed, book.outcomes().refused, book.endedCount]).toStrictEqual([1, {}, 1])
})

test('events that come twice count once', () => {
  const book = bookOf('1')
  for (const _ of [1, 2]) {
    book.onEvent(created('1'))
    book.onEvent(refunded('1', 't', 100))
    book.onEvent(completed('1', 500, ['delivered', 'lost']))
  }
  expect(book.outcomes().revenue).toBe(400)
  expect(book.endedCount).toBe(1)
})

test('an order with a lost parcel is settled only when the refund has come, before or after its end', () => {
  const book = bookOf('1', '2')
  book.onEvent(refunded('1', 't1', 100))
  book.onEvent(completed('1', 500, ['delivered', 'lost']))
  book.onEvent(completed('2', 700, ['lost', 'delivered', 'cancelled']))
  book.onEvent(refunded('2', 't2', 200))
  expect(book.outcomes().missing).toStrictEqual(['web/2'])
  book.onEvent(refunded('2', 't3', 300))
  expect(book.outcomes().missing).toStrictEqual([])
  expect(book.outcomes().revenue).toBe(600)
})

test('money that went back for a return leaves the revenue, and settles no lost parcel', () => {
  const book = bookOf('1')
  book.onEvent(completed('1', 500, ['delivered', 'lost']))
  book.onEvent(refunded('1', 't1', 300, 'return 1'))
  expect(book.outcomes().missing).toStrictEqual(['web/1'])
  book.onEvent(refunded('1', 't2', 100))
  expect([book.outcomes().missing, book.outcomes().revenue]).toStrictEqual([[], 400])
})

test('money that went back for a cancelled order is no loss of revenue', () => {
  const book = bookOf('1', '2')
  book.onEvent(completed('1', 500))
  book.onEvent(refunded('2', 't', 300))
  book.onEvent(cancelled('2', 'customer'))
  expect(book.outcomes().revenue).toBe(500)
})

test('an order that an earlier run placed is found again, with its end but without a time', () => {
  const book = createOutcomeBook()
  book.expect([identity('1')])
  book.onEvent(created('1'))
  book.onEvent(completed('1', 500))
  book.placed(identity('1'), 9_000)
  expect(book.outcomes().took).toStrictEqual([])
  expect(book.outcomes().completed).toBe(1)
})

test('a summary adds up only when every order has ended', () => {
  const book = bookOf('1', '2')
  book.onEvent(completed('1', 500))
  const facts = {
    source: 'web',
    seed: '1',
    ordersIn: 2,
    placed: 2,
    repeats: 0,
    kinds: {},
    toPlace: null,
    registered: null,
    seconds: 2,
    failedRequests: 0,
    log: null,
    returns: null,
  } as const
  expect(addsUp(summaryOf({ ...facts, outcomes: book.outcomes() }))).toBe(false)
  book.onEvent(cancelled('2', 'invalid'))
  const summary = summaryOf({ ...facts, outcomes: book.outcomes() })
  expect(addsUp(summary)).toBe(true)
  expect(summary.outcome?.placedToCompleted).toStrictEqual({ p50: 3_000, p99: 3_000 })
  expect(addsUp(summaryOf({ ...facts, ordersIn: 3, outcomes: book.outcomes() }))).toBe(false)
})

test('quantiles are nearest ranks', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1)
  expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.99)]).toStrictEqual([50, 99, 7])
})
