import { once as emitted } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { connectRedis, type Redis } from '#platform/redis/redis.ts'
import { about } from '#platform/testing/expect.ts'
import { randomName, silent, testServer, until } from '#platform/testing/fixtures.ts'
import {
  asCustomer,
  asNobody,
  type Services,
  startTestGateway,
  type TestGateway,
} from '../testing/fixtures.ts'
import { createLimiter, createSignInLimiter, type Limiter } from './limits.ts'

let redis: Redis
let gateway: TestGateway | undefined
beforeAll(async () => {
  redis = connectRedis(testServer('TEST_REDIS_URL'), silent)
  await until('Redis is up', () => redis.isUp())
})
afterAll(() => redis.close())
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
})

const start = async (services: Services) => (gateway = await startTestGateway(services))
const threeIn = (seconds: number, over = redis) =>
  createLimiter({ redis: over, what: randomName('test'), limit: 3, seconds })

describe('requests of one caller', () => {
  it('are limited over all gateways together, each caller for themselves', async () => {
    const what = randomName('test')
    const [here, there] = [1, 2].map(() => createLimiter({ redis, what, limit: 3, seconds: 60 }))
    expect((await here?.take('ann'))?.remaining).toBe(2)
    expect((await there?.take('ann'))?.remaining).toBe(1)
    expect((await here?.take('ann'))?.allowed).toBe(true)
    const refused = await there?.take('ann')
    expect([refused?.allowed, refused?.remaining, refused?.limit]).toStrictEqual([false, 0, 3])
    expect(refused && refused.resetIn > 50 && refused.resetIn <= 60).toBeTruthy()
    expect((await there?.take('bob'))?.allowed).toBe(true)
  })

  it('are free again when the window ends', async () => {
    const limiter = threeIn(1)
    for (let n = 0; n < 4; n++) await limiter.take('ann')
    await until('the next window', async () => (await limiter.take('ann')).allowed, 3_000)
  })

  it('are told how many are left, and beyond that when to come back', async () => {
    const { send } = await start({ limiter: threeIn(60) })
    const me = (by: string) => send('GET', '/v1/auth/me', { by: asCustomer(by) })
    const first = await me('17850')
    expect(first.headers.get('RateLimit-Limit')).toBe('3')
    expect(first.headers.get('RateLimit-Remaining')).toBe('2')
    expect(first.headers.get('RateLimit-Reset') ?? '').toMatch(/^\d+$/)
    await me('17850')
    await me('17850')
    const refused = await me('17850')
    expect(refused.status).toBe(429)
    expect(refused.body.type).toBe('/problems/too-many-requests')
    expect(refused.headers.get('Retry-After')).toBe(refused.headers.get('RateLimit-Reset'))
    expect((await me('13047')).status).toBe(200)
  })

  it('without a good token count by address, so that nobody tries tokens without end', async () => {
    const { send } = await start({ limiter: threeIn(60) })
    const guess = (n: number) =>
      send('GET', '/v1/auth/me', { by: asNobody, headers: { Authorization: `Bearer a.b.${n}` } })
    for (let n = 0; n < 3; n++) expect((await guess(n)).status).toBe(401)
    expect((await guess(3)).status).toBe(429)
    expect((await send('GET', '/.well-known/jwks.json', { by: asNobody })).status).toBe(429)
    expect((await send('GET', '/v1/auth/me')).status).toBe(200)
  })

  it('count by the address that a proxy tells, if it is a trusted one', async () => {
    const from = (address: string) => ({ by: asNobody, headers: { 'X-Forwarded-For': address } }) as const
    for (const [proxies, fourth] of [
      [undefined, 429],
      ['loopback', 200],
      ['1', 200],
    ] as const) {
      await gateway?.stop()
      const { send } = await start({ limiter: threeIn(60), proxies })
      for (let n = 0; n < 3; n++) await send('GET', '/.well-known/jwks.json', from('192.0.2.1'))
      const other = await send('GET', '/.well-known/jwks.json', from('192.0.2.2'))
      about(`proxies: ${proxies}`, () => expect(other.status).toBe(fourth))
    }
  })
})

describe('without Redis', () => {
  it('each gateway counts for itself', async () => {
    const away = connectRedis('redis://127.0.0.1:1', silent)
    try {
      expect(await fourTimes(threeIn(60, away))).toStrictEqual([true, true, true, false])
    } finally {
      await away.close()
    }
  })

  it('that stops to answer, requests go on after a moment', async () => {
    await using line = await lineTo(testServer('TEST_REDIS_URL'))
    const far = connectRedis(line.url, silent)
    try {
      await until('Redis is up', () => far.isUp())
      const limiter = threeIn(60, far)
      expect((await limiter.take('ann')).remaining).toBe(2)
      line.mute()
      expect(await fourTimes(limiter)).toStrictEqual([true, true, true, false])
    } finally {
      await far.close()
    }
  })
})

async function fourTimes(limiter: Limiter): Promise<boolean[]> {
  const taken = []
  for (let n = 0; n < 4; n++) taken.push((await limiter.take('ann')).allowed)
  return taken
}

/** A connection to a server that stays open when nothing comes through it any more. */
async function lineTo(serverUrl: string) {
  const { hostname, port } = new URL(serverUrl)
  const sockets: Socket[] = []
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) sockets.push(socket.on('error', () => {}))
    near.pipe(far).pipe(near)
  })
  await emitted(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mute: () => sockets.forEach((socket) => socket.unpipe()),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await emitted(server.close(), 'close')
    },
  }
}

describe('signing in', () => {
  const password = 'correct horse'
  const users: Services['users'] = {
    signIn: (request) => {
      if (request.password !== password) throw new ConnectError('no', Code.Unauthenticated)
      return { role: 'customer', id: '17850' }
    },
  }
  /** A gateway that nobody else has tried to get in at: each test has an address of its own. */
  const door = async () => {
    const address = Array.from({ length: 4 }, () => Math.floor(Math.random() * 65_535).toString(16)).join(':')
    const headers = { 'X-Forwarded-For': `2001:db8:${address}::1` }
    const { send } = await start({ users, signIns: createSignInLimiter(redis), proxies: 'loopback' })
    return (userName: string, tried: string) =>
      send('POST', '/v1/auth/token', { body: { userName, password: tried }, by: asNobody, headers })
  }

  it('is refused after ten failures of a name in a minute, with the right password too', async () => {
    const signIn = await door()
    const ada = randomName('ada')
    for (let n = 0; n < 10; n++) expect((await signIn(ada, `guess ${n}`)).status).toBe(401)
    const refused = await signIn(ada, password)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('Retry-After') ?? '').toMatch(/^\d+$/)
    expect((await signIn(ada.toUpperCase(), password)).status).toBe(429)
    expect((await signIn(randomName('bob'), password)).status).toBe(200)
  })

  it('is refused for many names from one address', async () => {
    const signIn = await door()
    const statuses = []
    for (let n = 0; n < 61; n++) statuses.push((await signIn(randomName('name'), 'guess')).status)
    expect(new Set(statuses.slice(0, 60))).toStrictEqual(new Set([401]))
    expect(statuses[60]).toBe(429)
  })

  it('is not counted when it succeeds', async () => {
    const signIn = await door()
    const ada = randomName('ada')
    for (let n = 0; n < 12; n++) expect((await signIn(ada, password)).status).toBe(200)
  })

  it('counts guesses that come all at once', async () => {
    const signIn = await door()
    const ada = randomName('ada')
    const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => signIn(ada, `guess ${n}`)))
    expect(replies.filter(({ status }) => status === 401).length).toBe(10)
  })

  it('leaves no name in Redis', async () => {
    const signIn = await door()
    const ada = `${randomName('ada')}@example.com`
    await signIn(ada, 'guess')
    const keys = await redis.client.keys('rate:*')
    expect(keys.length).toBeGreaterThan(0)
    expect(keys.some((key) => key.includes(ada))).toBeFalsy()
  })
})
