import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  noSuch,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import type {
  ListDeliveriesRequest,
  ListMailsRequest,
  RedeliverRequest,
  UpdateWebhookRequest,
} from '#generated/proto/notification/v1/notification_pb.ts'

const orderId = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'
const at = timestampFromDate(new Date('2010-12-01T08:26:00Z'))
const shownAt = '2010-12-01T08:26:00.000Z'

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

describe('mails', () => {
  it('are listed for staff, all or those about an order', async () => {
    const mail = {
      id: 'm1',
      orderId,
      customerId: '17850',
      template: 'order_completed',
      recipient: 'ada@example.com',
      subject: 'Your order has arrived',
      text: 'Dear Ada …',
    }
    const asked: ListMailsRequest[] = []
    const { send } = await start({
      notifications: {
        listMails: (request) => {
          asked.push(request)
          return { mails: [{ ...mail, at }], nextCursor: '' }
        },
      },
    })
    const { body } = await send('GET', `/v1/mails?orderId=${orderId}`)
    expect(body).toStrictEqual({ mails: [{ ...mail, at: shownAt }], nextCursor: null })
    await send('GET', '/v1/mails?limit=5&cursor=c')
    expect(asked.map((request) => [request.orderId, request.pageSize, request.cursor])).toStrictEqual([
      [orderId, 50, ''],
      ['', 5, 'c'],
    ])
    expect((await send('GET', '/v1/mails', { by: asCustomer('17850') })).status).toBe(403)
  })
})

describe('webhooks', () => {
  const url = 'https://partner.example/hooks'
  const webhook = { webhookId: 'w1', url, events: ['order.completed'] }
  const shown = { ...webhook, paused: false, oldSecretUntil: null, createdAt: shownAt }

  it('are registered with a secret that is told once', async () => {
    const { send } = await start({
      webhooks: {
        createWebhook: ({ url, events }) => ({
          webhook: { webhookId: 'w1', url, events, createdAt: at },
          secret: 'whsec_1',
        }),
        listWebhooks: () => ({ webhooks: [{ ...webhook, createdAt: at }] }),
      },
    })
    const created = await send('POST', '/v1/webhooks', { body: { url, events: ['order.completed'] } })
    expect(created.status).toBe(201)
    expect(created.headers.get('Location')).toBe('/v1/webhooks/w1')
    expect(created.body).toStrictEqual({ ...shown, secret: 'whsec_1' })
    const listed = await send('GET', '/v1/webhooks')
    expect(listed.body).toStrictEqual({ webhooks: [shown] })
    expect(listed.text).not.toMatch(/whsec/)
  })

  it('go only where the configuration allows, with events that there are', async () => {
    const { send } = await start({
      webhooks: {
        createWebhook: () => {
          throw new ConnectError('url: http://10.0.0.1 is not among the addresses', Code.InvalidArgument)
        },
      },
    })
    const elsewhere = await send('POST', '/v1/webhooks', { body: { url: 'http://10.0.0.1/' } })
    expect(elsewhere.status).toBe(422)
    expect(elsewhere.body.detail).toBe('url: http://10.0.0.1 is not among the addresses')
    const unknown = await send('POST', '/v1/webhooks', { body: { url, events: ['order.eaten'] } })
    expect((unknown.body.errors as { path: string }[])[0]?.path).toBe('events[0]')
  })

  it('are deleted, with nothing left to say', async () => {
    const { send } = await start({
      webhooks: {
        deleteWebhook: ({ webhookId }) => {
          if (webhookId !== 'w1') throw noSuch('webhook')
          return {}
        },
      },
    })
    const { status, text } = await send('DELETE', '/v1/webhooks/w1')
    expect([status, text]).toStrictEqual([204, ''])
    expect((await send('DELETE', '/v1/webhooks/w2')).status).toBe(404)
  })

  it('show what became of their deliveries', async () => {
    const delivery = { deliveryId: 'd1', event: 'order.completed', orderId }
    const { send } = await start({
      webhooks: {
        listDeliveries: () => ({
          deliveries: [
            { ...delivery, status: 'pending', createdAt: at },
            { ...delivery, status: 'failed', attempts: 8, lastAnswer: '503', createdAt: at, attemptedAt: at },
          ],
        }),
      },
    })
    const { body } = await send('GET', '/v1/webhooks/w1/deliveries')
    expect(body.deliveries).toStrictEqual([
      {
        ...delivery,
        test: false,
        status: 'pending',
        attempts: 0,
        lastAnswer: null,
        createdAt: shownAt,
        attemptedAt: null,
      },
      {
        ...delivery,
        test: false,
        status: 'failed',
        attempts: 8,
        lastAnswer: '503',
        createdAt: shownAt,
        attemptedAt: shownAt,
      },
    ])
  })

  it('are changed in what is given, and in nothing else', async () => {
    const asked: UpdateWebhookRequest[] = []
    const { send } = await start({
      webhooks: {
        getWebhook: () => ({ webhook: { ...webhook, createdAt: at } }),
        updateWebhook: (request) => {
          asked.push(request)
          return { webhook: { ...webhook, paused: true, createdAt: at } }
        },
      },
    })
    expect((await send('GET', '/v1/webhooks/w1')).body).toStrictEqual(shown)
    const { body } = await send('PATCH', '/v1/webhooks/w1', { body: { paused: true } })
    expect(body).toStrictEqual({ ...shown, paused: true })
    await send('PATCH', '/v1/webhooks/w1', { body: { events: [] } })
    expect(asked.map(({ url, events, paused }) => [url, events?.types, paused])).toStrictEqual([
      [undefined, undefined, true],
      [undefined, [], undefined],
    ])
    const nothing = await send('PATCH', '/v1/webhooks/w1', { body: {} })
    expect([nothing.status, nothing.body.detail]).toStrictEqual([
      422,
      'body: must change something: url, events or paused',
    ])
  })

  it('get a new secret and a test event once under one key', async () => {
    const asked: string[] = []
    const { send } = await start({
      webhooks: {
        rotateSecret: ({ key }) => {
          asked.push(key)
          return { webhook: { ...webhook, oldSecretUntil: at, createdAt: at }, secret: 'whsec_2' }
        },
        sendTest: ({ deliveryId }) => {
          asked.push(deliveryId)
          return {}
        },
      },
    })
    for (const what of ['secret', 'test']) {
      asked.length = 0
      for (const key of ['k1', 'k1', 'k2'])
        await send('POST', `/v1/webhooks/w1/${what}`, { headers: { 'Idempotency-Key': key } })
      expect([asked.length, new Set(asked).size, asked[0] === asked[1]]).toStrictEqual([3, 2, true])
    }
    const rotated = await send('POST', '/v1/webhooks/w1/secret')
    expect(rotated.body).toStrictEqual({ ...shown, oldSecretUntil: shownAt, secret: 'whsec_2' })
    const tested = await send('POST', '/v1/webhooks/w1/test')
    expect([tested.status, tested.body.deliveryId]).toStrictEqual([202, asked.at(-1)])
  })

  it('show their deliveries page by page, of one outcome if asked', async () => {
    const asked: ListDeliveriesRequest[] = []
    const { send } = await start({
      webhooks: {
        listDeliveries: (request) => {
          asked.push(request)
          return { deliveries: [], nextCursor: 'c2' }
        },
      },
    })
    const { body } = await send('GET', '/v1/webhooks/w1/deliveries?status=failed&cursor=c1&limit=5')
    expect(body.nextCursor).toBe('c2')
    expect(asked.map(({ status, cursor, pageSize }) => [status, cursor, pageSize])).toStrictEqual([
      ['failed', 'c1', 5],
    ])
    expect((await send('GET', '/v1/webhooks/w1/deliveries?status=lost')).status).toBe(400)
  })

  it('are sent again by hand, unless they are still being tried', async () => {
    const asked: RedeliverRequest[] = []
    const { send } = await start({
      webhooks: {
        redeliver: (request) => {
          if (asked.push(request) > 1) throw new ConnectError('still being tried', Code.FailedPrecondition)
          return {}
        },
      },
    })
    const redeliver = () => send('POST', '/v1/webhooks/w1/deliveries/d1/redeliver')
    const { status, body } = await redeliver()
    expect(status).toBe(202)
    expect(body).toStrictEqual({ webhookId: 'w1', deliveryId: 'd1', status: 'pending' })
    expect([asked[0]?.webhookId, asked[0]?.deliveryId]).toStrictEqual(['w1', 'd1'])
    expect((await redeliver()).status).toBe(409)
  })
})
