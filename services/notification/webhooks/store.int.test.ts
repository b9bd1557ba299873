import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { newEvent, openRedis, redisUrl } from '../fixtures.ts'
import { newDelivery } from './deliveries.ts'
import { createWebhookStore, type DeliveryPlace, type Webhook } from './store.ts'

const listed = 200

describe('the log of deliveries', () => {
  let opened: Awaited<ReturnType<typeof openRedis>>
  let store: ReturnType<typeof createWebhookStore>
  beforeAll(async () => {
    opened = await openRedis(redisUrl(10))
    await opened.redis.client.flushDb()
    store = createWebhookStore(opened.redis)
  })
  afterAll(() => opened.redis.close())

  const keys = () => opened.redis.client.dbSize()
  const deliveryAt = (second: number, webhookId: string) =>
    newDelivery(webhookId, newEvent(), new Date(Date.UTC(2026, 0, 1, 0, 0, second)))

  it('keeps the latest of each webhook, and those that are still being tried', async () => {
    const pending = deliveryAt(0, 'w1')
    const ended = deliveryAt(1, 'w1')
    for (const delivery of [pending, ended]) expect(await store.open(delivery)).toBe('pending')
    await store.note(ended, { status: 'delivered', attempts: 1 })
    for (let n = 2; n < 500; n++) {
      const delivery = deliveryAt(n, 'w1')
      await store.open(delivery)
      await store.note(delivery, { status: 'delivered', attempts: 1 })
    }
    // With what still holds up later ones, the list, and the set of those that were opened.
    expect(await keys()).toBe(listed + 2 + 2)
    const all = { limit: 1_000, after: undefined, status: undefined }
    expect((await store.listDeliveries('w1', all)).deliveries.length).toBe(listed)
    expect((await store.findDelivery(pending))?.status).toBe('pending')
    expect(await store.findDelivery(ended)).toBeUndefined()
    await store.note(pending, { status: 'failed', attempts: 8 })
    expect(await store.findDelivery(pending)).toBeUndefined()
  })

  it('knows an event that it keeps no longer, so that it is not sent again', async () => {
    const first = deliveryAt(0, 'w2')
    await store.open(first)
    await store.note(first, { status: 'delivered', attempts: 1 })
    for (let n = 1; n <= listed; n++) await store.open(deliveryAt(n, 'w2'))
    expect(await store.findDelivery(first)).toBeUndefined()
    expect(await store.open(first)).toBe('delivered')
    expect(await store.findDelivery(first)).toBeUndefined()
  })

  it('says which events follow one of their order that is not taken yet, and was not for long', async () => {
    const [paid, shipping] = [10, 20].map((sequence) => newEvent({ orderId: 'o1', sequence }))
    const [first, second, other] = [paid, shipping, newEvent()].map((event) =>
      newDelivery('w4', event ?? newEvent(), new Date('2026-01-01T00:00:00Z')),
    )
    ensure(first && second && other)
    for (const delivery of [first, second, other]) await store.open(delivery)
    const before = new Date('2025-12-31T23:59:30Z')
    const follows = (since: Date) =>
      Promise.all([first, second, other].map((one) => store.followsPending(one, since)))
    expect(await follows(before)).toStrictEqual([false, true, false])
    expect(await follows(new Date('2026-01-01T00:00:30Z'))).toStrictEqual([false, false, false])
    await store.note(first, { status: 'delivered' })
    expect(await follows(before)).toStrictEqual([false, false, false])
  })

  it('is read page by page, newest first, each delivery once, also of one outcome alone', async () => {
    for (let n = 0; n < 10; n++) {
      // Two at a time, so that their ids tell them apart.
      const delivery = deliveryAt(Math.floor(n / 2), 'w5')
      await store.open(delivery)
      await store.note(delivery, { status: n % 3 === 0 ? 'failed' : 'delivered' })
    }
    const read = async (status?: 'failed') => {
      const pages: string[][] = []
      let after: DeliveryPlace | undefined
      do {
        const page = await store.listDeliveries('w5', { limit: 3, after, status })
        pages.push(page.deliveries.map(({ createdAt, deliveryId }) => `${createdAt} ${deliveryId}`))
        after = page.next
      } while (after)
      return pages
    }
    const pages = await read()
    expect(pages.map((page) => page.length)).toStrictEqual([3, 3, 3, 1])
    expect(pages.flat()).toStrictEqual([...new Set(pages.flat())].sort().reverse())
    expect((await read('failed')).map((page) => page.length)).toStrictEqual([3, 1])
  })

  it('goes with its webhook', async () => {
    const webhook: Webhook = {
      webhookId: 'w3',
      url: 'http://127.0.0.1/',
      events: [],
      secret: '',
      oldSecrets: [],
      rotation: '',
      paused: false,
      createdAt: '',
    }
    await store.add(webhook)
    const before = await keys()
    for (let n = 0; n < 10; n++) await store.open(deliveryAt(n, 'w3'))
    expect(await keys()).toBe(before + 21)
    expect(await store.remove('w3')).toBe(true)
    expect(await store.remove('w3')).toBe(false)
    expect(await keys()).toBeLessThanOrEqual(before + 10)
  })
})
