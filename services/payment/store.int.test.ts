import { timestampDate } from '@bufbuild/protobuf/wkt'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  PaymentFailedSchema,
  PaymentRefundedSchema,
  PaymentSucceededSchema,
} from '#generated/proto/payment/v1/events_pb.ts'
import { newId } from '#platform/ids.ts'
import { decode } from '#platform/messaging/messages.ts'
import { schemaDrift } from '#platform/postgres/migrate.ts'
import { ensure, fail } from '#platform/testing/expect.ts'
import { patiently } from '#platform/testing/patiently.ts'
import { fullAccount } from './domain/rules.ts'
import {
  checkBooks,
  customerWith,
  everythingOf,
  newCharge,
  partOf,
  schemaFolder,
  startPaymentService,
} from './fixtures.ts'

let service: Awaited<ReturnType<typeof startPaymentService>>

beforeAll(async () => {
  service = await startPaymentService()
})
afterAll(() => service.drop())

type PartArguments = [part: string, amount: number | 'rest', beyond?: 'cap' | 'refuse']
const refunded = (amount: number) => ({ kind: 'refunded', amount })

const balanceOf = async (customerId: string) => (await service.store.findAccount(customerId))?.balance

type EventRow = { type: string; topic: string; payload: Buffer; headers: Record<string, string> }
const eventsOf = (orderId: string) =>
  service.database.query<EventRow>(
    'select type, topic, payload, headers from outbox where key = $1 order by position',
    [orderId],
  )
const eventTypesOf = async (orderId: string) => (await eventsOf(orderId)).map(({ type }) => type)

test('the migrated database is what schema.prisma says', async () => {
  expect(await schemaDrift({ url: service.url, schemaFolder })).toBe('')
})

test('the database refuses a transfer that does not sum to zero, and a balance below zero', async () => {
  const customerId = await customerWith(service.store, 100)
  const lopsided = service.database.transaction(async (tx) => {
    const id = newId()
    await tx.query(`insert into transfers values ($1::uuid, $1::text, 'top_up', null, 5, 'GBP', '', now())`, [
      id,
    ])
    await tx.query(`insert into entries values ($1::uuid, 'cash', -5), ($1::uuid, $2, 4)`, [
      id,
      `customer:${customerId}`,
    ])
  })
  await expect(lopsided).rejects.toThrow(/does not sum to zero/)
  const overdrawn = service.database.query('update accounts set balance = -1 where customer_id = $1', [
    customerId,
  ])
  await expect(overdrawn).rejects.toThrow(/accounts_never_below_zero/)
})

test('200 charges of 1 at once on an account that holds 50: exactly 50 succeed', async () => {
  const customerId = await customerWith(service.store, 50)
  const charges = Array.from({ length: 200 }, () => newCharge(customerId, 1))
  const results = await Promise.all(
    charges.map((charge) => patiently(() => service.store.chargeOrder(charge))),
  )
  const kinds = Map.groupBy(results, ({ kind }) => kind)
  expect(kinds.get('charged')?.length).toBe(50)
  expect(kinds.get('declined')?.length).toBe(150)
  expect(await balanceOf(customerId)).toBe(0)
  await checkBooks(service.database)
})

test('a repeated charge, even at the same time, moves money once and tells it once', async () => {
  const charge = newCharge(await customerWith(service.store, 1_000), 300)
  const results = await Promise.all(Array.from({ length: 8 }, () => service.store.chargeOrder(charge)))
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1)
  expect(await balanceOf(charge.customerId)).toBe(700)
  const [event, ...more] = await eventsOf(charge.orderId)
  ensure(event)
  expect(more).toStrictEqual([])
  expect([event.topic, event.type]).toStrictEqual(['payment.events', 'PaymentSucceeded'])
  expect(event.headers).toStrictEqual({ traceparent: charge.traceparent })
  const { transferId, amount, at } = decode(PaymentSucceededSchema, event.payload)
  expect([{ kind: 'charged', transferId }, amount]).toStrictEqual([results[0], 300n])
  expect(at && Math.abs(Date.now() - timestampDate(at).getTime()) < 60_000).toBeTruthy()
})

test('a declined order stays declined and is told once, though money came in meanwhile', async () => {
  const { store } = service
  const charge = newCharge(await customerWith(store, 299), 300)
  const declined = { kind: 'declined', why: 'insufficient_funds' }
  expect(await store.chargeOrder(charge)).toStrictEqual({ ...declined, balance: 299 })
  await store.topUp({ customerId: charge.customerId, amount: 1, key: 'later' })
  expect(await store.chargeOrder(charge)).toStrictEqual({ ...declined, balance: 300 })
  const [event, ...more] = await eventsOf(charge.orderId)
  expect(more).toStrictEqual([])
  expect(event?.type).toBe('PaymentFailed')
  expect(decode(PaymentFailedSchema, event?.payload ?? fail('no event')).why).toBe('insufficient_funds')
})

test('declines a customer without an account', async () => {
  const result = await service.store.chargeOrder(newCharge('nobody', 5))
  expect(result).toStrictEqual({ kind: 'declined', why: 'no_account', balance: 0 })
})

test('an order for nothing is charged without a transfer', async () => {
  const charge = newCharge('nobody', 0)
  const result = await service.store.chargeOrder(charge)
  expect(result.kind).toBe('charged')
  expect(await service.store.chargeOrder(charge)).toStrictEqual(result)
  expect(await service.store.refundOrder(everythingOf(charge))).toStrictEqual(refunded(0))
  expect(await eventTypesOf(charge.orderId)).toStrictEqual(['PaymentSucceeded'])
  await checkBooks(service.database)
})

test('after a refund of everything a late charge is voided, whether it was charged before or not', async () => {
  const { store } = service
  const customerId = await customerWith(store, 900)
  const [early, charged, declined] = [300, 300, 1_000].map((amount) => newCharge(customerId, amount))
  ensure(early && charged && declined)
  await store.chargeOrder(charged)
  await store.chargeOrder(declined)
  const refunds = []
  for (const charge of [early, charged, declined]) {
    refunds.push(await store.refundOrder(everythingOf(charge)), await store.refundOrder(everythingOf(charge)))
    expect(await store.chargeOrder(charge)).toStrictEqual({ kind: 'voided' })
  }
  expect(refunds).toStrictEqual([0, 0, 300, 300, 0, 0].map(refunded))
  expect(await balanceOf(customerId)).toBe(900)
  expect(await eventTypesOf(early.orderId)).toStrictEqual([])
  expect(await eventTypesOf(charged.orderId)).toStrictEqual(['PaymentSucceeded', 'PaymentRefunded'])
})

test('a charge and its undo at the same time end with the money back', async () => {
  const customerId = await customerWith(service.store, 5_000)
  const charges = Array.from({ length: 40 }, () => newCharge(customerId, 100))
  const pairs = charges.flatMap((charge) => [
    service.store.chargeOrder(charge),
    service.store.refundOrder(everythingOf(charge)),
  ])
  await Promise.all(pairs)
  expect(await balanceOf(customerId)).toBe(5_000)
  await checkBooks(service.database)
})

test('refunds each part once, up to what was charged, and then the rest', async () => {
  const { store } = service
  const charge = newCharge(await customerWith(store, 1_000), 1_000)
  await store.chargeOrder(charge)
  const refund = (...part: PartArguments) => store.refundOrder(partOf(charge, ...part))
  expect(await refund('s1', 400)).toStrictEqual(refunded(400))
  expect(await refund('s1', 400)).toStrictEqual(refunded(400))
  expect(await refund('staff/a', 601, 'refuse')).toStrictEqual({ kind: 'refused', refundable: 600 })
  expect(await refund('s2', 500)).toStrictEqual(refunded(500))
  expect(await refund('return/1', 150)).toStrictEqual(refunded(100))
  expect(await refund('return/1', 150)).toStrictEqual(refunded(100))
  expect(await refund('staff/b', 'rest', 'refuse')).toStrictEqual({ kind: 'refused', refundable: 0 })
  expect(await store.refundOrder(everythingOf(charge))).toStrictEqual(refunded(0))
  expect(await refund('s1', 400)).toStrictEqual(refunded(400))
  expect(await refund('s3', 1)).toStrictEqual(refunded(0))
  expect(await balanceOf(charge.customerId)).toBe(1_000)

  const events = (await eventsOf(charge.orderId)).filter(({ type }) => type === 'PaymentRefunded')
  const refunds = events.map(({ payload }) => decode(PaymentRefundedSchema, payload))
  expect(refunds.map(({ amount }) => amount)).toStrictEqual([400n, 500n, 100n])
  expect(refunds.map(({ sequence }) => sequence)).toStrictEqual([2, 3, 4])
  expect(new Set(refunds.map(({ transferId }) => transferId)).size).toBe(3)
  await checkBooks(service.database)
})

test('20 refunds of one order at once never give back more than was paid', async () => {
  const { store } = service
  const charge = newCharge(await customerWith(store, 1_000), 1_000)
  await store.chargeOrder(charge)
  const refunds = Array.from({ length: 20 }, (_, i) =>
    store.refundOrder(partOf(charge, `staff/${i}`, 90, i % 2 === 0 ? 'refuse' : 'cap')),
  )
  const results = await Promise.all(refunds)
  const given = results.map((result) => (result.kind === 'refunded' ? result.amount : 0))
  const sum = given.reduce((sum, amount) => sum + amount, 0)
  ensure(sum >= 990 && sum <= 1_000, `${sum}`)
  expect(await balanceOf(charge.customerId)).toBe(sum)
  expect((await eventTypesOf(charge.orderId)).length).toBe(1 + given.filter((amount) => amount > 0).length)
  expect(await store.refundOrder(everythingOf(charge))).toStrictEqual(refunded(1_000 - sum))
  await checkBooks(service.database)
})

test('one refund that is asked for 20 times at once moves money once', async () => {
  const { store } = service
  const charge = newCharge(await customerWith(store, 1_000), 1_000)
  await store.chargeOrder(charge)
  const same = Array.from({ length: 20 }, () => store.refundOrder(partOf(charge, 'staff/a', 90, 'refuse')))
  expect(await Promise.all(same)).toStrictEqual(same.map(() => refunded(90)))
  expect(await balanceOf(charge.customerId)).toBe(90)
})

test('a refund that was refused moves and tells nothing, and is judged anew when it is asked again', async () => {
  const { store } = service
  const charge = newCharge(await customerWith(store, 300), 300)
  const part = partOf(charge, 'staff/a', 200, 'refuse')
  expect(await store.refundOrder(part)).toStrictEqual({ kind: 'refused', refundable: 0 })
  expect((await store.chargeOrder(charge)).kind).toBe('charged')
  expect(await eventTypesOf(charge.orderId)).toStrictEqual(['PaymentSucceeded'])
  expect(await store.refundOrder(part)).toStrictEqual(refunded(200))
})

test('keeps whatever people write as the reason of a refund', async () => {
  const { store } = service
  const charge = newCharge(await customerWith(store, 300), 300)
  await store.chargeOrder(charge)
  const reason = `bro\0ken ${'☹'.repeat(5_000)}`
  await store.refundOrder({ ...partOf(charge, 'staff/a', 1), reason })
  const [entry] = await store.listEntries(charge.customerId, 1)
  expect(entry?.reason ?? '').toMatch(/^broken ☹{1992}…$/)
  const [, event] = await eventsOf(charge.orderId)
  ensure(event)
  expect(decode(PaymentRefundedSchema, event.payload).reason).toBe(entry?.reason)
})

test('a part of an order that was never charged is 0, and leaves the order free to be charged', async () => {
  const charge = newCharge(await customerWith(service.store, 10), 10)
  expect(await service.store.refundOrder(partOf(charge, 's1', 10))).toStrictEqual(refunded(0))
  expect((await service.store.chargeOrder(charge)).kind).toBe('charged')
})

test('a top-up counts once per key and never overfills an account', async () => {
  const { store } = service
  const customerId = await customerWith(store, 0)
  const topUp = { customerId, amount: 100, key: 'a' }
  const results = await Promise.all([
    store.topUp(topUp),
    store.topUp(topUp),
    store.topUp({ ...topUp, key: 'b' }),
  ])
  expect(new Set(results.map(({ kind }) => kind))).toStrictEqual(new Set(['topped_up']))
  expect(await balanceOf(customerId)).toBe(200)
  expect(await store.topUp({ ...topUp, amount: 101 })).toStrictEqual({ kind: 'key_reused' })
  expect(await store.topUp({ ...topUp, amount: fullAccount, key: 'c' })).toStrictEqual({
    kind: 'account_full',
    balance: 200,
  })
  expect(await store.topUp({ ...topUp, customerId: 'nobody' })).toStrictEqual({ kind: 'no_account' })
})
