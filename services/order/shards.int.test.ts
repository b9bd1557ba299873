import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { OrderChange } from '#contracts/order.ts'
import { RefusedMessage } from '#platform/messaging/messages.ts'
import { openDatabase, type Sql } from '#platform/postgres/database.ts'
import { evenShards } from '#platform/shards/shards.ts'
import { ensure, fail } from '#platform/testing/expect.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { preOrderHandler } from './consumers.ts'
import type { ListPosition, OrderList } from './data/order-list.ts'
import type { ReturnList, ReturnOfOrder } from './data/return-list.ts'
import { type OrderShards, orderClient } from './database.ts'
import { contact, newOrder, numbered, preOrder, reservedFrom, startShardedOrderService } from './fixtures.ts'
import { createOrderStore } from './store.ts'

let service: Awaited<ReturnType<typeof startShardedOrderService>>

beforeAll(async () => {
  service = await startShardedOrderService()
})
afterAll(() => service.drop())

// Their buckets are 196, 2,526, 575 and 3,010: two in each half.
const customers = ['14688', '17850', '15311', '17511']

async function place(customerId: string, placedAt: Date, changes: OrderChange[] = []): Promise<string> {
  const order = newOrder({ customerId, placedAt: placedAt.toISOString() })
  const { orderId, traceparent } = order
  await service.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
  if (changes.length > 0)
    await service.store.recordChanges({ orderId, traceparent, changes: numbered(changes) })
  return orderId
}

const second = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, n))

/** The shards by number that have rows of this kind. */
async function shardsWith(what: (sql: Sql) => Promise<unknown[]>): Promise<number[]> {
  const found = await Promise.all(service.shards.all().map(({ database }) => what(database)))
  return found.flatMap((rows, i) => (rows.length > 0 ? [i + 1] : []))
}

/** All pages, each from the last order of the one before, calling back between two of them. */
async function allPages(list: Partial<OrderList>, between: () => Promise<unknown>) {
  const seen: (ListPosition & { placedAt: Date })[] = []
  for (let after: ListPosition | undefined; ; after = seen.at(-1)) {
    const given = { statuses: [], stuck: false, limit: 7, ...list, after }
    const { orders, missing } = await service.store.listOrders(given)
    expect(missing).toStrictEqual([])
    seen.push(...orders)
    if (orders.length === 0) return seen
    await between()
  }
}

const newestFirst = (seen: Awaited<ReturnType<typeof allPages>>) =>
  seen.toSorted((a, b) => b.placedAt.getTime() - a.placedAt.getTime() || (a.orderId < b.orderId ? 1 : -1))

test('an order, its history and its events are in the shard of its customer, and found there', async () => {
  for (const [customerId, shard] of [
    ['14688', 1],
    ['17850', 2],
  ] as const) {
    const orderId = await place(customerId, second(0), [{ type: 'cancelled', reason: 'staff' }])
    for (const rows of [
      'orders where order_id = $1',
      'order_history where order_id = $1',
      'outbox where key = $1',
    ])
      expect(await shardsWith((sql) => sql.query(`select 1 from ${rows}`, [orderId]))).toStrictEqual([shard])
    expect((await service.store.findOrder(orderId))?.status).toBe('cancelled')
    const own = await service.store.listOrders({ customerId, statuses: [], stuck: false, limit: 10 })
    expect(own.orders.map((order) => order.orderId)).toStrictEqual([orderId])
  }
})

test('what is no order’s id is not found', async () => {
  for (const orderId of ['', 'nobody', 'a\0b', '00000000-0000-4000-8000-000000000000'])
    expect(await service.store.findOrder(orderId)).toBeUndefined()
})

test('lists the orders of all shards newest first, each once, while others arrive', async () => {
  const placed: string[] = []
  // Four at each moment, of both shards: the order's id decides among them.
  for (let n = 0; n < 120; n++) placed.push(await place(customers[n % 4] ?? '', second(Math.floor(n / 4))))
  const writing = new AbortController()
  let written = 0
  const writer = (async () => {
    for (let n = 0; !writing.signal.aborted; n++) {
      await place(customers[n % 4] ?? '', second(1_000 + n))
      written++
    }
  })()
  await until('orders arrive', () => written > 3)
  const seen = await allPages({}, async () => {
    const before = written
    await until('more orders arrive', () => written > before)
  })
  writing.abort()
  await writer
  const ids = seen.map(({ orderId }) => orderId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(placed.filter((orderId) => !ids.includes(orderId))).toStrictEqual([])
  expect(seen).toStrictEqual(newestFirst(seen))
})

const openNowhere = () => openDatabase('postgres://nobody@127.0.0.1:1/nowhere', { client: orderClient })

test('lists what is in the shards that answer, says which does not, and fails when none does', async () => {
  const [first] = service.shards.all()
  ensure(first)
  const database = openNowhere()
  const away = { name: 'orders_2', database }
  const list = (shards: OrderShards, customerId?: string) =>
    createOrderStore({ shards }).listOrders({ customerId, statuses: [], stuck: false, limit: 5 })
  const orderId = await place('14688', second(900_000))
  const half = evenShards([first, away])
  const { orders, missing } = await list(half)
  expect(orders[0]?.orderId).toBe(orderId)
  expect(missing).toStrictEqual([{ shard: 'orders_2', why: 'connect ECONNREFUSED 127.0.0.1:1' }])
  expect((await list(half, '14688')).missing).toStrictEqual([])
  await expect(list(half, '17850')).rejects.toThrow(/ECONNREFUSED/)
  await expect(list(evenShards([{ ...away, name: 'orders_1' }, away]))).rejects.toThrow(/ECONNREFUSED/)
  await database.close()
})

test('lists what is stuck, and by status, over all shards', async () => {
  const stuck: OrderChange = { type: 'stuck', step: 'charge', error: 'away' }
  const missing: OrderChange = { type: 'missing', missing: [], decideBefore: second(9).toISOString() }
  const placed: string[] = []
  for (const [n, customerId] of customers.entries())
    placed.unshift(await place(customerId, second(5_000 + n), n % 2 ? [missing, stuck] : [missing]))
  const idsOf = async (list: Partial<OrderList>) =>
    (await allPages({ limit: 1, ...list }, async () => {})).map(({ orderId }) => orderId)
  expect(await idsOf({ statuses: ['awaiting_customer'] })).toStrictEqual(placed)
  expect(await idsOf({ stuck: true })).toStrictEqual([placed[0], placed[2]])
  expect(await idsOf({ stuck: true, statuses: ['completed'] })).toStrictEqual([])
})

test('one reference is one order, though two customers who live in different shards name it', async () => {
  const placed: string[] = []
  const onPreOrder = preOrderHandler({
    shards: service.shards,
    workflows: {
      place: async ({ orderId, fingerprint, placedAt }) => {
        placed.push(orderId)
        return { orderId, status: 'pending', fingerprint, placedAt }
      },
      tell: () => fail('no shipment has news'),
    },
    logger: silent,
  })
  for (const reference of ['1', '2', '3', '4', '5', '6']) {
    await onPreOrder(preOrder(reference, { customerId: '14688' }))
    await expect(onPreOrder(preOrder(reference, { customerId: '17850' }))).rejects.toThrow(RefusedMessage)
  }
  expect(placed.length).toBe(6)
  const holding = await shardsWith((sql) => sql.query("select 1 from pre_orders where reference < '9'"))
  // References are spread over the shards.
  expect(holding).toStrictEqual([1, 2])
})

test('a pre-order whose reference lives in a shard that is away is placed, and comes again to be registered', async () => {
  const placed: string[] = []
  const [first, second] = service.shards.all()
  ensure(first && second)
  const away = openNowhere()
  const halved = {
    ...service.shards,
    ofKey: (key: string) => (service.shards.ofKey(key) === second.database ? away : first.database),
  }
  const handlerOf = (shards: OrderShards) =>
    preOrderHandler({
      shards,
      workflows: {
        place: async ({ orderId, fingerprint, placedAt }) => {
          placed.push(orderId)
          return { orderId, status: 'pending', fingerprint, placedAt }
        },
        tell: () => fail('no shipment has news'),
      },
      logger: silent,
    })
  const elsewhere = ['a', 'b', 'c', 'd', 'e', 'f'].find(
    (name) => service.shards.ofKey(`web/${name}`) === second.database,
  )
  ensure(elsewhere)
  const order = preOrder(elsewhere, { customerId: '14688' })
  await expect(handlerOf(halved)(order)).rejects.toThrow(/taken in, to be registered: connect ECONNREFUSED/)
  expect(placed.length).toBe(1)
  await handlerOf(service.shards)(order)
  await expect(handlerOf(service.shards)(preOrder(elsewhere))).rejects.toThrow(RefusedMessage)
  expect(new Set(placed).size).toBe(1)
  await away.close()
})

test('lists the returns of all shards, each once, oldest or newest first, by status', async () => {
  const opened: string[] = []
  for (const [n, customerId] of customers.entries()) {
    const order = newOrder({ customerId })
    const { orderId, traceparent } = order
    await service.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
    const delivered = {
      type: 'shipment_moved' as const,
      shipmentId: `${orderId}-1`,
      status: 'delivered' as const,
    }
    const changes = [reservedFrom(order, ['london']), { type: 'handed_off' as const, transferId: 't' }]
    const all = numbered([...changes, delivered, { type: 'completed' }])
    await service.store.recordChanges({ orderId, traceparent, changes: all })
    const by = 'customer:1' as const
    const asked = {
      orderId,
      reason: 'too big',
      by,
      requestedAt: '',
      traceparent,
      lines: [{ lineNumber: 1, quantity: 1 }],
    }
    for (const number of [1, 2]) {
      // Two at each moment, of both shards and of one order.
      await service.store.openReturn(
        { ...asked, number, fingerprint: `${number}` },
        second(Math.floor(n / 2)),
      )
      opened.push(`${orderId} ${number}`)
    }
    const change = { type: 'returned' as const, number: 1, status: 'accepted' as const }
    const at = second(1_000).toISOString()
    const keyed = { key: 'return/1/accepted', at, by: 'staff:ann' as const, change }
    await service.store.recordChanges({ orderId, traceparent, changes: [keyed] })
  }
  const pagesOf = async (list: Partial<ReturnList>) => {
    const seen: ReturnOfOrder[] = []
    for (;;) {
      const usual = { statuses: [], oldestFirst: false, limit: 3 }
      const { returns, missing } = await service.store.listReturns({ ...usual, ...list, after: seen.at(-1) })
      expect(missing).toStrictEqual([])
      if (returns.length === 0) return seen
      seen.push(...returns)
    }
  }
  const idOf = ({ orderId, number }: ReturnOfOrder) => `${orderId} ${number}`
  const newest = (await pagesOf({})).map(idOf)
  expect(newest.toSorted()).toStrictEqual(opened.toSorted())
  expect((await pagesOf({ oldestFirst: true })).map(idOf)).toStrictEqual(newest.toReversed())
  const accepted = await pagesOf({ statuses: ['accepted'] })
  expect(accepted.map(idOf)).toStrictEqual(newest.filter((id) => id.endsWith(' 1')))
  const [one] = accepted
  ensure(one)
  expect([one.by, one.since, one.amount, one.lines.length]).toStrictEqual([
    'customer:1',
    second(1_000),
    100,
    1,
  ])
  const waiting = await pagesOf({ statuses: ['requested'] })
  expect(waiting.every(({ since, requestedAt }) => since.getTime() === requestedAt.getTime())).toBe(true)
})
