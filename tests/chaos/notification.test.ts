import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Live, listenLive } from '#clients/live/live.ts'
import { type Update, updatesPath } from '#contracts/notification.ts'
import { about, fail } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import type { Child } from '#stack/processes/children.ts'
import { environmentOf } from '#stack/processes/processes.ts'
import { freePorts, type Ports } from '#stack/servers/ports.ts'
import { startValkey } from '#stack/servers/valkey.ts'
import { type System, startSystem } from '#tests/support/system.ts'

type Order = { orderId: string; customerId: string; status: string; history: { status: string }[] }
type Listener = { who: string; live: Live; heard: Update[] }

const customers = ['17850', '13047', '12583']
const secondsAway = Number(process.env.REDIS_AWAY ?? 4)

describe('three notification instances', () => {
  let folder: string
  let valkey: Awaited<ReturnType<typeof startOwnValkey>>
  let system: System
  let others: Child[]
  let listeners: Listener[]
  const placed: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-notification-'))
    valkey = await startOwnValkey()
    const ports = await Promise.all([freePorts(), freePorts(), freePorts()])
    const urls = ports.map(({ NOTIFICATION_PORT }) => `http://127.0.0.1:${NOTIFICATION_PORT}`)
    system = await startSystem({
      REDIS_URL: valkey.url,
      RATE_LIMIT: '0',
      NOTIFICATION_PORT: String(ports[0].NOTIFICATION_PORT),
      NOTIFICATION_URLS: urls.join(),
    })
    others = await Promise.all(ports.slice(1).map(startInstance))
    // Each begins at another instance, and goes round when its own is gone; some leave that to the gateway.
    const direct = ['staff', ...customers].map((who, i) => listen(who, [...urls.slice(i % 3), ...urls]))
    const { GATEWAY_URL = '' } = system.environment
    const proxied = ['staff', 'staff', ...customers].map((who) => listen(who, [GATEWAY_URL]))
    listeners = await Promise.all([...direct, ...proxied])
  })
  afterAll(async () => {
    for (const { live } of listeners ?? []) live.stop()
    await Promise.all((others ?? []).map((child) => child.stop()))
    await system?.stop()
    await valkey?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** It keeps what it knows in a file, as the one in production does. */
  async function startOwnValkey() {
    const options = { dataFolder: folder, logFolder: folder, durable: true, ports: await freePorts() }
    return startValkey(options)
  }

  async function startInstance({ NOTIFICATION_PORT, NOTIFICATION_RPC_PORT }: Ports): Promise<Child> {
    const env = {
      ...environmentOf('notification', system.environment),
      NOTIFICATION_PORT: String(NOTIFICATION_PORT),
      NOTIFICATION_RPC_PORT: String(NOTIFICATION_RPC_PORT),
    }
    const name = `notification-${NOTIFICATION_PORT}`
    const child = await system.spawn(name, 'workers/notification.ts', env)
    const isReady = async () => (await fetch(`http://127.0.0.1:${NOTIFICATION_PORT}/ready`)).ok
    await until(`${name} is ready`, () => isReady().catch(() => false))
    return child
  }

  async function listen(who: string, urls: string[]): Promise<Listener> {
    const token = await (who === 'staff'
      ? system.signIn()
      : system.signIn(who, system.environment.DEMO_PASSWORD))
    const heard: Update[] = []
    let ready = false
    const live = listenLive<Update>({
      urls,
      path: updatesPath,
      token: () => token,
      onItem: (update) => void heard.push(update),
      onReady: () => void (ready = true),
      onGap: () => fail(`${who} is told of a gap`),
      onRefused: (code) => fail(`${who} is refused: ${code}`),
    })
    await until(`${who} listens`, () => ready)
    return { who, live, heard }
  }

  /** Orders of each customer in turn, some ten a second. */
  async function placeOrders(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      await sleep(200)
      for (const customerId of customers) {
        const body = { customerId, lines: [{ productId: '85123A', quantity: 1 }] }
        const answer = await system.rest<Order>('POST', '/v1/orders', body)
        expect(answer.status).toBe(201)
        placed.push(answer.body.orderId)
      }
    }
  }

  const show = async (orderId: string) => (await system.rest<Order>('GET', `/v1/orders/${orderId}`)).body
  async function allHaveEnded(): Promise<void> {
    for (const orderId of placed) await system.endOf(orderId)
  }

  /** The events that an order's history makes: its creation, then one for each new status. */
  const expectedOf = ({ history }: Order) => [
    'order.created',
    ...history
      .map(({ status }) => status)
      .filter((status, i, all) => i > 0 && status !== all[i - 1])
      .map((status) => `order.${status}`),
  ]

  /** Every client has heard each event of its orders once and in order, and nothing of other customers. */
  async function allIsHeardOnce(): Promise<void> {
    const orders = await Promise.all(placed.map(show))
    for (const { who, heard } of listeners) {
      const own = orders.filter(({ customerId }) => who === 'staff' || who === customerId)
      const wanted = own.flatMap((order) => expectedOf(order).map((type) => `${order.orderId} ${type}`))
      // Each paid order is told of by the payment service, too.
      const count = wanted.length + own.length
      const ours = () => heard.filter(({ orderId }) => placed.includes(orderId))
      await until(`${who} hears all`, () => ours().length >= count, 20_000).catch(() => {})
      const told = own.flatMap(({ orderId }) =>
        ours()
          .filter((update) => update.orderId === orderId && update.type !== 'payment.succeeded')
          .map(({ type }) => `${orderId} ${type}`),
      )
      about(`${who} hears what the history says`, () => expect(told).toStrictEqual(wanted))
      about(`${who} hears of each payment once`, () => expect(ours().length).toBe(count))
      about(`${who} hears nothing twice`, () =>
        expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length),
      )
      if (who !== 'staff') expect(heard.every(({ customerId }) => customerId === who)).toBeTruthy()
    }
    const counts = listeners.map(({ heard }) => heard.length)
    console.log(`${orders.length} orders; the clients heard ${counts.join(', ')} updates`)
  }

  it('tell every client each update once, though one of them is killed', async () => {
    const placing = placeOrders(() => placed.length >= 24)
    await until('updates come', () => listeners.every(({ heard }) => heard.length > 3))
    await others[1]?.stop({ signal: 'SIGKILL' })
    await placing
    await allHaveEnded()
    await allIsHeardOnce()
  })

  it(`tell every client each update once, though Redis is gone for ${secondsAway} s`, async () => {
    const before = placed.length
    let after = Number.POSITIVE_INFINITY
    const placing = placeOrders(() => placed.length >= after)
    await until('orders run', () => placed.length > before + 3)
    await valkey.stop({ signal: 'SIGKILL' })
    await sleep(secondsAway * 1_000)
    valkey = await restarted()
    after = placed.length + 6
    await placing
    await allHaveEnded()
    await allIsHeardOnce()
  })

  async function restarted() {
    const VALKEY_PORT = Number(new URL(valkey.url).port)
    const ports = { ...(await freePorts()), VALKEY_PORT }
    return startValkey({ dataFolder: folder, logFolder: folder, durable: true, ports })
  }
})
