import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { contact, newOrder, startOrderService } from '../fixtures.ts'
import { createIdempotencyKeys } from './idempotency-keys.ts'

let service: Awaited<ReturnType<typeof startOrderService>>
beforeAll(async () => {
  service = await startOrderService()
})
afterAll(() => service.drop())

const recorded = async () => {
  const order = newOrder()
  await service.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
  return order.orderId
}

test('a key is of the first request that claimed it, of one order', async () => {
  const keys = createIdempotencyKeys(service)
  const [one, other] = [await recorded(), await recorded()]
  const claims = ['f1', 'f1', 'f2'].map((fingerprint) => ({ orderId: one, name: 'k', fingerprint }))
  const answers = []
  for (const claim of claims) answers.push(await keys.claim(claim))
  expect(answers).toStrictEqual(['ours', 'ours', 'another'])
  expect(await keys.claim({ orderId: other, name: 'k', fingerprint: 'f2' })).toBe('ours')
})

test('a key that was released is free; nobody releases what is another’s', async () => {
  const keys = createIdempotencyKeys(service)
  const orderId = await recorded()
  await keys.claim({ orderId, name: 'k', fingerprint: 'f1' })
  await keys.release({ orderId, name: 'k', fingerprint: 'f2' })
  expect(await keys.claim({ orderId, name: 'k', fingerprint: 'f2' })).toBe('another')
  await keys.release({ orderId, name: 'k', fingerprint: 'f1' })
  expect(await keys.claim({ orderId, name: 'k', fingerprint: 'f2' })).toBe('ours')
})

test('of two who claim a key at once for different requests one gets it', async () => {
  const keys = createIdempotencyKeys(service)
  const orderId = await recorded()
  const claims = ['f1', 'f2'].map((fingerprint) => keys.claim({ orderId, name: 'k', fingerprint }))
  expect((await Promise.all(claims)).toSorted()).toStrictEqual(['another', 'ours'])
})

test('nothing is kept of an order that is not on record', async () => {
  const keys = createIdempotencyKeys(service)
  for (const orderId of [newOrder().orderId, 'nobody']) {
    expect(await keys.claim({ orderId, name: 'k', fingerprint: 'f1' })).toBe('ours')
    expect(await keys.claim({ orderId, name: 'k', fingerprint: 'f2' })).toBe('ours')
  }
})
