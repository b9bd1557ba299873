import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { RestockReturn } from '#contracts/inventory.ts'
import { newId } from '#platform/ids.ts'
import { ensure } from '#platform/testing/expect.ts'
import { randomName } from '#platform/testing/fixtures.ts'
import { patiently } from '#platform/testing/patiently.ts'
import type { AdjustStock } from '../domain/stock-rules.ts'
import { checkBooks, productWith, startInventoryService, wishFor } from '../fixtures.ts'

let service: Awaited<ReturnType<typeof startInventoryService>>

beforeAll(async () => {
  service = await startInventoryService()
})
afterAll(() => service.drop())

/** `[received, on hand, reserved]` by warehouse. */
async function shelvesOf(productId: string): Promise<Record<string, number[]>> {
  await checkBooks(service.database)
  const rows = await service.database.query<{ warehouse: string; shelf: number[] }>(
    `select warehouse_id as warehouse, array[received, on_hand, reserved]::int[] as shelf from stock where product_id = $1`,
    [productId],
  )
  return Object.fromEntries(rows.map(({ warehouse, shelf }) => [warehouse, shelf]))
}

type Row = { kind: string; change: number; quantity: number; reason: string; by: string; orderId: string }
const movementsOf = (productId: string) =>
  service.database.query<Row>(
    `select kind, change, quantity, reason, by, order_id as "orderId" from stock_movements
     where product_id = $1 order by at, kind`,
    [productId],
  )
const kindsOf = async (productId: string) => (await movementsOf(productId)).map(({ kind }) => kind)

describe('stock by hand', () => {
  const adjust = (productId: string, change: number, more: Partial<AdjustStock> = {}) => {
    const request = {
      productId,
      warehouseId: 'london',
      change,
      reason: 'counted',
      by: 'staff:ann',
      key: newId(),
      ...more,
    }
    return patiently(() => service.store.adjustStock(request))
  }
  const stock = (onHand: number, reserved = 0, warehouseId = 'london') => ({ warehouseId, onHand, reserved })

  it('comes in and goes out, and the books say who did it and why', async () => {
    const productId = await productWith(service.store, { london: 10 })
    expect(await adjust(productId, 5)).toStrictEqual({ kind: 'adjusted', stock: stock(15) })
    expect(await adjust(productId, -8)).toStrictEqual({ kind: 'adjusted', stock: stock(7) })
    expect(await shelvesOf(productId)).toStrictEqual({ london: [7, 7, 0] })
    const movements = await movementsOf(productId)
    expect(movements.map(({ kind, change, quantity }) => [kind, change, quantity])).toStrictEqual([
      ['initial', 10, 10],
      ['adjusted', 5, 5],
      ['adjusted', -8, 8],
    ])
    expect([movements[1]?.by, movements[1]?.reason]).toStrictEqual(['staff:ann', 'counted'])
  })

  it('counts once per key, also when it is asked many times at once', async () => {
    const productId = await productWith(service.store, { london: 10 })
    const key = newId()
    const results = await Promise.all(Array.from({ length: 20 }, () => adjust(productId, 5, { key })))
    for (const result of results) expect(result).toStrictEqual({ kind: 'adjusted', stock: stock(15) })
    expect(await shelvesOf(productId)).toStrictEqual({ london: [15, 15, 0] })
  })

  it('takes no other change under a key for a repeat, not even at another shelf at the same time', async () => {
    const [productId, other] = [
      await productWith(service.store, { london: 10 }),
      await productWith(service.store, { london: 10 }),
    ]
    const key = newId()
    await adjust(productId, 5, { key })
    expect(await adjust(productId, 6, { key })).toStrictEqual({ kind: 'key_reused' })
    expect(await adjust(productId, 5, { key, warehouseId: 'berlin' })).toStrictEqual({ kind: 'key_reused' })
    const shared = newId()
    const both = await Promise.all([productId, other].map((id) => adjust(id, 1, { key: shared })))
    expect(both.map(({ kind }) => kind).sort()).toStrictEqual(['adjusted', 'key_reused'])
    await checkBooks(service.database)
  })

  it('never goes below what is reserved, and what was refused may be asked again under its key', async () => {
    const productId = await productWith(service.store, { london: 10 })
    const request = wishFor([productId, 8])
    await service.store.reserveStock(request)
    const key = newId()
    expect(await adjust(productId, -3, { key })).toStrictEqual({ kind: 'too_few', stock: stock(10, 8) })
    expect(await kindsOf(productId)).toStrictEqual(['initial'])
    await service.store.releaseStock({ ...request, shipmentIds: 'all' })
    expect(await adjust(productId, -3, { key })).toStrictEqual({ kind: 'adjusted', stock: stock(7) })
  })

  it('is never oversold while it is taken out and ordered at once', async () => {
    const productId = await productWith(service.store, { london: 50 })
    const orders = Array.from({ length: 40 }, () => {
      const wish = wishFor([productId, 1])
      return patiently(() => service.store.reserveStock(wish))
    })
    const taken = Array.from({ length: 40 }, () => adjust(productId, -1))
    const reserved = (await Promise.all(orders)).filter(({ kind }) => kind === 'reserved').length
    const gone = (await Promise.all(taken)).filter(({ kind }) => kind === 'adjusted').length
    expect(reserved + gone).toBe(50)
    expect(await shelvesOf(productId)).toStrictEqual({ london: [50 - gone, 50 - gone, reserved] })
  })

  it('comes to a warehouse that never had the product; there is nothing there to take out', async () => {
    const productId = await productWith(service.store, { london: 1 })
    const inBerlin = { warehouseId: 'berlin' }
    expect(await adjust(productId, -1, inBerlin)).toStrictEqual({
      kind: 'too_few',
      stock: stock(0, 0, 'berlin'),
    })
    expect(await adjust(productId, 4, inBerlin)).toStrictEqual({
      kind: 'adjusted',
      stock: stock(4, 0, 'berlin'),
    })
    expect(await shelvesOf(productId)).toStrictEqual({ london: [1, 1, 0], berlin: [4, 4, 0] })
  })

  it('says when there is no such product or warehouse', async () => {
    const productId = await productWith(service.store, { london: 1 })
    expect(await adjust(randomName('P'), 1)).toStrictEqual({ kind: 'not_found', what: 'product' })
    expect(await adjust(productId, 1, { warehouseId: 'oslo' })).toStrictEqual({
      kind: 'not_found',
      what: 'warehouse',
    })
  })

  it('a product that is put again keeps its stock, and is moved in once', async () => {
    const productId = await productWith(service.store, { london: 10, berlin: 0 })
    const [product] = await service.store.listProducts({ search: productId, after: '', limit: 1 })
    ensure(product)
    await service.store.putProducts([{ ...product, stock: [stock(99), stock(3, 0, 'madrid')] }])
    expect(await shelvesOf(productId)).toStrictEqual({
      london: [10, 10, 0],
      berlin: [0, 0, 0],
      madrid: [3, 3, 0],
    })
    expect(await kindsOf(productId)).toStrictEqual(['initial', 'initial'])
  })
})

describe('goods that come back', () => {
  /** An order of 4 pieces, 3 of them from london and 1 from berlin, which were delivered. */
  async function delivered({ settled = true } = {}) {
    const productId = await productWith(service.store, { london: 3, berlin: 5 })
    const { orderId, traceparent, ...request } = wishFor([productId, 4])
    await service.store.reserveStock({ orderId, traceparent, ...request })
    const settle = (state: 'sold' | 'lost' = 'sold') =>
      service.store.settleOrder({
        messageId: newId(),
        orderId,
        traceparent,
        shipments: [1, 2].map((n) => ({ shipmentId: `${orderId}-${n}`, state })),
      })
    if (settled) await settle()
    const back = (number: number, restocked: number, writtenOff = 0): RestockReturn => ({
      orderId,
      number,
      by: 'staff:ann',
      lines: [{ lineNumber: 1, productId, warehouseId: 'london', restocked, writtenOff }],
      traceparent,
    })
    return { productId, orderId, settle, back }
  }

  it('can be sold again when they are restocked; what is written off is noted', async () => {
    const { productId, orderId, back } = await delivered()
    expect(await shelvesOf(productId)).toStrictEqual({ london: [3, 0, 0], berlin: [5, 4, 0] })
    const moved = await service.store.restockReturn(back(1, 2, 1))
    expect(moved.map(({ kind, quantity }) => [kind, quantity])).toStrictEqual([
      ['restocked', 2],
      ['written_off', 1],
    ])
    expect(await shelvesOf(productId)).toStrictEqual({ london: [5, 2, 0], berlin: [5, 4, 0] })
    const restocked = (await movementsOf(productId)).find(({ kind }) => kind === 'restocked')
    expect([restocked?.by, restocked?.reason, restocked?.orderId]).toStrictEqual([
      'staff:ann',
      'return 1',
      orderId,
    ])
    const again = await service.store.reserveStock(wishFor([productId, 2]))
    expect(again.kind).toBe('reserved')
  })

  it('are taken back once per return, however often and at once it is asked', async () => {
    const { productId, back } = await delivered()
    const tries = await Promise.all(Array.from({ length: 10 }, () => service.store.restockReturn(back(1, 2))))
    expect(tries.flat().length).toBe(1)
    expect(await service.store.restockReturn(back(1, 2))).toStrictEqual([])
    expect(await shelvesOf(productId)).toStrictEqual({ london: [5, 2, 0], berlin: [5, 4, 0] })
  })

  it('are never more than were sold, in all returns together', async () => {
    const { productId, orderId, back } = await delivered()
    await service.store.restockReturn(back(1, 2, 1))
    await expect(service.store.restockReturn(back(2, 2))).rejects.toThrow(
      new RegExp(`return 2 of order ${orderId} is more than was sold: line 1: 4 sold, 3 back, 2 more`),
    )
    const rest = await Promise.allSettled([2, 3, 4].map((n) => service.store.restockReturn(back(n, 1))))
    expect(rest.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    expect(await shelvesOf(productId)).toStrictEqual({ london: [6, 3, 0], berlin: [5, 4, 0] })
  })

  it('may be faster than the news that their order is completed', async () => {
    const { productId, back, settle } = await delivered({ settled: false })
    await service.store.restockReturn(back(1, 3, 1))
    expect(await shelvesOf(productId)).toStrictEqual({ london: [6, 6, 3], berlin: [5, 5, 1] })
    expect((await settle()).length).toBe(2)
    expect(await shelvesOf(productId)).toStrictEqual({ london: [6, 3, 0], berlin: [5, 4, 0] })
    await expect(service.store.restockReturn(back(2, 1))).rejects.toThrow(/4 sold, 4 back, 1 more/)
  })

  it('do not come from a parcel that was lost or given back, or from an order that took nothing', async () => {
    const lost = await delivered({ settled: false })
    await lost.settle('lost')
    await expect(service.store.restockReturn(lost.back(1, 1))).rejects.toThrow(
      /line 1: 0 sold, 0 back, 1 more/,
    )
    const stranger = { ...lost.back(1, 1), orderId: newId() }
    await expect(service.store.restockReturn(stranger)).rejects.toThrow(/line 1: 0 sold/)
    const released = await delivered({ settled: false })
    const { orderId, traceparent } = released.back(1, 1)
    await service.store.releaseStock({ orderId, shipmentIds: 'all', traceparent })
    await expect(service.store.restockReturn(released.back(1, 1))).rejects.toThrow(/line 1: 0 sold/)
    await checkBooks(service.database)
  })

  it('fault as a whole: when one line cannot come back, none does', async () => {
    const { productId, back } = await delivered()
    const request = back(1, 1)
    const [line] = request.lines
    ensure(line)
    const lines = [line, { ...line, lineNumber: 2 }]
    await expect(service.store.restockReturn({ ...request, lines })).rejects.toThrow(/line 2: 0 sold/)
    expect(await kindsOf(productId)).toStrictEqual(['initial', 'initial'])
  })
})
