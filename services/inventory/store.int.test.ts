import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ReleaseStock, ReserveResult, ReserveStock } from '#contracts/inventory.ts'
import {
  StockFailedSchema,
  StockReleasedSchema,
  StockReservedSchema,
} from '#generated/proto/inventory/v1/events_pb.ts'
import { newId } from '#platform/ids.ts'
import { decode } from '#platform/messaging/messages.ts'
import { schemaDrift } from '#platform/postgres/migrate.ts'
import { ensure } from '#platform/testing/expect.ts'
import { patiently } from '#platform/testing/patiently.ts'
import type { ShipmentEnd } from './data/reservations.ts'
import type { InventoryDatabase } from './database.ts'
import {
  checkBooks,
  linesOf,
  places,
  productWith,
  schemaFolder,
  startInventoryService,
  wishFor,
} from './fixtures.ts'
import { createInventoryStore } from './store.ts'

let service: Awaited<ReturnType<typeof startInventoryService>>

beforeAll(async () => {
  service = await startInventoryService()
})
afterAll(() => service.drop())

const reserve = (request: ReserveStock) => service.store.reserveStock(request)
const release = ({ orderId, traceparent }: ReserveStock, shipmentIds: ReleaseStock['shipmentIds'] = 'all') =>
  service.store.releaseStock({ orderId, shipmentIds, traceparent })

const settle = (
  { orderId, traceparent }: ReserveStock,
  states: ShipmentEnd['state'][],
  messageId = newId(),
) =>
  service.store.settleOrder({
    messageId,
    orderId,
    traceparent,
    shipments: states.map((state, i) => ({ shipmentId: `${orderId}-${i + 1}`, state })),
  })

/** `[on hand, reserved]` by warehouse. */
async function stockOf(productId: string): Promise<Record<string, number[]>> {
  const rows = await service.database.query<{ warehouse: string; onHand: number; reserved: number }>(
    `select warehouse_id as warehouse, on_hand as "onHand", reserved from stock where product_id = $1`,
    [productId],
  )
  return Object.fromEntries(rows.map(({ warehouse, onHand, reserved }) => [warehouse, [onHand, reserved]]))
}

type EventRow = { id: string; type: string; topic: string; payload: Buffer; headers: Record<string, string> }
const eventsOf = ({ orderId }: ReserveStock) =>
  service.database.query<EventRow>(
    'select id, type, topic, payload, headers from outbox where key = $1 order by position',
    [orderId],
  )
const eventTypesOf = async (request: ReserveStock) => (await eventsOf(request)).map(({ type }) => type)

async function statusOf({ orderId }: ReserveStock) {
  const rows = await service.database.query<{ status: string }>(
    'select status from reservations where order_id = $1',
    [orderId],
  )
  return rows[0]?.status
}

const kinds = (results: ReserveResult[]) => Object.groupBy(results, ({ kind }) => kind)

test('the migrated database is what schema.prisma says', async () => {
  expect(await schemaDrift({ url: service.url, schemaFolder })).toBe('')
})

test('the database itself refuses to oversell', async () => {
  const productId = await productWith(service.store, { london: 1 })
  const oversold = service.database.query('update stock set reserved = 2 where product_id = $1', [productId])
  await expect(oversold).rejects.toThrow(/stock_is_never_oversold/)
})

test('200 parallel reservations of a product with 50 in stock sell exactly 50', async () => {
  const productId = await productWith(service.store, { london: 30, berlin: 15, madrid: 5 })
  const requests = Array.from({ length: 200 }, () => wishFor([productId, 1]))
  const results = kinds(await Promise.all(requests.map((request) => patiently(() => reserve(request)))))
  expect(results.reserved?.length).toBe(50)
  expect(results.missing?.length).toBe(150)
  expect(await stockOf(productId)).toStrictEqual({ london: [30, 30], berlin: [15, 15], madrid: [5, 5] })
  await checkBooks(service.database)
})

test('parallel orders of the same products in any order never wait for each other in a circle', async () => {
  const { database } = service
  const productIds = await Promise.all(
    Array.from({ length: 6 }, () => productWith(service.store, { london: 20, berlin: 20 })),
  )
  let begun = 0
  const counting: InventoryDatabase = {
    ...database,
    transaction: (work) =>
      database.transaction((tx) => {
        begun++
        return work(tx)
      }),
  }
  const store = createInventoryStore({ database: counting, clock: () => new Date() })
  const orders = Array.from({ length: 60 }, async (_, i) => {
    const turned = [...productIds.slice(i % 6), ...productIds.slice(0, i % 6)]
    const request = wishFor(...turned.map((productId): [string, number] => [productId, 1]))
    await patiently(() => store.reserveStock(request))
    const next = { ...request, revision: 1, lines: request.lines.slice(0, 3).reverse() }
    if (i % 2 === 0) await patiently(() => store.releaseStock({ ...request, shipmentIds: 'all' }))
    else await patiently(() => store.reserveStock(next))
  })
  await Promise.all(orders)
  // A transaction that met a deadlock would have begun again.
  expect(begun).toBe(120)
  await checkBooks(database)
})

test('a repeat gets the same answer, takes nothing, and is one event', async () => {
  const [a, b] = [
    await productWith(service.store, { london: 3, madrid: 9 }),
    await productWith(service.store, { berlin: 4 }),
  ]
  const request = wishFor([a, 5], [b, 2, 199], [a, 1])
  const first = await reserve(request)
  ensure(first.kind === 'reserved')
  expect(first.total).toBe(5 * 250 + 2 * 199 + 250)
  expect(await reserve(request)).toStrictEqual(first)
  expect(await Promise.all([reserve(request), reserve(request)])).toStrictEqual([first, first])
  expect(await stockOf(a)).toStrictEqual({ london: [3, 3], madrid: [9, 3] })
  expect(await eventTypesOf(request)).toStrictEqual(['StockReserved'])
  await checkBooks(service.database)
})

test('the same request twenty times at once reserves once', async () => {
  const productId = await productWith(service.store, { london: 100 })
  const request = wishFor([productId, 2])
  const results = await Promise.all(Array.from({ length: 20 }, () => reserve(request)))
  for (const result of results) expect(result).toStrictEqual(results[0])
  expect(await stockOf(productId)).toStrictEqual({ london: [100, 2] })
})

test('tells that stock was reserved: how much it costs and from where', async () => {
  const productId = await productWith(service.store, { london: 1, berlin: 1 })
  const request = wishFor([productId, 2])
  await reserve(request)
  const [event] = await eventsOf(request)
  ensure(event)
  expect([event.type, event.topic]).toStrictEqual(['StockReserved', 'inventory.events'])
  expect(event.headers).toStrictEqual({ traceparent: request.traceparent })
  const { orderId, total, currency, warehouseIds } = decode(StockReservedSchema, event.payload)
  expect([orderId, total, currency, warehouseIds]).toStrictEqual([
    request.orderId,
    500n,
    'GBP',
    ['berlin', 'london'],
  ])
})

test('lines that are missing reserve nothing, and are told once though asked twice', async () => {
  const [there, scarce] = [
    await productWith(service.store, { london: 9 }),
    await productWith(service.store, { london: 2 }),
  ]
  const request = wishFor([there, 1], [scarce, 3])
  const missing = [{ lineNumber: 2, productId: scarce, requested: 3, available: 2 }]
  expect(await reserve(request)).toStrictEqual({ kind: 'missing', missing })
  expect(await reserve(request)).toStrictEqual({ kind: 'missing', missing })
  expect(await stockOf(there)).toStrictEqual({ london: [9, 0] })
  const [event, ...more] = await eventsOf(request)
  expect(more).toStrictEqual([])
  ensure(event)
  const { why, productIds } = decode(StockFailedSchema, event.payload)
  expect([event.type, why, productIds]).toStrictEqual(['StockFailed', 'missing', [scarce]])
})

test('what was refused is reserved when it is asked again and there is stock by then', async () => {
  const productId = await productWith(service.store, { london: 3 })
  const holder = wishFor([productId, 3])
  await reserve(holder)
  const request = wishFor([productId, 1])
  expect((await reserve(request)).kind).toBe('missing')
  await release(holder)
  expect((await reserve(request)).kind).toBe('reserved')
  expect(await eventTypesOf(request)).toStrictEqual(['StockFailed', 'StockReserved'])
})

test('refuses a place out of range, an unknown product, and a price in another currency', async () => {
  const productId = await productWith(service.store, { london: 1 })
  const far = await reserve({ ...wishFor([productId, 1]), destination: places.washington })
  expect(far.kind).toBe('out_of_range')
  const unknown = { kind: 'unknown_product', productIds: ['no such thing'] }
  expect(await reserve(wishFor([productId, 1], ['no such thing', 1]))).toStrictEqual(unknown)
  await service.database.query(`update products set currency = 'EUR' where product_id = $1`, [productId])
  expect(await reserve(wishFor([productId, 1]))).toStrictEqual({
    kind: 'unknown_product',
    productIds: [productId],
  })
})

test('refuses an order that costs more than any may, with nothing reserved, and takes it with fewer pieces', async () => {
  const productId = await productWith(service.store, { london: 1_000_000 })
  await service.database.query('update products set price = $2 where product_id = $1', [productId, 1e12])
  const request = wishFor([productId, 1_000_000])
  expect(await reserve(request)).toStrictEqual({ kind: 'too_dear', most: 1e12 })
  expect(await eventTypesOf(request)).toStrictEqual(['StockFailed'])
  const fewer = await reserve({ ...request, revision: 1, lines: linesOf([productId, 1]) })
  expect(fewer.kind === 'reserved' && fewer.total).toBe(1e12)
})

test('a product that no warehouse has is missing, not unknown', async () => {
  const productId = await productWith(service.store, {})
  const missing = [{ lineNumber: 1, productId, requested: 1, available: 0 }]
  expect(await reserve(wishFor([productId, 1]))).toStrictEqual({ kind: 'missing', missing })
})

test('an amended order takes the place of the one before, and may use what that held', async () => {
  const [a, b] = [
    await productWith(service.store, { london: 5 }),
    await productWith(service.store, { london: 5 }),
  ]
  const request = wishFor([a, 4], [b, 1])
  await reserve(request)
  const amended = { ...request, revision: 1, lines: linesOf([a, 5]) }
  const result = await reserve(amended)
  ensure(result.kind === 'reserved')
  expect(result.total).toBe(1250)
  expect([await stockOf(a), await stockOf(b)]).toStrictEqual([{ london: [5, 5] }, { london: [5, 0] }])
  expect(await reserve(request)).toStrictEqual({ kind: 'superseded' })
  expect(await reserve(amended)).toStrictEqual(result)
  await checkBooks(service.database)
})

test('an amended order that is refused holds nothing, and the older one does not come back', async () => {
  const productId = await productWith(service.store, { london: 5 })
  const request = wishFor([productId, 4])
  await reserve(request)
  expect((await reserve({ ...request, revision: 1, lines: linesOf([productId, 6]) })).kind).toBe('missing')
  expect(await stockOf(productId)).toStrictEqual({ london: [5, 0] })
  expect(await reserve(request)).toStrictEqual({ kind: 'superseded' })
  await checkBooks(service.database)
})

test('gives everything back once, and a late reserve of any revision comes too late', async () => {
  const productId = await productWith(service.store, { london: 5, berlin: 5 })
  const request = wishFor([productId, 7])
  await reserve(request)
  expect((await release(request)).length).toBe(2)
  expect(await release(request)).toStrictEqual([])
  expect(await stockOf(productId)).toStrictEqual({ london: [5, 0], berlin: [5, 0] })
  expect(await reserve(request)).toStrictEqual({ kind: 'superseded' })
  expect(await reserve({ ...request, revision: 1 })).toStrictEqual({ kind: 'superseded' })
  const [, event, ...more] = await eventsOf(request)
  expect(more).toStrictEqual([])
  ensure(event)
  expect(event.type).toBe('StockReleased')
  expect(decode(StockReleasedSchema, event.payload).warehouseIds).toStrictEqual(['berlin', 'london'])
  await checkBooks(service.database)
})

test('a release before the reserve, or after a refused one, leaves a tombstone and tells nobody', async () => {
  const productId = await productWith(service.store, { london: 5 })
  const [early, refused] = [wishFor([productId, 1]), wishFor([productId, 9])]
  await reserve(refused)
  for (const request of [early, refused]) {
    expect(await release(request)).toStrictEqual([])
    expect(await reserve({ ...request, lines: linesOf([productId, 1]) })).toStrictEqual({
      kind: 'superseded',
    })
    expect(await statusOf(request)).toBe('released')
  }
  expect([await eventTypesOf(early), await eventTypesOf(refused)]).toStrictEqual([[], ['StockFailed']])
  expect(await stockOf(productId)).toStrictEqual({ london: [5, 0] })
})

test('a reserve and a release at the same time leave nothing reserved', async () => {
  const productId = await productWith(service.store, { london: 50 })
  const requests = Array.from({ length: 20 }, () => wishFor([productId, 1]))
  await Promise.all(requests.flatMap((request) => [reserve(request), release(request)]))
  expect(await stockOf(productId)).toStrictEqual({ london: [50, 0] })
  for (const request of requests) expect(await statusOf(request)).toBe('released')
})

test('gives back the named shipment only, once; the order can no longer be amended', async () => {
  const productId = await productWith(service.store, { london: 2, berlin: 2 })
  const request = wishFor([productId, 3])
  const first = await reserve(request)
  const second = [`${request.orderId}-2`]
  expect((await release(request, second)).map(({ warehouseId }) => warehouseId)).toStrictEqual(['berlin'])
  expect(await release(request, second)).toStrictEqual([])
  expect(await release(request, [`${request.orderId}-7`])).toStrictEqual([])
  expect(await stockOf(productId)).toStrictEqual({ london: [2, 2], berlin: [2, 0] })
  expect(await statusOf(request)).toBe('open')
  expect(await reserve({ ...request, revision: 1 })).toStrictEqual({ kind: 'superseded' })
  expect(await reserve(request)).toStrictEqual(first)
  await checkBooks(service.database)

  await release(request)
  expect(await statusOf(request)).toBe('released')
  expect(await eventTypesOf(request)).toStrictEqual(['StockReserved', 'StockReleased', 'StockReleased'])
  await checkBooks(service.database)
})

test('delivered, lost and cancelled shipments leave the books as each should, once per message', async () => {
  const productId = await productWith(service.store, { london: 3, berlin: 3, madrid: 3 })
  const request = wishFor([productId, 8])
  await reserve(request)
  const messageId = newId()
  expect((await settle(request, ['sold', 'lost', 'released'], messageId)).length).toBe(3)
  expect(await settle(request, ['sold', 'lost', 'released'], messageId)).toStrictEqual([])
  expect(await settle(request, ['sold', 'lost', 'released'])).toStrictEqual([])
  expect(await stockOf(productId)).toStrictEqual({ london: [0, 0], berlin: [0, 0], madrid: [3, 0] })
  expect(await statusOf(request)).toBe('settled')
  expect(await eventTypesOf(request)).toStrictEqual(['StockReserved', 'StockReleased'])
  expect(await release(request)).toStrictEqual([])
  expect(await statusOf(request)).toBe('settled')
  await checkBooks(service.database)
})

test('a shipment that was released before the order ended is not given back again', async () => {
  const productId = await productWith(service.store, { london: 1, berlin: 1 })
  const request = wishFor([productId, 2])
  await reserve(request)
  await release(request, [`${request.orderId}-2`])
  const settled = await settle(request, ['sold', 'released'])
  expect(settled).toStrictEqual([
    { shipmentId: `${request.orderId}-1`, warehouseId: 'london', state: 'sold' },
  ])
  expect(await stockOf(productId)).toStrictEqual({ london: [0, 0], berlin: [1, 0] })
})

test('an order of 592 lines is reserved, repeated and settled', async () => {
  const products = Array.from({ length: 400 }, (_, i) => ({
    productId: `L${i}-${newId()}`,
    name: 'ONE OF MANY',
    price: 100,
    currency: 'GBP',
    stock: [
      { warehouseId: 'london', onHand: 2, reserved: 0 },
      { warehouseId: 'madrid', onHand: 8, reserved: 0 },
    ],
  }))
  await service.store.putProducts(products)
  const productAt = (i: number) => products[i % products.length]?.productId ?? ''
  const request = wishFor(...Array.from({ length: 592 }, (_, i): [string, number] => [productAt(i), 3]))
  const result = await reserve(request)
  ensure(result.kind === 'reserved')
  expect([result.lines.length, result.shipments.length, result.total]).toStrictEqual([592, 2, 592 * 300])
  expect(await reserve(request)).toStrictEqual(result)
  await settle(request, ['sold', 'sold'])
  await checkBooks(service.database)
})
