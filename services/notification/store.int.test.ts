import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createClient } from '@connectrpc/connect'
import { NotificationService } from '#generated/proto/notification/v1/notification_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/rpc.ts'
import { randomName, silent } from '#platform/testing.ts'
import { createMailConsumer, createUpdateConsumer } from './consumers.ts'
import { keys } from './keys.ts'
import { notificationRoutes } from './rpc.ts'
import { annsRecipients, newEvent, openRedis, statusMessage } from './testing.ts'

describe('the notifications in Redis', { timeout: 30_000 }, () => {
  let opened: Awaited<ReturnType<typeof openRedis>>
  let rpc: RpcServer
  before(async () => {
    opened = await openRedis()
    rpc = await serveRpc({ port: 0, routes: notificationRoutes(opened.store), logger: silent })
  })
  after(async () => {
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
    assert.deepEqual(
      [...first.mails, ...second.mails].map(({ template }) => template),
      ['order_completed', 'order_shipping', 'order_paid'],
    )
    assert.equal(second.nextCursor, '')
    const [mail] = first.mails
    assert.deepEqual([mail?.recipient, mail?.customerId], ['ann@example.com', order.customerId])
    assert.match(mail?.text ?? '', /^Dear Ann Example,/)
    const all = await service().listMails({ pageSize: 200 })
    const ours = all.mails.filter((one) => one.orderId === orderId)
    assert.deepEqual(ours, [...first.mails, ...second.mails])
  })

  it('name no recipient when there is no such customer', async () => {
    const { store } = opened
    const recipients = { find: async () => undefined }
    const consume = createMailConsumer({ store, recipients, clock, logger: silent })
    const event = newEvent()
    await consume(statusMessage(event))
    const { mails } = await service().listMails({ orderId: event.orderId })
    assert.deepEqual(
      mails.map(({ recipient, template }) => [recipient, template]),
      [['', 'order_shipping']],
    )
  })

  it('are on the screens while nobody can say who the customer is, and the mail waits', async () => {
    const { store } = opened
    const recipients = { find: () => Promise.reject(new Error('connection refused')) }
    const consume = createMailConsumer({ store, recipients, clock, logger: silent })
    const event = newEvent()
    await assert.rejects(async () => consume(statusMessage(event)), /connection refused/)
    await createUpdateConsumer(store)(statusMessage(event))
    const updates = await store.after(keys.updatesOf(event.customerId), '0-0', 10)
    assert.deepEqual(
      updates.map(({ type }) => type),
      ['order.shipping'],
    )
    const { mails } = await service().listMails({ orderId: event.orderId })
    assert.deepEqual(mails, [])
  })

  it('refuse a page that is none', async () => {
    await assert.rejects(service().listMails({ pageSize: 201 }), /page_size: must be from 1 to 200/)
    await assert.rejects(service().listMails({ cursor: '+' }), /cursor: is not one/)
  })

  it('tell of a gap when so many came that the oldest were dropped', async () => {
    const { store, redis } = opened
    const event = newEvent()
    const stream = keys.updatesOf(event.customerId)
    await store.recordUpdate(event)
    const [seen] = await store.after(stream, '0-0', 1)
    assert.ok(seen)
    for (let i = 0; i < 3; i++) await store.recordUpdate(newEvent({ customerId: event.customerId }))
    assert.equal((await store.startAt(stream, seen.cursor)).gap, false)
    await redis.client.xTrim(stream, 'MAXLEN', 1)
    const [last] = await store.after(stream, '0-0', 10)
    assert.deepEqual(await store.startAt(stream, seen.cursor), { cursor: last?.cursor, gap: true })
  })
})
