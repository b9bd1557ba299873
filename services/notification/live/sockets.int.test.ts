import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Live, listenLive } from '#clients/live/live.ts'
import type { Role } from '#contracts/actor.ts'
import { type OrderEvent, type Update, updatesPath } from '#contracts/notification.ts'
import { refusingRevoked } from '#platform/auth/revocations.ts'
import { createTokenSigner, createTokenVerifier } from '#platform/auth/tokens.ts'
import { ensure } from '#platform/testing/expect.ts'
import { randomName, silent, until } from '#platform/testing/fixtures.ts'
import { newEvent, openRedis } from '../fixtures.ts'
import { type LiveLimits, usualLimits } from './limits.ts'
import { serveUpdates } from './sockets.ts'

type Instance = { url: string; stop(): Promise<void> }

const privateKeyPem = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const issuedBy = (audience: string, lifetime = 60_000) =>
  createTokenSigner({ privateKeyPem, issuer: 'order-saga', audience, lifetime })
const signer = await issuedBy('order-saga')
const { verify } = createTokenVerifier({
  audience: 'order-saga',
  issuers: [{ issuer: 'order-saga', keys: signer.publicKeys() }],
})

const revoked = new Set<unknown>()

async function startInstance(limits: LiveLimits = usualLimits): Promise<Instance> {
  const { redis, store } = await openRedis()
  const server = createServer()
  // Without the slow reads, so that a wake that does not come is seen.
  const isRevoked = ({ sub }: { sub?: unknown }) => revoked.has(sub)
  const common = { clock: () => new Date(), logger: silent, readEvery: 3_600_000, isRevoked, lookEvery: 20 }
  const updates = serveUpdates({
    server,
    store,
    redis,
    ...refusingRevoked({ verify }, { isRevoked }),
    limits,
    ...common,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      await updates.stop()
      await redis.close()
    },
  }
}

describe('live updates', () => {
  let one: Instance
  let other: Instance
  let opened: Awaited<ReturnType<typeof openRedis>>
  const clients: Live[] = []

  beforeAll(async () => {
    ;[one, other, opened] = await Promise.all([startInstance(), startInstance(), openRedis()])
  })
  afterAll(async () => {
    for (const client of clients) client.stop()
    await Promise.all([one.stop(), other.stop(), opened.redis.close()])
  })

  /** What happens to one order, from its creation on. */
  function orderOf(customerId = randomName('customer')) {
    const order = { customerId, orderId: randomName('order') }
    return (['pending', 'reserved', 'paid', 'shipping', 'completed'] as const).map((status) =>
      newEvent({ ...order, status, type: `order.${status}` }),
    )
  }
  async function record(...events: OrderEvent[]) {
    for (const event of events) expect(await opened.store.recordUpdate(event)).toBe(true)
  }

  type Ask = {
    role?: Role
    id?: string
    urls?: string[]
    since?: string
    orderId?: string
    customerId?: string
    token?: () => Promise<string>
  }

  /** A client, and what it heard; resolves when it listens. */
  async function listen({
    role = 'customer',
    id = 'ann',
    urls = [one.url],
    since,
    orderId,
    customerId,
    token,
  }: Ask) {
    const heard: Update[] = []
    const seen = { ready: 0, gaps: 0, refused: '' }
    const live = listenLive<Update>({
      urls,
      path: updatesPath,
      token: token ?? (() => signer.sign({ sub: id, role })),
      since,
      ask: { ...(orderId && { orderId }), ...(customerId && { customerId }) },
      onItem: (update) => void heard.push(update),
      onReady: () => void seen.ready++,
      onGap: () => void seen.gaps++,
      onRefused: (code) => void (seen.refused = code),
    })
    clients.push(live)
    await until('it listens or is refused', () => seen.ready > 0 || seen.refused !== '')
    return { live, heard, seen }
  }

  const ids = (events: readonly OrderEvent[]) => events.map(({ id }) => id)
  const hears = async (heard: readonly Update[], events: readonly OrderEvent[]) => {
    await until(`${events.length} updates, now ${heard.length}`, () => heard.length >= events.length, 5_000)
    expect(ids(heard)).toStrictEqual(ids(events))
  }

  it('reach the customer on whichever instance, in order and with all that is known', async () => {
    const [event, ...more] = orderOf()
    ensure(event)
    const first = await listen({ id: event.customerId })
    const second = await listen({ id: event.customerId, urls: [other.url] })
    await record(event, ...more)
    await hears(first.heard, [event, ...more])
    await hears(second.heard, [event, ...more])
    const { cursor, ...update } = first.heard[0] ?? { cursor: '' }
    expect(cursor).toMatch(/^\d+-\d+$/)
    expect(update).toStrictEqual(event)
  })

  it('reach no other customer, and all staff', async () => {
    const order = orderOf()
    const another = await listen({})
    const staff = await listen({ role: 'staff' })
    const ofOne = await listen({ role: 'staff', customerId: order[0]?.customerId ?? '' })
    await record(...order)
    await hears(ofOne.heard, order)
    const ours = () => staff.heard.filter(({ orderId }) => orderId === order[0]?.orderId)
    await until('staff hear all', () => ours().length === order.length)
    expect(ids(ours())).toStrictEqual(ids(order))
    expect(another.heard).toStrictEqual([])
  })

  it('tell a customer neither who of the staff did it nor what they wrote, and staff all', async () => {
    const event = newEvent({
      type: 'order.cancelled',
      status: 'cancelled',
      change: 'cancelled',
      reason: 'staff',
      by: 'staff:ann',
      note: 'staff: connect ECONNREFUSED 10.0.0.7:5432',
    })
    const { customerId } = event
    const customer = await listen({ id: customerId })
    const staff = await listen({ role: 'staff', customerId })
    await record(event)
    await hears(customer.heard, [event])
    await hears(staff.heard, [event])
    const { cursor: _, ...toStaff } = staff.heard[0] ?? { cursor: '' }
    expect(toStaff).toStrictEqual(event)
    const { cursor: __, ...toCustomer } = customer.heard[0] ?? { cursor: '' }
    const { change: ___, ...others } = event
    expect(toCustomer).toStrictEqual({ ...others, by: 'staff', note: 'staff' })
  })

  it('are narrowed to one order on request', async () => {
    const customerId = randomName('customer')
    const [wanted, unwanted] = [orderOf(customerId), orderOf(customerId)]
    const { heard } = await listen({ id: customerId, orderId: wanted[0]?.orderId ?? '' })
    await record(...unwanted, ...wanted)
    await hears(heard, wanted)
  })

  it('that were missed come when the client is back, on another instance, and none twice', async () => {
    const order = orderOf()
    const id = order[0]?.customerId ?? ''
    const before = await listen({ id })
    await record(...order.slice(0, 2))
    await hears(before.heard, order.slice(0, 2))
    before.live.stop()
    await record(...order.slice(2, 4))
    const after = await listen({ id, urls: [other.url], since: before.live.cursor() ?? '' })
    await record(...order.slice(4))
    await hears(after.heard, order.slice(2))
    expect(after.seen.gaps).toBe(0)
  })

  it('that were missed come though nothing was heard before', async () => {
    const order = orderOf()
    const id = order[0]?.customerId ?? ''
    const before = await listen({ id })
    before.live.stop()
    await record(...order)
    const after = await listen({ id, since: before.live.cursor() ?? '' })
    await hears(after.heard, order)
  })

  it('come in pages when very many were missed', async () => {
    const id = randomName('customer')
    const before = await listen({ id })
    before.live.stop()
    const many = Array.from({ length: 450 }, () => newEvent({ customerId: id }))
    await record(...many)
    await hears((await listen({ id, since: before.live.cursor() ?? '' })).heard, many)
  })

  it('of a message that comes twice come once', async () => {
    const order = orderOf()
    const [event, ...more] = order
    ensure(event)
    const { heard } = await listen({ id: event.customerId })
    await record(event)
    expect(await opened.store.recordUpdate(event)).toBe(false)
    await record(...more)
    await hears(heard, order)
  })

  it('that are no longer kept are a gap: the client is told, and goes on from now', async () => {
    const order = orderOf()
    const id = order[0]?.customerId ?? ''
    await record(...order.slice(0, 2))
    const { heard, seen } = await listen({ id, since: '1-0' })
    expect(seen.gaps).toBe(1)
    await record(...order.slice(2))
    await hears(heard, order.slice(2))
  })

  it('go on at another instance when one stops', async () => {
    const order = orderOf()
    const stopping = await startInstance()
    const { heard, seen } = await listen({ id: order[0]?.customerId ?? '', urls: [stopping.url, other.url] })
    await record(...order.slice(0, 2))
    await stopping.stop()
    await record(...order.slice(2))
    await hears(heard, order)
    expect(seen).toStrictEqual({ ready: 2, gaps: 0, refused: '' })
  })

  it('end when the token is revoked, and do not go on with it', async () => {
    const id = randomName('customer')
    const { seen } = await listen({ id })
    expect(seen).toMatchObject({ ready: 1, refused: '' })
    revoked.add(id)
    await until('it is refused', () => seen.refused === 'unauthorized')
  })

  it('end with the token, and go on with the next', async () => {
    const order = orderOf()
    const [id, brief] = [order[0]?.customerId ?? '', await issuedBy('order-saga', 1_000)]
    let asked = 0
    const token = () => (asked++ === 0 ? brief : signer).sign({ sub: id, role: 'customer' })
    const { heard, seen } = await listen({ token })
    await record(...order.slice(0, 2))
    await until('it came back', () => seen.ready === 2)
    await record(...order.slice(2))
    await hears(heard, order)
    expect(asked).toBe(2)
  })

  const refused: [string, string, Ask | (() => Promise<Ask>)][] = [
    ['without a token', 'unauthorized', { token: async () => '' }],
    ['a token of nobody', 'unauthorized', { token: async () => 'a.b.c' }],
    [
      'an audience that is not ours',
      'unauthorized',
      { token: async () => (await issuedBy('x')).sign({ sub: 'a', role: 'staff' }) },
    ],
    ['a role that nobody has', 'unauthorized', { token: () => signer.sign({ sub: 'a', role: 'admin' }) }],
    ["another customer's updates", 'forbidden', { customerId: 'bob' }],
    ['a cursor that is none', 'invalid', { since: '$' }],
  ]
  for (const [what, code, ask] of refused) {
    it(`are refused: ${what}`, async () => {
      const { seen, heard } = await listen(typeof ask === 'function' ? await ask() : ask)
      expect(seen.refused).toBe(code)
      expect(heard).toStrictEqual([])
    })
  }
})
