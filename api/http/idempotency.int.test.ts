import { once as emitted } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { bucketOf, newIdInBucket } from '#platform/ids.ts'
import { createLogger } from '#platform/process/logger.ts'
import { connectRedis, type Redis } from '#platform/redis/redis.ts'
import { randomName, silent, testServer, until } from '#platform/testing/fixtures.ts'
import {
  asCustomer,
  asStaff,
  forgetful,
  type Services,
  startTestGateway,
  type TestGateway,
} from '../testing/fixtures.ts'
import { createIdempotencyStore } from './idempotency.ts'

const basket = { customerId: '17850', lines: [{ productId: '85123A', quantity: 6 }] }
const otherBasket = { customerId: '17850', lines: [{ productId: '85123A', quantity: 7 }] }
const orderId = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'

let redis: Redis
let gateway: TestGateway
beforeAll(async () => {
  redis = connectRedis(testServer('TEST_REDIS_URL'), silent)
  await until('Redis is up', () => redis.isUp())
})
afterAll(() => redis.close())
afterEach(() => gateway.stop())

const start = async (services: Services = {}) => {
  gateway = await startTestGateway({
    idempotency: createIdempotencyStore({ redis, logger: silent }),
    ...services,
  })
  return gateway
}
const withKey = (key = randomName('key')) => ({ 'Idempotency-Key': key })

/** A cancel that counts, and holds each call until it is let go. */
function countedCancel() {
  const gate = Promise.withResolvers<void>()
  const counted = {
    calls: 0,
    letGo: () => gate.resolve(),
    workflows: {
      cancel: async (id: string) => {
        counted.calls++
        await gate.promise
        return { orderId: id, status: 'paid' as const, accepted: true as const }
      },
    },
  }
  return counted
}

describe('an Idempotency-Key', () => {
  it('gets the same answer again, with its headers, and says so', async () => {
    const { send, placed } = await start()
    const headers = withKey()
    const first = await send('POST', '/v1/orders', { body: basket, headers })
    const again = await send('POST', '/v1/orders', { body: basket, headers })
    expect(again.status).toBe(201)
    expect(again.body).toStrictEqual(first.body)
    expect(again.headers.get('Location')).toBe(first.headers.get('Location'))
    expect(first.headers.get('Idempotency-Replayed')).toBe(null)
    expect(again.headers.get('Idempotency-Replayed')).toBe('true')
    expect(placed.length).toBe(1)
  })

  it('is carried out once', async () => {
    const cancel = countedCancel()
    cancel.letGo()
    const { send } = await start({ workflows: cancel.workflows })
    const headers = withKey()
    for (let n = 0; n < 3; n++) {
      expect((await send('POST', `/v1/orders/${orderId}/cancel`, { headers })).status).toBe(200)
    }
    expect(cancel.calls).toBe(1)
  })

  it('is refused for another body', async () => {
    const { send } = await start()
    const headers = withKey()
    await send('POST', '/v1/orders', { body: basket, headers })
    const reply = await send('POST', '/v1/orders', { body: otherBasket, headers })
    expect(reply.status).toBe(422)
    expect(reply.body.type).toBe('/problems/key-reused')
  })

  it('takes a body for the same whatever the order of its fields', async () => {
    const { send } = await start()
    const headers = withKey()
    await send('POST', '/v1/orders', { body: basket, headers })
    const body = { lines: [{ quantity: 6, productId: '85123A' }], customerId: '17850' }
    const again = await send('POST', '/v1/orders', { body, headers })
    expect(again.headers.get('Idempotency-Replayed')).toBe('true')
  })

  it('says nothing about another address', async () => {
    const cancel = countedCancel()
    cancel.letGo()
    const { send } = await start({ workflows: cancel.workflows })
    const headers = withKey()
    await send('POST', `/v1/orders/${orderId}/cancel`, { headers })
    await send('POST', `/v1/orders/${orderId.replace('019a', '019b')}/cancel`, { headers })
    expect(cancel.calls).toBe(2)
  })

  it("says nothing about another caller's request, even for the same thing", async () => {
    const mine = newIdInBucket(bucketOf('17850'), new Date())
    const cancel = countedCancel()
    cancel.letGo()
    const { send } = await start({
      workflows: cancel.workflows,
      orders: { getOrder: () => ({ order: { orderId: mine, customerId: '17850' } }) },
    })
    const headers = withKey()
    for (const by of [asStaff, asCustomer('17850'), { ...asStaff, id: 'bob' }]) {
      const reply = await send('POST', `/v1/orders/${mine}/cancel`, { headers, by })
      expect(reply.status).toBe(200)
      expect(reply.headers.get('Idempotency-Replayed')).toBe(null)
    }
    expect(cancel.calls).toBe(3)
  })

  it('makes a repeat wait while the same request runs: ten at once get one answer', async () => {
    const cancel = countedCancel()
    const { send } = await start({ workflows: cancel.workflows })
    const headers = withKey()
    const asked = Array.from({ length: 10 }, () => send('POST', `/v1/orders/${orderId}/cancel`, { headers }))
    await until('the first is in hand', () => cancel.calls === 1)
    cancel.letGo()
    const replies = await Promise.all(asked)
    expect(replies.map(({ status, body }) => [status, body])).toStrictEqual(
      replies.map(() => [200, replies[0]?.body]),
    )
    expect(replies.filter(({ headers }) => headers.get('Idempotency-Replayed') === 'true').length).toBe(9)
    expect(cancel.calls).toBe(1)
  })

  it('places one order for ten requests at once', async () => {
    const { send, placed } = await start()
    const headers = withKey()
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => send('POST', '/v1/orders', { body: basket, headers })),
    )
    expect(new Set(replies.map(({ status }) => status))).toStrictEqual(new Set([201]))
    expect(new Set(replies.map(({ body }) => body.orderId)).size).toStrictEqual(1)
    expect(placed.length).toBe(1)
  })

  it('is free again for those who wait when the first was refused', async () => {
    const gate = Promise.withResolvers<void>()
    let calls = 0
    const { send } = await start({
      workflows: {
        cancel: async (id) => {
          calls++
          await gate.promise
          return calls === 1
            ? { refused: 'TooLate', message: 'too late' }
            : { orderId: id, status: 'paid', accepted: true }
        },
      },
    })
    const headers = withKey()
    const asked = [1, 2].map(() => send('POST', `/v1/orders/${orderId}/cancel`, { headers }))
    await until('the first is in hand', () => calls === 1)
    gate.resolve()
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(new Set(statuses)).toStrictEqual(new Set([409, 200]))
  })

  it('can be used again after a fault, and after "not yet"', async () => {
    let tries = 0
    const { send } = await start({
      workflows: {
        place: async ({ orderId: id, fingerprint, placedAt }) => {
          tries++
          if (tries === 1) throw new Error('the network is down')
          if (tries === 2) return { pending: true }
          return { orderId: id, status: 'pending', fingerprint, placedAt }
        },
      },
    })
    const headers = withKey()
    const statuses = []
    for (let n = 0; n < 4; n++) {
      statuses.push((await send('POST', '/v1/orders', { body: basket, headers })).status)
    }
    expect(statuses).toStrictEqual([500, 202, 201, 201])
    expect(tries).toBe(3)
  })

  it('can be used again with a corrected body after a refusal, which changed nothing', async () => {
    const { send } = await start({
      workflows: {
        decide: async (id, decision) =>
          decision.kind === 'amend'
            ? { refused: 'InvalidAmendment', message: 'the order has no line 9' }
            : { orderId: id, status: 'awaiting_customer' },
      },
    })
    const headers = withKey()
    const path = `/v1/orders/${orderId}/decision`
    const wrong = { kind: 'amend', lines: [{ lineNumber: 9, quantity: 1 }] }
    expect((await send('POST', path, { body: wrong, headers })).status).toBe(422)
    expect((await send('POST', path, { body: { kind: 'cancel' }, headers })).status).toBe(200)
  })

  it('is remembered for a day', async () => {
    const { send } = await start()
    const before = new Set(await redis.client.keys('idempotency:*'))
    await send('POST', '/v1/orders', { body: basket, headers: withKey() })
    const lives = []
    for (const name of await redis.client.keys('idempotency:*')) {
      if (!before.has(name)) lives.push(await redis.client.ttl(name))
    }
    expect(lives.some((seconds) => seconds > 86_390 && seconds <= 86_400)).toBeTruthy()
  })
})

describe('without Redis', () => {
  const lines: string[] = []
  const logger = createLogger({ process: 'test', destination: { write: (line) => void lines.push(line) } })

  for (const [how, listen] of [
    ['gone', false],
    ['silent', true],
  ] as const) {
    it(`that is ${how}, requests go on, orders stay single, and it is logged once`, async () => {
      lines.length = 0
      const mute = createServer((socket) => socket.on('error', () => {}))
      await emitted(mute.listen(0, '127.0.0.1'), 'listening')
      const { port } = mute.address() as { port: number }
      if (!listen) mute.close()
      const away = connectRedis(`redis://127.0.0.1:${port}`, silent)
      try {
        const { send, placed } = await start({ idempotency: createIdempotencyStore({ redis: away, logger }) })
        const headers = withKey()
        const first = await send('POST', '/v1/orders', { body: basket, headers })
        const again = await send('POST', '/v1/orders', { body: basket, headers })
        const other = await send('POST', '/v1/orders', { body: otherBasket, headers })
        expect([first.status, again.status, other.status]).toStrictEqual([201, 201, 422])
        expect(again.body).toStrictEqual(first.body)
        expect(placed.length).toBe(1)
        expect(lines.filter((line) => line.includes('not recognised')).length).toBe(1)
      } finally {
        await away.close()
        mute.close()
      }
    })
  }
})

describe('after Redis has forgotten everything', () => {
  const path = (what: string) => `/v1/orders/${orderId}/${what}`
  const changes = [
    ['a cancel', path('cancel'), { note: 'ordered twice' }, { note: 'too late' }],
    [
      'a decision',
      path('decision'),
      { kind: 'cancel' },
      { kind: 'amend', lines: [{ lineNumber: 1, quantity: 1 }] },
    ],
    ['a move', path('shipments/s1/move'), { status: 'delivered' }, { status: 'lost' }],
    ['a refund', path('refunds'), { reason: 'a scratch' }, { reason: 'a dent' }],
    ['a return’s decision', path('returns/1/decision'), { accept: true }, { accept: false }],
    ['a return’s receipt', path('returns/1/receipt'), {}, { note: 'one is broken' }],
  ] as const

  /** Keys as the order service keeps them. */
  const orderKeys = () => {
    const known = new Map<string, string>()
    return {
      getOrder: () => ({ order: { orderId, customerId: '17850', status: 'completed', currency: 'GBP' } }),
      claimKey: ({ name, fingerprint }: { name: string; fingerprint: string }) => {
        const first = known.get(name) ?? fingerprint
        known.set(name, first)
        return { another: first !== fingerprint }
      },
      releaseKey: ({ name }: { name: string }) => {
        known.delete(name)
        return {}
      },
    }
  }

  for (const [what, address, body, other] of changes) {
    it(`${what} is answered again under its key, and another one under it is refused`, async () => {
      const { send } = await start({ orders: orderKeys(), idempotency: forgetful })
      const headers = withKey()
      const first = await send('POST', address, { body, headers })
      const again = await send('POST', address, { body, headers })
      expect([again.status, again.body]).toStrictEqual([first.status, first.body])
      expect(first.status).toBeLessThan(300)
      const reused = await send('POST', address, { body: other, headers })
      expect([reused.status, reused.body.type]).toStrictEqual([422, '/problems/key-reused'])
    })
  }

  it('a refused change leaves its key to the corrected one', async () => {
    const { send } = await start({
      orders: orderKeys(),
      idempotency: forgetful,
      workflows: {
        decide: async (id, decision) =>
          decision.kind === 'amend'
            ? { refused: 'InvalidAmendment', message: 'the order has no line 9' }
            : { orderId: id, status: 'awaiting_customer' },
      },
    })
    const headers = withKey()
    const wrong = { kind: 'amend', lines: [{ lineNumber: 9, quantity: 1 }] }
    expect((await send('POST', path('decision'), { body: wrong, headers })).status).toBe(422)
    expect((await send('POST', path('decision'), { body: { kind: 'cancel' }, headers })).status).toBe(200)
  })
})
