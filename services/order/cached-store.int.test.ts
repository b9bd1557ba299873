import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { PlaceOrder } from '#contracts/order.ts'
import { connectRedis, type Redis } from '#platform/redis/redis.ts'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import { silent, testServer, until } from '#platform/testing/fixtures.ts'
import { freePorts } from '#stack/servers/ports.ts'
import { startValkey } from '#stack/servers/valkey.ts'
import { cachedOrders, createOrderCache } from './cached-store.ts'
import { contact, newOrder, numbered, reservedFrom, startOrderService } from './fixtures.ts'
import type { OrderStore } from './store.ts'

const cleanUp = cleanUpAfterEach()

let service: Awaited<ReturnType<typeof startOrderService>>
beforeAll(async () => {
  service = await startOrderService()
})
afterAll(() => service.drop())

/** The store behind a cache, and how often the cache asked it. */
function cachedBy(redis: Redis) {
  const asked = { times: 0 }
  const counting: OrderStore = {
    ...service.store,
    findOrder: (orderId) => {
      asked.times++
      return service.store.findOrder(orderId)
    },
  }
  const cache = createOrderCache({ redis, lifetime: 60_000, logger: silent })
  const store = cachedOrders(counting, cache)
  return { store, asked, inUse: (orderId: string) => until('the cache is used', () => isCached(orderId)) }

  async function isCached(orderId: string): Promise<boolean> {
    await store.findOrder(orderId)
    const before = asked.times
    await store.findOrder(orderId)
    return asked.times === before
  }
}

const placed = async (store: OrderStore): Promise<PlaceOrder> => {
  const order = newOrder()
  await store.recordOrder(order, { kind: 'recorded', contact }, new Date())
  return order
}

test('finds an order in the cache as it is in the database, and anew after each change', async () => {
  const redis = connectRedis(testServer('TEST_REDIS_URL'), silent)
  cleanUp(() => redis.close())
  const { store, inUse } = cachedBy(redis)
  const order = await placed(store)
  const { orderId, traceparent } = order
  const hold = (nth: number, ...changes: Parameters<typeof numbered>[0]) =>
    store.recordChanges({ orderId, traceparent, changes: numbered(changes, nth) })
  const steps = [
    () => hold(1, reservedFrom(order, ['london']), { type: 'handed_off', transferId: 't1' }),
    () => hold(3, { type: 'stuck', step: 'track', error: 'no news' }),
    () => hold(4, { type: 'shipment_moved', shipmentId: `${orderId}-1`, status: 'delivered' }),
    () => hold(5, { type: 'completed' }),
    () =>
      store.openReturn(
        {
          orderId,
          number: 1,
          lines: [{ lineNumber: 1, quantity: 1 }],
          reason: 'too small',
          by: 'customer:17850',
          requestedAt: new Date().toISOString(),
          fingerprint: 'f',
          traceparent,
        },
        new Date(),
      ),
  ]
  for (const step of steps) {
    await inUse(orderId)
    await step()
    const inDatabase = await service.store.findOrder(orderId)
    expect(await store.findOrder(orderId)).toStrictEqual(inDatabase)
    expect(await store.findOrder(orderId)).toStrictEqual(inDatabase)
  }
  expect((await store.findOrder(orderId))?.returns.length).toBe(1)
  expect(await store.findOrder('no order')).toBeUndefined()
})

test('whoever has written reads at least that, while others read and write, and Redis is killed and comes back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'order-saga-cache-'))
  cleanUp(() => rm(folder, { recursive: true }))
  const options = { dataFolder: folder, logFolder: folder, durable: true, ports: await freePorts() }
  let server = await startValkey(options)
  cleanUp(() => server.stop())
  const redis = connectRedis(server.url, silent)
  cleanUp(() => redis.close())
  const { store, asked, inUse } = cachedBy(redis)
  const orders = await Promise.all([placed(store), placed(store)])
  await inUse(orders[0]?.orderId ?? '')

  const racing = race(store, orders)
  cleanUp(racing.stop)
  await racing.moreWrites(20)
  await server.stop({ signal: 'SIGKILL' })
  await racing.moreWrites(20)
  server = await startValkey(options)
  const another = await placed(store)
  await inUse(another.orderId)
  await racing.moreWrites(20)
  const { reads, stale } = await racing.stop()
  expect(stale).toBe(0)
  expect(asked.times).toBeLessThan(reads)
})

/** Changes the orders and reads them, all at once, from now on until `stop`. */
function race(store: OrderStore, orders: PlaceOrder[]) {
  const written = new Map<string, number>()
  const count = { reads: 0, writes: 0, stale: 0 }
  const over = new AbortController()
  const writer = async ({ orderId, traceparent }: PlaceOrder) => {
    for (let nth = 1; !over.signal.aborted; nth++) {
      const type = nth % 2 === 1 ? 'stuck' : 'unstuck'
      const changes = numbered([{ type, step: 'reserve', error: 'connection refused' }], nth)
      await store.recordChanges({ orderId, traceparent, changes })
      written.set(orderId, nth)
      count.writes++
      await sleep(Math.random() * 20)
    }
  }
  const reader = async ({ orderId }: PlaceOrder) => {
    while (!over.signal.aborted) {
      const least = written.get(orderId) ?? 0
      // The first row is `placed`.
      const seen = ((await store.findOrder(orderId))?.history.length ?? 0) - 1
      count.reads++
      if (seen < least) count.stale++
    }
  }
  const racing = Promise.all(orders.flatMap((order) => [writer(order), reader(order), reader(order)]))
  const moreWrites = (more: number) => {
    const wanted = count.writes + more
    return until(`${more} more writes`, () => count.writes >= wanted)
  }
  const stop = async () => {
    over.abort()
    await racing
    return count
  }
  return { moreWrites, stop }
}
