import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Client, createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
import type { OrderEvent } from '#contracts/notification.ts'
import { TestWebhookBody } from '#contracts/rest/webhooks.ts'
import { WebhookService } from '#generated/proto/notification/v1/notification_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { ensure } from '#platform/testing/expect.ts'
import { silent, testServer, until } from '#platform/testing/fixtures.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { allowed, startWebhookWorld, type WebhookWorld } from '#tests/support/webhook.ts'
import { newEvent, statusMessage } from '../fixtures.ts'
import { createWebhookConsumer } from './consumers.ts'
import { webhookRoutes } from './rpc.ts'
import { createSend } from './send.ts'

type Post = { headers: IncomingHttpHeaders; body: string }

/** A partner: answers as its script says, then 204, and keeps what it got. */
async function startPartner() {
  const posts: Post[] = []
  const script: { status: number; location?: string }[] = []
  const server = createServer(async (request, response) => {
    posts.push({ headers: request.headers, body: await text(request) })
    const { status, location } = script.shift() ?? { status: 204 }
    response.writeHead(status, { ...(location && { location }) }).end('thank you')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`
  return { url, posts, script, stop: () => new Promise((resolve) => server.close(resolve)) }
}

describe('webhooks', () => {
  let world: WebhookWorld
  let rpc: RpcServer
  let service: Client<typeof WebhookService>
  let consume: ReturnType<typeof createWebhookConsumer>
  let partner: Awaited<ReturnType<typeof startPartner>>

  beforeAll(async () => {
    const address = testServer('TEST_TEMPORAL_ADDRESS')
    const server = { address, namespace: await ownNamespace(address) }
    world = await startWebhookWorld({ server, pauses: [100, 100, 100] })
    const { store, workflows } = world
    const clock = () => new Date()
    const routes = webhookRoutes({ store, workflows, allowed, clock, newId: randomUUID })
    rpc = await serveRpc({ port: 0, routes, logger: silent })
    service = createClient(WebhookService, rpcTransport(`http://127.0.0.1:${rpc.port}`))
    consume = createWebhookConsumer({ store, workflows, clock })
    partner = await startPartner()
  })
  afterAll(async () => {
    closeRpcTransports()
    await rpc.stop()
    await partner.stop()
    await world.stop()
  })

  async function register(events: string[] = []) {
    const { webhook, secret } = await service.createWebhook({ url: partner.url, events })
    ensure(webhook)
    return { webhookId: webhook.webhookId, secret }
  }

  const logOf = async (webhookId: string) => (await service.listDeliveries({ webhookId })).deliveries
  const reach = (webhookId: string, status: string, attempts: number) =>
    until(`${status} after ${attempts}`, async () => {
      const [delivery] = await logOf(webhookId)
      return delivery?.status === status && delivery.attempts === attempts ? delivery : undefined
    })
  const completed = (): OrderEvent => newEvent({ type: 'order.completed', status: 'completed' })

  it('reach a partner who fails twice, signed, with the same id and body each time', async () => {
    const { webhookId, secret } = await register(['order.completed'])
    partner.script.push({ status: 500 }, { status: 503 })
    const event = completed()
    await consume(statusMessage(event))
    await consume(statusMessage(event))
    await consume(statusMessage(newEvent({ status: 'shipping' })))
    const delivery = await reach(webhookId, 'delivered', 3)
    expect([delivery.deliveryId, delivery.event, delivery.lastAnswer]).toStrictEqual([
      event.id,
      'order.completed',
      '204',
    ])
    expect(partner.posts.length).toBe(3)
    const { orderId, customerId, stream, sequence } = event
    const data = { status: 'completed', orderId, customerId, stream, sequence }
    for (const { headers, body } of partner.posts) {
      expect(headers['webhook-id']).toBe(event.id)
      const verified = new Webhook(secret).verify(body, headers as Record<string, string>)
      expect(verified).toStrictEqual({ type: 'order.completed', timestamp: event.at, data })
    }
    const handle = world.handle(webhookId, event.id)
    await handle.result()
    const { events } = await handle.fetchHistory()
    const { raw } = await handle.describe()
    const transitions = Number(raw.workflowExecutionInfo?.stateTransitionCount)
    console.log(`a delivery with two retries: ${events?.length} events, ${transitions} state transitions`)
    expect(events?.length).toBe(11)
    await service.deleteWebhook({ webhookId })
  })

  it('reach a partner who fails for a moment in the order in which they happened', async () => {
    const { webhookId } = await register()
    partner.posts.length = 0
    partner.script.push({ status: 503 })
    const orderId = randomUUID()
    const types = ['order.paid', 'order.shipping', 'order.completed'] as const
    for (const [n, type] of types.entries()) {
      const status = type.replace('order.', '') as OrderEvent['status']
      await consume(statusMessage(newEvent({ orderId, type, status, sequence: 10 * n })))
    }
    await until('all are taken', async () =>
      (await logOf(webhookId)).every(({ status }) => status === 'delivered'),
    )
    expect(partner.posts.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toStrictEqual([
      'order.paid',
      ...types,
    ])
    await service.deleteWebhook({ webhookId })
  })

  it('can be sent again by hand, under the same id', async () => {
    const { webhookId } = await register()
    partner.posts.length = 0
    const event = completed()
    await consume(statusMessage(event))
    await reach(webhookId, 'delivered', 1)
    await world.handle(webhookId, event.id).result()
    await service.redeliver({ webhookId, deliveryId: event.id })
    await reach(webhookId, 'delivered', 2)
    expect(partner.posts.map(({ headers }) => headers['webhook-id'])).toStrictEqual([event.id, event.id])
    // The event itself, once more, is no news.
    await consume(statusMessage(event))
    expect((await logOf(webhookId)).length).toBe(1)
    await service.deleteWebhook({ webhookId })
  })

  it('are refused by hand while they are still being tried', async () => {
    const { webhookId } = await register()
    partner.script.push({ status: 500 }, { status: 500 }, { status: 500 }, { status: 500 })
    const event = completed()
    await consume(statusMessage(event))
    await expect(service.redeliver({ webhookId, deliveryId: event.id })).rejects.toThrow(/still being tried/)
    expect((await reach(webhookId, 'failed', 4)).lastAnswer).toBe('500')
    await service.deleteWebhook({ webhookId })
  })

  it('do not follow a redirect', async () => {
    const { webhookId } = await register()
    partner.posts.length = 0
    partner.script.push({ status: 302, location: partner.url })
    await consume(statusMessage(completed()))
    await reach(webhookId, 'delivered', 2)
    expect(partner.posts.length).toBe(2)
    await service.deleteWebhook({ webhookId })
  })

  it('that nobody answers fail, and say so', async () => {
    const silentPartner = createServer(() => {})
    await new Promise<void>((resolve) => silentPartner.listen(0, '127.0.0.1', resolve))
    const { port } = silentPartner.address() as AddressInfo
    const message = { secrets: ['whsec_c2VjcmV0'], deliveryId: 'd', body: '{}', at: new Date() }
    const send = createSend({ timeout: 50 })
    const late = await send({ ...message, url: `http://127.0.0.1:${port}/` })
    expect(late).toStrictEqual({ kind: 'refused', answer: 'no answer within 0.05 s' })
    silentPartner.closeAllConnections()
    await new Promise((resolve) => silentPartner.close(resolve))
    const nobody = await send({ ...message, url: `http://127.0.0.1:${port}/` })
    expect([nobody.kind, nobody.answer]).toStrictEqual(['refused', `connect ECONNREFUSED 127.0.0.1:${port}`])
  })

  it('tell their secret once, and can be listed and deleted', async () => {
    const { webhookId, secret } = await register(['order.completed', 'order.completed'])
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/)
    const { webhooks } = await service.listWebhooks({})
    const ours = webhooks.find((one) => one.webhookId === webhookId)
    expect([ours?.url, ours?.events]).toStrictEqual([partner.url, ['order.completed']])
    expect(JSON.stringify(webhooks.map(({ url, events }) => ({ url, events }))).includes('whsec')).toBe(false)
    await service.deleteWebhook({ webhookId })
    await expect(service.deleteWebhook({ webhookId })).rejects.toThrow(/there is no webhook/)
    await expect(service.listDeliveries({ webhookId })).rejects.toThrow(/there is no webhook/)
    await expect(service.redeliver({ webhookId, deliveryId: 'd' })).rejects.toThrow(/there is no webhook/)
  })

  it('are signed with the old secret, too, once it was rotated, and rotated once under one key', async () => {
    const { webhookId, secret: before } = await register()
    const { secret, webhook } = await service.rotateSecret({ webhookId, key: 'k' })
    expect(secret).not.toBe(before)
    ensure(webhook?.oldSecretUntil)
    expect((await service.rotateSecret({ webhookId, key: 'k' })).secret).toBe(secret)
    partner.posts.length = 0
    await consume(statusMessage(completed()))
    await reach(webhookId, 'delivered', 1)
    const [post] = partner.posts
    ensure(post)
    const headers = post.headers as Record<string, string>
    expect(headers['webhook-signature']?.split(' ').length).toBe(2)
    for (const known of [before, secret]) new Webhook(known).verify(post.body, headers)
    await service.deleteWebhook({ webhookId })
    await expect(service.rotateSecret({ webhookId, key: 'k' })).rejects.toThrow(/there is no webhook/)
  })

  it('that are paused get no new deliveries, nor later what happened meanwhile', async () => {
    const { webhookId } = await register()
    const { webhook } = await service.updateWebhook({ webhookId, paused: true })
    expect([webhook?.paused, webhook?.url]).toStrictEqual([true, partner.url])
    await consume(statusMessage(completed()))
    expect(await logOf(webhookId)).toStrictEqual([])
    await service.updateWebhook({ webhookId, paused: false, events: { types: ['order.completed'] } })
    expect((await service.getWebhook({ webhookId })).webhook?.events).toStrictEqual(['order.completed'])
    const event = completed()
    await consume(statusMessage(event))
    await reach(webhookId, 'delivered', 1)
    expect((await logOf(webhookId)).map(({ deliveryId }) => deliveryId)).toStrictEqual([event.id])
    await expect(service.updateWebhook({ webhookId, url: 'https://evil.example/' })).rejects.toThrow(
      /is not among the addresses/,
    )
    await service.deleteWebhook({ webhookId })
  })

  it('can be tried with a test event, once under one id, while they are paused, too', async () => {
    const { webhookId } = await register(['order.completed'])
    await service.updateWebhook({ webhookId, paused: true })
    partner.posts.length = 0
    const deliveryId = randomUUID()
    for (let n = 0; n < 2; n++) await service.sendTest({ webhookId, deliveryId })
    const delivery = await reach(webhookId, 'delivered', 1)
    expect([delivery.test, delivery.event, delivery.orderId]).toStrictEqual([true, 'webhook.test', ''])
    await world.handle(webhookId, deliveryId).result()
    await service.sendTest({ webhookId, deliveryId })
    expect(partner.posts.length).toBe(1)
    expect(TestWebhookBody.parse(JSON.parse(partner.posts[0]?.body ?? '')).data).toStrictEqual({ webhookId })
    const of = (status: string) => service.listDeliveries({ webhookId, status, pageSize: 1 })
    expect([(await of('delivered')).deliveries.length, (await of('failed')).deliveries.length]).toStrictEqual(
      [1, 0],
    )
    await expect(service.listDeliveries({ webhookId, cursor: 'x' })).rejects.toThrow(/cursor: must be/)
    await service.deleteWebhook({ webhookId })
  })

  it('are not registered for addresses or events that are none', async () => {
    await expect(service.createWebhook({ url: 'https://evil.example/' })).rejects.toThrow(
      /is not among the addresses/,
    )
    await expect(service.createWebhook({ url: partner.url, events: ['order.eaten'] })).rejects.toThrow(
      /events\[0\]: "order.eaten" is none of order.created,/,
    )
  })
})
