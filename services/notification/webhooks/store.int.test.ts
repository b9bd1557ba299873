import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { newEvent, openRedis, redisUrl } from '../fixtures.ts'
import { newDelivery } from './deliveries.ts'
import { createWebhookStore, type Webhook } from './store.ts'

const listed = 200

describe('the log of deliveries', { timeout: 30_000 }, () => {
  let opened: Awaited<ReturnType<typeof openRedis>>
  let store: ReturnType<typeof createWebhookStore>
  before(async () => {
    opened = await openRedis(redisUrl(10))
    await opened.redis.client.flushDb()
    store = createWebhookStore(opened.redis)
  })
  after(() => opened.redis.close())

  const keys = () => opened.redis.client.dbSize()
  const deliveryAt = (second: number, webhookId: string) =>
    newDelivery(webhookId, newEvent(), new Date(Date.UTC(2026, 0, 1, 0, 0, second)))

  it('keeps the latest of each webhook, and those that are still being tried', async () => {
    const pending = deliveryAt(0, 'w1')
    const ended = deliveryAt(1, 'w1')
    for (const delivery of [pending, ended]) assert.equal(await store.open(delivery), 'pending')
    await store.note(ended, { status: 'delivered', attempts: 1 })
    for (let n = 2; n < 500; n++) {
      const delivery = deliveryAt(n, 'w1')
      await store.open(delivery)
      await store.note(delivery, { status: 'delivered', attempts: 1 })
    }
    // With what still holds up later ones, the list, and the set of those that were opened.
    assert.equal(await keys(), listed + 2 + 2)
    assert.equal((await store.listDeliveries('w1')).length, listed)
    assert.equal((await store.findDelivery(pending))?.status, 'pending')
    assert.equal(await store.findDelivery(ended), undefined)
    await store.note(pending, { status: 'failed', attempts: 8 })
    assert.equal(await store.findDelivery(pending), undefined)
  })

  it('knows an event that it keeps no longer, so that it is not sent again', async () => {
    const first = deliveryAt(0, 'w2')
    await store.open(first)
    await store.note(first, { status: 'delivered', attempts: 1 })
    for (let n = 1; n <= listed; n++) await store.open(deliveryAt(n, 'w2'))
    assert.equal(await store.findDelivery(first), undefined)
    assert.equal(await store.open(first), 'delivered')
    assert.equal(await store.findDelivery(first), undefined)
  })

  it('says which events follow one of their order that is not taken yet, and was not for long', async () => {
    const [paid, shipping] = [10, 20].map((sequence) => newEvent({ orderId: 'o1', sequence }))
    const [first, second, other] = [paid, shipping, newEvent()].map((event) =>
      newDelivery('w4', event ?? newEvent(), new Date('2026-01-01T00:00:00Z')),
    )
    assert.ok(first && second && other)
    for (const delivery of [first, second, other]) await store.open(delivery)
    const before = new Date('2025-12-31T23:59:30Z')
    const follows = (since: Date) =>
      Promise.all([first, second, other].map((one) => store.followsPending(one, since)))
    assert.deepEqual(await follows(before), [false, true, false])
    assert.deepEqual(await follows(new Date('2026-01-01T00:00:30Z')), [false, false, false])
    await store.note(first, { status: 'delivered' })
    assert.deepEqual(await follows(before), [false, false, false])
  })

  it('goes with its webhook', async () => {
    const webhook: Webhook = {
      webhookId: 'w3',
      url: 'http://127.0.0.1/',
      events: [],
      secret: '',
      createdAt: '',
    }
    await store.add(webhook)
    const before = await keys()
    for (let n = 0; n < 10; n++) await store.open(deliveryAt(n, 'w3'))
    assert.equal(await keys(), before + 21)
    assert.equal(await store.remove('w3'), true)
    assert.equal(await store.remove('w3'), false)
    assert.ok((await keys()) <= before + 10)
  })
})
