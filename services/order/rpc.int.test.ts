import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt'
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { OrderChange } from '#contracts/order.ts'
import { OrderService } from '#generated/proto/order/v1/order_pb.ts'
import { closeRpcTransports, type RpcServer, rpcTransport, serveRpc } from '#platform/grpc/rpc.ts'
import { ensure, satisfying } from '#platform/testing/expect.ts'
import { randomName, silent } from '#platform/testing/fixtures.ts'
import { createIdempotencyKeys } from './data/idempotency-keys.ts'
import { contact, newOrder, numbered, reservedFrom, startOrderService } from './fixtures.ts'
import { orderRoutes } from './rpc.ts'

let service: Awaited<ReturnType<typeof startOrderService>>
let server: RpcServer
let orders: Client<typeof OrderService>

beforeAll(async () => {
  service = await startOrderService()
  server = await serveRpc({
    port: 0,
    routes: orderRoutes(service.store, createIdempotencyKeys(service)),
    logger: silent,
  })
  orders = createClient(OrderService, rpcTransport(`http://127.0.0.1:${server.port}`))
})
afterAll(async () => {
  closeRpcTransports()
  await server.stop()
  await service.drop()
})

/** Places an order and takes it as far as `changes`; answers with its id. */
async function place(customerId: string, placedAt: string, changes: OrderChange[] = []): Promise<string> {
  const order = newOrder({ customerId, placedAt })
  const { orderId, traceparent } = order
  await service.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
  if (changes.length > 0) {
    await service.store.recordChanges({ orderId, traceparent, changes: numbered(changes) })
  }
  return orderId
}

const second = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString()

/** All pages of a list, calling back between two of them. */
async function allPages(list: Parameters<typeof orders.listOrders>[0], between = async () => {}) {
  const seen: string[] = []
  for (let cursor = ''; ; ) {
    const page = await orders.listOrders({ ...list, cursor })
    seen.push(...page.orders.map(({ orderId }) => orderId))
    if (page.nextCursor === '') return seen
    cursor = page.nextCursor
    await between()
  }
}

test('answers an order with its lines, shipments, history and contact', async () => {
  const order = newOrder({ customerId: 'c1', source: 'mobile', reference: 'm-1' })
  const { orderId, traceparent } = order
  await service.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
  const changes = numbered([
    reservedFrom(order, ['london', 'berlin']),
    { type: 'handed_off', transferId: 't1' },
    { type: 'stuck', step: 'track', error: 'no news' },
  ])
  await service.store.recordChanges({ orderId, traceparent, changes })

  const { order: found } = await orders.getOrder({ orderId })
  ensure(found)
  expect([
    found.orderId,
    found.customerId,
    found.source,
    found.reference,
    found.status,
    found.reason,
  ]).toStrictEqual([orderId, 'c1', 'mobile', 'm-1', 'shipping', ''])
  expect([found.total, found.refunded, found.endedAt]).toStrictEqual([600n, 0n, undefined])
  expect(found.placedAt && timestampDate(found.placedAt).toISOString() === order.placedAt).toBeTruthy()
  expect([found.stuckStep, found.stuckError]).toStrictEqual(['track', 'no news'])
  expect(
    found.lines.map(({ lineNumber, quantity, unitPrice }) => [lineNumber, quantity, unitPrice]),
  ).toStrictEqual([
    [1, 2, 100n],
    [2, 2, 100n],
    [3, 2, 100n],
  ])
  expect(
    found.shipments.map(({ warehouseId, status, amount, lines }) => [
      warehouseId,
      status,
      amount,
      lines.length,
    ]),
  ).toStrictEqual([
    ['london', 'requested', 400n, 2],
    ['berlin', 'requested', 200n, 1],
  ])
  expect(found.history.map(({ type }) => type)).toStrictEqual([
    'placed',
    'reserved',
    'paid',
    'handed_off',
    'stuck',
  ])
  expect(found.contact?.city).toBe('London')
})

test('a price is absent until reserved, and an unknown order is not found', async () => {
  const { order } = await orders.getOrder({ orderId: await place('c2', second(1)) })
  expect([order?.total, order?.lines[0]?.unitPrice]).toStrictEqual([0n, undefined])
  for (const orderId of ['', 'nobody', 'a\0b']) {
    await expect(orders.getOrder({ orderId })).rejects.toThrow(
      satisfying((error) => {
        return error instanceof ConnectError && error.code === Code.NotFound
      }),
    )
  }
})

test('lists a customer’s orders newest first, whole, while others are placed', async () => {
  const customerId = randomName('customer')
  const placed: string[] = []
  // Three at each moment: the order's id decides among them.
  for (let n = 0; n < 21; n++) placed.push(await place(customerId, second(Math.floor(n / 3))))
  let late = 100
  const seen = await allPages({ customerId, pageSize: 4 }, async () => {
    await place(customerId, second(late++))
  })
  expect(seen.toSorted()).toStrictEqual(placed.toSorted())
  expect(new Set(seen).size).toBe(seen.length)
  const { orders: newest } = await orders.listOrders({ customerId, pageSize: 2 })
  const times = newest.map(({ placedAt }) => placedAt && timestampDate(placedAt).toISOString())
  expect(times).toStrictEqual([second(late - 1), second(late - 2)])
  expect(newest.every(({ lines, history }) => lines.length === 0 && history.length === 0)).toBeTruthy()
})

test('lists by status and by what is stuck, alone and together, page by page', async () => {
  const mine = randomName('customer')
  const stuck: OrderChange = { type: 'stuck', step: 'charge', error: 'away' }
  const cancelled: OrderChange = { type: 'cancelled', reason: 'customer' }
  const missing: OrderChange = { type: 'missing', missing: [], decideBefore: second(9) }
  const waiting = [await place(mine, second(3), [missing]), await place(mine, second(1), [missing, stuck])]
  const gone = [await place(mine, second(4), [cancelled]), await place(mine, second(2), [cancelled])]
  const newest = [gone[0], waiting[0], gone[1], waiting[1]]

  const statuses = ['cancelled', 'awaiting_customer', 'cancelled']
  expect(await allPages({ statuses, pageSize: 1 })).toStrictEqual(newest)
  expect(await allPages({ statuses: ['cancelled'] })).toStrictEqual(gone)
  expect(await allPages({ statuses: ['completed'] })).toStrictEqual([])
  expect(await allPages({ customerId: mine, statuses, pageSize: 3 })).toStrictEqual(newest)
  expect(await allPages({ customerId: mine, stuck: true })).toStrictEqual([waiting[1]])
  expect(await allPages({ stuck: true, statuses: ['awaiting_customer'] })).toStrictEqual([waiting[1]])
  expect(await allPages({ customerId: 'nobody' })).toStrictEqual([])
})

test('lists by what orders have in common, each filter alone and all together', async () => {
  const customerId = randomName('customer')
  const reference = randomName('ref')
  const other = newOrder(
    { customerId, placedAt: second(1), source: 'mobile', reference: `${reference}-b` },
    1,
  )
  const mine = newOrder(
    { customerId, placedAt: second(5), source: 'partner', reference: `${reference}_a` },
    3,
  )
  const abroad = { ...contact, address: { ...contact.address, country: 'Norway' } }
  await service.store.recordOrder(other, { kind: 'recorded', contact }, new Date())
  await service.store.recordOrder(mine, { kind: 'recorded', contact: abroad }, new Date())
  const changes = numbered([
    reservedFrom(mine, ['london']),
    { type: 'cancelling', reason: 'payment_declined' },
    { type: 'cancelled', reason: 'payment_declined' },
  ])
  const { orderId, traceparent } = mine
  const before = new Date(Date.now() - 60_000)
  await service.store.recordChanges({ orderId, traceparent, changes })

  const each: NonNullable<Parameters<typeof orders.listOrders>[0]['filters']>[] = [
    { sources: ['partner', 'web'] },
    { reasons: ['payment_declined'] },
    { reference: `${reference}_a` },
    { productId: '85122A' },
    { placedFrom: timestampFromDate(new Date(second(5))) },
    { totalMin: 600n },
    { totalMin: 1n, totalMax: 600n },
    { country: 'Norway' },
    { search: { text: `${reference}_` } },
    { search: { text: '85122A' } },
    { search: { text: orderId } },
    { search: { text: orderId.slice(0, 34) } },
    { search: { text: orderId.slice(-8).toUpperCase() } },
  ]
  for (const filters of [...each, Object.assign({}, ...each) as (typeof each)[number]])
    expect([filters, await allPages({ customerId, filters })]).toStrictEqual([filters, [orderId]])
  const both = [orderId, other.orderId]
  expect(await allPages({ filters: { search: { text: reference } } })).toStrictEqual(both)
  expect(await allPages({ filters: { search: { text: 'Zoë', customerIds: [customerId] } } })).toStrictEqual(
    both,
  )
  expect(await allPages({ customerId, filters: { updatedSince: timestampFromDate(before) } })).toStrictEqual(
    both,
  )
  const later = timestampFromDate(new Date(Date.now() + 60_000))
  expect(await allPages({ customerId, filters: { updatedSince: later } })).toStrictEqual([])
  expect(
    await allPages({ customerId, filters: { placedBefore: timestampFromDate(new Date(second(5))) } }),
  ).toStrictEqual([other.orderId])
  expect(await allPages({ customerId, filters: { totalMax: 0n } })).toStrictEqual([other.orderId])

  const [first] = (await orders.listOrders({ customerId })).orders
  ensure(first?.updatedAt)
  expect([first.customerName, timestampDate(first.updatedAt) > before]).toStrictEqual(['Zoë Müller', true])
})

test('sorts by time and total, either way, page by page, with no order twice', async () => {
  const customerId = randomName('customer')
  const placed: { orderId: string; total: number }[] = []
  for (let n = 0; n < 8; n++) {
    // Two that are not reserved, and pairs of the same total.
    const order = newOrder({ customerId, placedAt: second(n) }, 1 + (n % 3))
    const { orderId, traceparent } = order
    await service.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
    const isReserved = n % 4 !== 0
    if (isReserved)
      await service.store.recordChanges({
        orderId,
        traceparent,
        changes: numbered([reservedFrom(order, ['london'])]),
      })
    placed.push({ orderId, total: isReserved ? (1 + (n % 3)) * 200 : 0 })
  }
  const inOrder = placed.map(({ orderId }) => orderId)
  const byTotal = placed
    .toSorted((a, b) => a.total - b.total || (a.orderId < b.orderId ? -1 : 1))
    .map(({ orderId }) => orderId)
  for (const [sort, expected] of [
    ['placedAt', inOrder],
    ['updatedAt', inOrder],
    ['total', byTotal],
  ] as const) {
    expect([sort, await allPages({ customerId, sort, pageSize: 3 })]).toStrictEqual([sort, expected])
    const descending = await allPages({ customerId, sort: `-${sort}`, pageSize: 3 })
    expect([sort, descending]).toStrictEqual([sort, expected.toReversed()])
  }
  const { nextCursor } = await orders.listOrders({ customerId, sort: 'total', pageSize: 1 })
  await expect(orders.listOrders({ customerId, sort: '-total', cursor: nextCursor })).rejects.toThrow(
    /cursor/,
  )
})

test('counts the orders that have not ended by status', async () => {
  const { byStatus: before } = await orders.countOpenOrders({})
  const customerId = randomName('customer')
  await place(customerId, second(1))
  await place(customerId, second(2), [{ type: 'missing', missing: [], decideBefore: second(9) }])
  await place(customerId, second(3), [{ type: 'cancelled', reason: 'customer' }])
  const { byStatus, missing } = await orders.countOpenOrders({})
  expect(missing).toStrictEqual([])
  expect(byStatus).toStrictEqual({
    ...before,
    pending: (before.pending ?? 0n) + 1n,
    awaiting_customer: (before.awaiting_customer ?? 0n) + 1n,
  })
})

test('an agreed page size is kept, 50 unless said otherwise', async () => {
  const customerId = randomName('customer')
  for (let n = 0; n < 51; n++) await place(customerId, second(n))
  const page = await orders.listOrders({ customerId })
  expect(page.orders.length).toBe(50)
  expect(page.nextCursor).not.toBe('')
  const rest = await orders.listOrders({ customerId, cursor: page.nextCursor })
  expect([rest.orders.length, rest.nextCursor]).toStrictEqual([1, ''])
})

test('says which field of a list is wrong', async () => {
  const wrong: [Parameters<typeof orders.listOrders>[0], RegExp][] = [
    [{ pageSize: 201 }, /^page_size: must be a whole number from 1 to 200$/],
    [{ pageSize: -1 }, /^page_size/],
    [{ statuses: ['gone'] }, /^statuses: must be of pending, awaiting_customer/],
    [{ cursor: 'abc' }, /^cursor: must be the nextCursor of an earlier page/],
    [{ customerId: 'a\0' }, /^customer_id/],
    [{ sort: 'name' }, /^sort: must be one of -placedAt, placedAt, /],
    [{ filters: { sources: ['fax'] } }, /^filters.sources: must be of web, mobile, partner$/],
    [{ filters: { reasons: ['mood'] } }, /^filters.reasons: must be of /],
    [{ filters: { productId: ' ' } }, /^filters.product_id: must be 1 to /],
    [{ filters: { totalMin: -1n } }, /^filters.total_min: must be a whole number from 0 to /],
    [{ filters: { search: { text: 'a\0' } } }, /^filters.search.text: /],
    [{ filters: { search: { customerIds: Array<string>(101).fill('c') } } }, /^filters.search.customer_ids/],
  ]
  for (const [list, reason] of wrong) {
    await expect(orders.listOrders(list)).rejects.toThrow(
      satisfying((error) => {
        ensure(error instanceof ConnectError)
        expect(error.code).toBe(Code.InvalidArgument)
        expect(error.rawMessage).toMatch(reason)
        return true
      }),
    )
  }
})
