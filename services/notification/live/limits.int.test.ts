import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { io, type Socket } from 'socket.io-client'
import { type Live, listenLive } from '#clients/live/live.ts'
import type { Role } from '#contracts/actor.ts'
import { type Update, updatesPath } from '#contracts/notification.ts'
import { createTokenSigner, createTokenVerifier } from '#platform/auth/tokens.ts'
import { randomName, silent, until } from '#platform/testing/fixtures.ts'
import { keys } from '../data/redis-keys.ts'
import { openRedis, redisUrl } from '../fixtures.ts'
import { type LiveLimits, usualLimits } from './limits.ts'
import { serveUpdates } from './sockets.ts'

const privateKeyPem = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const issued = { issuer: 'order-saga', audience: 'order-saga' }
const signer = await createTokenSigner({ ...issued, privateKeyPem, lifetime: 60_000 })
const { verify } = createTokenVerifier({
  audience: issued.audience,
  issuers: [{ issuer: issued.issuer, keys: signer.publicKeys() }],
})

const limits: LiveLimits = {
  ...usualLimits,
  person: { customer: 4, staff: 8 },
  address: 60,
  retryAfter: 0.2,
}

type Outcome = { socket: Socket; outcome: 'ready' | 'too_many' | 'cut'; data?: unknown }

describe('live connections', () => {
  let opened: Awaited<ReturnType<typeof openRedis>>
  beforeAll(async () => {
    opened = await openRedis(redisUrl(11))
    await opened.redis.client.flushDb()
  })
  afterAll(() => opened.redis.close())

  let started: (() => unknown)[] = []
  afterEach(async () => {
    for (const stop of started.toReversed()) await stop()
    started = []
  })

  async function startInstance(given: Partial<LiveLimits> = {}) {
    const { redis, store } = await openRedis(redisUrl(11))
    const server = createServer()
    const own = { limits: { ...limits, ...given }, clock: () => new Date(), logger: silent }
    const updates = serveUpdates({ server, store, redis, verify, ...own })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    started.push(async () => {
      await updates.stop()
      await redis.close()
    })
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, port }
  }

  async function open(
    url: string,
    id: string,
    role: Role = 'customer',
    from = '203.0.113.7',
  ): Promise<Outcome> {
    const token = await signer.sign({ sub: id, role })
    const socket = io(url, {
      path: updatesPath,
      auth: { token },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      extraHeaders: { 'x-forwarded-for': from },
    })
    started.push(() => socket.disconnect())
    return new Promise((resolve) => {
      socket.once('ready', () => resolve({ socket, outcome: 'ready' }))
      socket.once('disconnect', () => resolve({ socket, outcome: 'cut' }))
      socket.once('connect_error', (error: Error & { data?: { code: 'too_many' } }) =>
        resolve({ socket, outcome: error.data?.code ?? 'cut', data: error.data }),
      )
    })
  }
  const openMany = (count: number, ...[url, ...who]: Parameters<typeof open>) =>
    Promise.all(Array.from({ length: count }, () => open(url, ...who)))
  const inside = (all: readonly Outcome[]) => all.filter(({ outcome }) => outcome === 'ready')

  it('of one customer are held at the limit over all instances, and others still get in', async () => {
    const [one, two] = await Promise.all([startInstance(), startInstance()])
    const id = randomName('customer')
    const all = (await Promise.all([openMany(25, one.url, id), openMany(25, two.url, id)])).flat()
    expect(inside(all).length).toBe(limits.person.customer)
    const refused = all.filter(({ outcome }) => outcome === 'too_many')
    expect(refused.length).toBe(46)
    expect(refused[0]?.data).toStrictEqual({ code: 'too_many', retryAfter: limits.retryAfter })
    const others = await Promise.all([open(one.url, randomName('customer')), open(two.url, 'ann', 'staff')])
    expect(inside(others).length).toBe(2)
  })

  it('that are closed free their places', async () => {
    const { url } = await startInstance()
    const id = randomName('customer')
    const all = inside(await openMany(limits.person.customer, url, id))
    expect((await open(url, id)).outcome).toBe('too_many')
    all[0]?.socket.disconnect()
    await until('a place is free', async () => (await open(url, id)).outcome === 'ready')
  })

  it('of an instance that died are free again', async () => {
    const { url } = await startInstance()
    const id = randomName('customer')
    const dead = Array.from({ length: 4 }, (_, i) => ({ score: Date.now() - 31_000 - i, value: `dead-${i}` }))
    await opened.redis.client.zAdd(keys.liveOf(`customer:${id}`), dead)
    expect((await open(url, id)).outcome).toBe('ready')
  })

  it('that found no place come when one is free, and do not storm until then', async () => {
    const { url } = await startInstance()
    const id = randomName('customer')
    const holders = await openMany(limits.person.customer, url, id)
    const seen = { full: 0, ready: 0, asked: 0 }
    const live: Live = listenLive<Update>({
      urls: [url],
      path: updatesPath,
      token: () => (seen.asked++, signer.sign({ sub: id, role: 'customer' })),
      onItem: () => {},
      onFull: () => void seen.full++,
      onReady: () => void seen.ready++,
    })
    started.push(live.stop)
    const began = Date.now()
    await until('it was told three times', () => seen.full >= 3)
    const waited = Date.now() - began
    expect(waited).toBeGreaterThanOrEqual(2 * limits.retryAfter * 1_000)
    expect(seen.ready).toBe(0)
    holders[0]?.socket.disconnect()
    await until('it is in', () => seen.ready === 1)
  })

  it('of one address are held at the limit, whoever they are', async () => {
    const { url } = await startInstance({ address: 5 })
    const from = '198.51.100.9'
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) => open(url, randomName(`customer-${n}`), 'customer', from)),
    )
    expect(inside(all).length).toBe(5)
    expect((await open(url, randomName('customer'), 'customer', '198.51.100.10')).outcome).toBe('ready')
  })

  it('are held at what an instance can carry', async () => {
    const { url } = await startInstance({ all: 5 })
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, n) => open(url, randomName('customer'), 'customer', `198.51.100.${n}`)),
    )
    expect(inside(all).length).toBeLessThanOrEqual(5)
    // Beyond what may wait for a refusal, the connection itself is not taken.
    expect(all.some(({ outcome }) => outcome === 'cut')).toBeTruthy()
    for (const { socket } of all) socket.disconnect()
    await until('there is room again', async () => {
      return (await open(url, randomName('customer'), 'customer', '198.51.100.99')).outcome === 'ready'
    })
  })

  it('that do not say who they are in time are cut off', async () => {
    const { port } = await startInstance({ signInWithin: 500 })
    const silentOne = await upgrade(port)
    await until('it is cut', () => silentOne.destroyed || silentOne.readableEnded)
  })

  it('that say much, or much at once, are cut off', async () => {
    const { url } = await startInstance()
    const chatty = await open(url, randomName('customer'))
    for (let n = 0; n < 50; n++) chatty.socket.emit('hello', n)
    await until('it is cut', () => !chatty.socket.connected)
    const large = await open(url, randomName('customer'))
    large.socket.emit('hello', 'x'.repeat(20_000))
    await until('it is cut', () => !large.socket.connected)
    expect((await open(url, randomName('customer'))).outcome).toBe('ready')
  })

  it('are counted by each instance while Redis is away', async () => {
    const { redis, store } = await openRedis(redisUrl(11))
    const server = createServer()
    const own = { limits, clock: () => new Date(), logger: silent }
    const updates = serveUpdates({ server, store, redis, verify, ...own })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    started.push(() => updates.stop())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await redis.close()
    const id = randomName('customer')
    const all = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const socket = io(url, {
          path: updatesPath,
          auth: { token: await signer.sign({ sub: id, role: 'customer' }) },
          transports: ['websocket'],
          reconnection: false,
          forceNew: true,
        })
        started.push(() => socket.disconnect())
        return new Promise<string>((resolve) => {
          socket.once('connect', () => resolve('in'))
          socket.once('connect_error', () => resolve('out'))
        })
      }),
    )
    expect(all.filter((one) => one === 'in').length).toBe(limits.person.customer)
  })
})

/** A WebSocket connection that says nothing. */
async function upgrade(port: number) {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const lines = [
    `GET ${updatesPath}/?EIO=4&transport=websocket HTTP/1.1`,
    'Host: live',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101/)
  return socket.resume()
}
