import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  noSuch,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import type { ReceivedReturn, RequestReturn, ReturnDecision } from '#contracts/return.ts'
import { bucketOf, newIdInBucket } from '#platform/ids.ts'

const orderId = newIdInBucket(bucketOf('17850'), new Date())
const at = timestampFromDate(new Date('2010-12-09T08:26:00Z'))
const path = `/v1/orders/${orderId}/returns`
const ask = { lines: [{ lineNumber: 1, quantity: 4 }], reason: 'too many' }
const ada = asCustomer('17850')

const returned = {
  number: 1,
  status: 'refunded',
  reason: 'too many',
  amount: 1020n,
  requestedAt: at,
  endedAt: at,
  lines: [{ lineNumber: 1, productId: '85123A', quantity: 4, unitPrice: 255n, restocked: 3, writtenOff: 1 }],
}
const order = { orderId, customerId: '17850', source: 'web', status: 'completed', returns: [returned] }
const onRecord: Services['orders'] = { getOrder: () => ({ order }) }

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway({ orders: onRecord, ...services })
  return gateway
}
afterEach(() => gateway.stop())

describe('asking for a return', () => {
  it('puts it on record in the name of the customer, and says what the goods cost', async () => {
    const asked: Omit<RequestReturn, 'number'>[] = []
    const { send } = await start({
      returns: {
        request: async (request) => {
          asked.push(request)
          return { kind: 'opened', number: 2, amount: 1020 }
        },
      },
    })
    const { status, body, headers } = await send('POST', path, { body: ask, by: ada })
    expect(status).toBe(201)
    expect(body).toStrictEqual({ orderId, number: 2, amount: 1020 })
    expect(headers.get('Location')).toBe(`/v1/orders/${orderId}`)
    const [request] = asked
    expect(request?.lines).toStrictEqual(ask.lines)
    expect([request?.reason, request?.by]).toStrictEqual(['too many', 'customer:17850'])
    expect(request?.requestedAt).toBe('2010-12-01T08:26:00.000Z')
  })

  it('is a repeat under the same Idempotency-Key and body, and another return otherwise', async () => {
    const fingerprints: string[] = []
    const { send } = await start({
      returns: {
        request: async ({ fingerprint }) => {
          fingerprints.push(fingerprint)
          return { kind: 'opened', number: 1, amount: 1020 }
        },
      },
    })
    const headers = { 'Idempotency-Key': 'k1' }
    await send('POST', path, { body: ask, headers })
    await send('POST', path, { body: ask, headers })
    await send('POST', path, { body: { ...ask, reason: 'too big' }, headers })
    await send('POST', path, { body: ask })
    await send('POST', path, { body: ask })
    expect(fingerprints[0]).toBe(fingerprints[1])
    expect(new Set(fingerprints).size).toBe(4)
  })

  it('is refused by the fields that cannot come back', async () => {
    const { send } = await start({
      returns: {
        request: async () => ({
          kind: 'refused',
          problems: [
            'lines[0].quantity: 2 of line 1 can come back, not 4',
            'lines[1].lineNumber: nothing of line 9 was delivered',
          ],
        }),
      },
    })
    const { status, body } = await send('POST', path, { body: ask, by: ada })
    expect(status).toBe(422)
    expect(body.detail).toBe('lines[0].quantity: 2 of line 1 can come back, not 4')
    expect(body.errors).toStrictEqual([
      { path: 'lines[0].quantity', message: '2 of line 1 can come back, not 4' },
      { path: 'lines[1].lineNumber', message: 'nothing of line 9 was delivered' },
    ])
  })

  it('is refused before the goods are there, without a number being taken', async () => {
    let asked = 0
    const { send } = await start({
      orders: { getOrder: () => ({ order: { ...order, status: 'shipping' } }) },
      returns: {
        request: async () => {
          asked++
          return { kind: 'opened', number: 1, amount: 1 }
        },
      },
    })
    const { status, body } = await send('POST', path, { body: ask, by: ada })
    expect(status).toBe(409)
    expect(body.type).toBe('/problems/not-returnable')
    expect(body.detail).toBe('Goods can come back once the order is completed; it is shipping.')
    expect(asked).toBe(0)
  })

  it('says where to look when it is not judged in time', async () => {
    const { send } = await start({ returns: { request: async () => ({ pending: true, number: 3 }) } })
    const { status, body } = await send('POST', path, { body: ask })
    expect(status).toBe(202)
    expect(body).toStrictEqual({ orderId, number: 3, status: 'pending', location: `/v1/orders/${orderId}` })
  })

  it("is for the order's customer and staff alone, of an order that exists", async () => {
    let known = true
    const { send } = await start({
      orders: {
        getOrder: () => {
          if (!known) throw noSuch('order')
          return { order }
        },
      },
    })
    expect((await send('POST', path, { body: ask, by: asCustomer('13047') })).status).toBe(404)
    expect((await send('POST', path, { body: ask })).status).toBe(201)
    known = false
    expect((await send('POST', path, { body: ask })).status).toBe(404)
  })

  it('names at least one line and a reason', async () => {
    const { send } = await start()
    for (const body of [
      { ...ask, lines: [] },
      { lines: ask.lines },
      { ...ask, lines: [{ lineNumber: 0 }] },
    ]) {
      expect((await send('POST', path, { body })).status).toBe(422)
    }
  })
})

describe('a return', () => {
  it('is accepted or refused by staff, in their name', async () => {
    const asked: ReturnDecision[] = []
    const { send } = await start({
      returns: {
        decide: async (_orderId, number, decision) => {
          asked.push(decision)
          return { orderId, number, status: decision.accept ? 'accepted' : 'refused' }
        },
      },
    })
    const decide = (body: object) => send('POST', `${path}/1/decision`, { body })
    expect((await decide({ accept: true })).body).toStrictEqual({ orderId, number: 1, status: 'accepted' })
    const refused = await decide({ accept: false, note: 'worn' })
    expect(refused.body).toStrictEqual({ orderId, number: 1, status: 'refused' })
    expect(asked).toStrictEqual([
      { accept: true, by: 'staff:ann' },
      { accept: false, note: 'worn', by: 'staff:ann' },
    ])
    expect((await send('POST', `${path}/1/decision`, { body: { accept: true }, by: ada })).status).toBe(403)
  })

  it('is received in whole, or line by line', async () => {
    const asked: ReceivedReturn[] = []
    const { send } = await start({
      returns: {
        receive: async (_orderId, number, received) => {
          asked.push(received)
          return { orderId, number, status: 'received' }
        },
      },
    })
    const receive = (body?: object) => send('POST', `${path}/1/receipt`, body && { body })
    expect((await receive()).body).toStrictEqual({ orderId, number: 1, status: 'received' })
    await receive({ lines: [{ lineNumber: 1, restocked: 3 }], note: 'one is missing' })
    expect(asked).toStrictEqual([
      { by: 'staff:ann' },
      {
        by: 'staff:ann',
        note: 'one is missing',
        lines: [{ lineNumber: 1, restocked: 3, writtenOff: 0 }],
      },
    ])
  })

  it('refuses what comes at the wrong moment, or does not fit', async () => {
    let refused: 'NotNow' | 'InvalidReceipt' = 'NotNow'
    const { send } = await start({
      returns: {
        receive: async () => ({ refused, message: 'lines[0].restocked: only 4 of line 1 were to come back' }),
      },
    })
    const receive = () => send('POST', `${path}/1/receipt`, { body: {} })
    expect((await receive()).status).toBe(409)
    refused = 'InvalidReceipt'
    const { status, body } = await receive()
    expect([status, body.errors]).toStrictEqual([
      422,
      [{ path: 'lines[0].restocked', message: 'only 4 of line 1 were to come back' }],
    ])
  })

  it('that has ended is told from one that never was', async () => {
    const gone = async () => ({ refused: 'NotFound' as const, message: 'no such return is running' })
    const { send } = await start({ returns: { decide: gone } })
    const decide = (number: number) => send('POST', `${path}/${number}/decision`, { body: { accept: true } })
    const ended = await decide(1)
    expect([ended.status, ended.body.detail]).toStrictEqual([409, 'The return is refunded.'])
    expect((await decide(2)).status).toBe(404)
    expect((await send('POST', `${path}/one/decision`, { body: { accept: true } })).status).toBe(400)
  })

  it('shows in its order', async () => {
    const { send } = await start()
    const { body } = await send('GET', `/v1/orders/${orderId}`, { by: ada })
    expect(body.returns).toStrictEqual([
      {
        ...returned,
        // Nothing in its history says that the customer wrote it.
        reason: null,
        amount: 1020,
        requestedAt: '2010-12-09T08:26:00.000Z',
        endedAt: '2010-12-09T08:26:00.000Z',
        lines: [{ ...returned.lines[0], unitPrice: 255 }],
      },
    ])
  })
})

describe('the returns of all orders', () => {
  const listed = {
    orderId,
    customerId: '17850',
    currency: 'GBP',
    return: { ...returned, status: 'requested', endedAt: undefined },
    since: at,
    by: 'customer:17850',
  }

  it('are listed by status, the oldest first when asked, page by page', async () => {
    const asked: unknown[] = []
    const { send } = await start({
      orders: {
        listReturns: ({ statuses, oldestFirst, pageSize, cursor }) => {
          asked.push({ statuses, oldestFirst, pageSize, cursor })
          const missing = [{ shard: 'orders_2', why: 'away' }]
          return { returns: [listed], nextCursor: cursor ? '' : 'c2', missing }
        },
      },
    })
    const path = '/v1/returns?status=requested&status=accepted&sort=requestedAt&limit=1'
    const first = await send('GET', path)
    expect(first.body).toStrictEqual({
      returns: [
        {
          ...returned,
          orderId,
          customerId: '17850',
          currency: 'GBP',
          status: 'requested',
          amount: 1020,
          requestedAt: '2010-12-09T08:26:00.000Z',
          endedAt: null,
          by: 'customer:17850',
          since: '2010-12-09T08:26:00.000Z',
          lines: [{ ...returned.lines[0], unitPrice: 255 }],
        },
      ],
      nextCursor: 'c2',
      partial: true,
      missing: [{ shard: 'orders_2', why: 'away' }],
      unreadable: [],
    })
    expect((await send('GET', `${path}&cursor=c2`)).body.nextCursor).toBeNull()
    await send('GET', '/v1/returns')
    const statuses = ['requested', 'accepted']
    expect(asked).toStrictEqual([
      { statuses, oldestFirst: true, pageSize: 1, cursor: '' },
      { statuses, oldestFirst: true, pageSize: 1, cursor: 'c2' },
      { statuses: [], oldestFirst: false, pageSize: 50, cursor: '' },
    ])
  })

  it('are for staff, and of a status that there is', async () => {
    const { send } = await start()
    expect((await send('GET', '/v1/returns', { by: ada })).status).toBe(403)
    expect((await send('GET', '/v1/returns?status=lost')).status).toBe(400)
  })
})
