import { createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OrderEvent } from '#contracts/notification.ts'
import { NotificationService } from '#generated/proto/notification/v1/notification_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { ensure } from '#platform/testing/expect.ts'
import { randomName, silent } from '#platform/testing/fixtures.ts'
import { createMailConsumer, createUpdateConsumer } from './consumers.ts'
import { keys } from './data/redis-keys.ts'
import type { Mail } from './domain/mails.ts'
import { annsRecipients, newEvent, openRedis, redisUrl, statusMessage } from './fixtures.ts'
import { createOverviewStore } from './overview/store.ts'
import { notificationRoutes } from './rpc.ts'

describe('the notifications in Redis', () => {
  let opened: Awaited<ReturnType<typeof openRedis>>
  let rpc: RpcServer
  beforeAll(async () => {
    opened = await openRedis()
    rpc = await serveRpc({
      port: 0,
      routes: notificationRoutes({ ...opened, overview: createOverviewStore(opened.redis), clock }),
      logger: silent,
    })
  })
  afterAll(async () => {
    closeRpcTransports()
    await rpc.stop()
    await opened.redis.close()
  })
  const service = () => createClient(NotificationService, rpcTransport(`http://127.0.0.1:${rpc.port}`))
  const clock = () => new Date('2010-12-01T09:00:00.000Z')

  it('keep what would be sent, of each message once, and list it newest first', async () => {
    const { store } = opened
    const consume = createMailConsumer({ store, recipients: annsRecipients, clock, logger: silent })
    const order = { orderId: randomName('order'), customerId: randomName('customer') }
    const statuses = ['reserved', 'paid', 'shipping', 'completed'] as const
    const messages = statuses.map((status) => statusMessage(newEvent({ ...order, status })))
    for (const message of messages) await consume(message)
    await Promise.all(messages.map(consume))

    const { orderId } = order
    const first = await service().listMails({ orderId, pageSize: 2 })
    const second = await service().listMails({ orderId, pageSize: 2, cursor: first.nextCursor })
    expect([...first.mails, ...second.mails].map(({ template }) => template)).toStrictEqual([
      'order_completed',
      'order_shipping',
      'order_paid',
    ])
    expect(second.nextCursor).toBe('')
    const [mail] = first.mails
    expect([mail?.recipient, mail?.customerId]).toStrictEqual(['ann@example.com', order.customerId])
    expect(mail?.text ?? '').toMatch(/^Dear Ann Example,/)
    const all = await service().listMails({ pageSize: 200 })
    const ours = all.mails.filter((one) => one.orderId === orderId)
    expect(ours).toStrictEqual([...first.mails, ...second.mails])
  })

  it('name no recipient when there is no such customer', async () => {
    const { store } = opened
    const recipients = { find: async () => undefined }
    const consume = createMailConsumer({ store, recipients, clock, logger: silent })
    const event = newEvent()
    await consume(statusMessage(event))
    const { mails } = await service().listMails({ orderId: event.orderId })
    expect(mails.map(({ recipient, template }) => [recipient, template])).toStrictEqual([
      ['', 'order_shipping'],
    ])
  })

  it('are on the screens while nobody can say who the customer is, and the mail waits', async () => {
    const { store } = opened
    const recipients = { find: () => Promise.reject(new Error('connection refused')) }
    const consume = createMailConsumer({ store, recipients, clock, logger: silent })
    const event = newEvent()
    await expect(async () => consume(statusMessage(event))).rejects.toThrow(/connection refused/)
    await createUpdateConsumer(store)(statusMessage(event))
    const updates = await store.after(keys.updatesOf(event.customerId), '0-0', 10)
    expect(updates.map(({ type }) => type)).toStrictEqual(['order.shipping'])
    const { mails } = await service().listMails({ orderId: event.orderId })
    expect(mails).toStrictEqual([])
  })

  it('refuse a page that is none', async () => {
    await expect(service().listMails({ pageSize: 201 })).rejects.toThrow(
      /page_size: must be a whole number from 1 to 200/,
    )
    await expect(service().listMails({ cursor: '+' })).rejects.toThrow(/cursor: must be/)
  })
})

describe('what is kept in Redis', () => {
  const bounds = { updates: 200, mails: 100, done: 250 }
  let opened: Awaited<ReturnType<typeof openRedis>>
  beforeAll(async () => {
    opened = await openRedis(redisUrl(9), bounds)
    await opened.redis.client.flushDb()
  })
  afterAll(() => opened.redis.close())

  const mailAbout = ({ id, orderId, customerId, at }: OrderEvent): Mail => ({
    id,
    orderId,
    customerId,
    at,
    recipient: '',
    template: 'order_shipping',
    subject: 'On its way',
    text: 'The courier has your parcels.',
  })

  it('of ever more orders has a bound, and every key an end', async () => {
    const { store, redis } = opened
    const sizes: number[] = []
    for (let round = 0; round < 4; round++) {
      const events = Array.from({ length: 500 }, (_, i) => newEvent({ customerId: `customer-${i % 50}` }))
      await Promise.all(
        events.flatMap((event) => [store.recordUpdate(event), store.recordMail(mailAbout(event))]),
      )
      sizes.push(await redis.client.dbSize())
    }
    // The stream, a list for each customer; the mails, a list for each order of them; what was done, and since when.
    const most = 1 + 50 + 1 + bounds.mails + 2 * 2 + 1
    ensure(
      sizes.every((size) => size <= most),
      `${sizes.join()} keys, at most ${most}`,
    )
    expect(await redis.client.xLen(keys.updates)).toBe(bounds.updates)
    expect(await redis.client.xLen(keys.mails)).toBe(bounds.mails)
    for (const set of [...keys.done('update'), ...keys.done('mail')])
      expect(await redis.client.sCard(set)).toBeLessThanOrEqual(bounds.done)
    const endless = []
    for await (const found of redis.client.scanIterator())
      for (const key of found) if ((await redis.client.ttl(key)) < 0) endless.push(key)
    expect(endless).toStrictEqual([keys.since])
  })

  it('lists no mail and no update that is no longer there', async () => {
    const { store, redis } = opened
    const first = newEvent()
    await store.recordUpdate(first)
    await store.recordMail(mailAbout(first))
    const [kept] = await store.listMails({ orderId: first.orderId, limit: 10, cursor: '' })
    expect(kept?.id).toBe(first.id)
    for (let i = 0; i < bounds.updates; i++) {
      const event = newEvent()
      await Promise.all([store.recordUpdate(event), store.recordMail(mailAbout(event))])
    }
    expect(await store.listMails({ orderId: first.orderId, limit: 10, cursor: '' })).toStrictEqual([])
    expect(await store.after(keys.updatesOf(first.customerId), '0-0', 10)).toStrictEqual([])
    expect(await redis.client.exists([keys.mailsOf(first.orderId), keys.updatesOf(first.customerId)])).toBe(0)
  })

  it('does not begin a list again for a cursor whose mail is no longer there', async () => {
    const { store } = opened
    const event = newEvent()
    const about = (id: string) => mailAbout({ ...event, id: `${event.id}-${id}` })
    await store.recordMail(about('1'))
    const [last] = await store.listMails({ orderId: event.orderId, limit: 1, cursor: '' })
    for (let i = 0; i < bounds.mails; i++) await store.recordMail(mailAbout(newEvent()))
    await store.recordMail(about('2'))
    const page = { orderId: event.orderId, limit: 10, cursor: last?.cursor ?? '' }
    expect(await store.listMails(page)).toStrictEqual([])
    expect((await store.listMails({ ...page, cursor: '' })).length).toBe(1)
  })

  it('knows a repeat among as many messages before it as it promises', async () => {
    const { store } = opened
    const event = newEvent()
    expect(await store.recordUpdate(event)).toBe(true)
    for (let i = 1; i < bounds.done; i++) await store.recordUpdate(newEvent())
    expect(await store.recordUpdate(event)).toBe(false)
  })

  it('tells of a gap when so many came that the oldest were dropped', async () => {
    const { store } = opened
    const event = newEvent()
    const list = keys.updatesOf(event.customerId)
    await store.recordUpdate(event)
    const [seen] = await store.after(list, '0-0', 1)
    ensure(seen)
    for (let i = 0; i < 3; i++) await store.recordUpdate(newEvent({ customerId: event.customerId }))
    expect((await store.startAt(seen.cursor)).gap).toBe(false)
    for (let i = 0; i < bounds.updates; i++) await store.recordUpdate(newEvent())
    const [last] = (await store.after(keys.updates, '0-0', 1_000)).slice(-1)
    expect(await store.startAt(seen.cursor)).toStrictEqual({ cursor: last?.cursor, gap: true })
  })
})
