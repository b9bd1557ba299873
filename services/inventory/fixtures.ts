// What the tests of the inventory service share.

import { join } from 'node:path'
import type { Place } from '#contracts/customer.ts'
import type { ReserveStock } from '#contracts/inventory.ts'
import type { OrderLine } from '#contracts/lines.ts'
import { newId } from '#platform/ids.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { ensure } from '#platform/testing/expect.ts'
import { createTestDatabase, randomName } from '#platform/testing/fixtures.ts'
import { inventoryClient } from './database.ts'
import { createInventoryStore, type InventoryStore } from './store.ts'

export const schemaFolder = join(import.meta.dirname, '../../prisma/inventory')

export const places = {
  london: { latitude: 51.5074, longitude: -0.1278 },
  berlin: { latitude: 52.52, longitude: 13.405 },
  madrid: { latitude: 40.4168, longitude: -3.7038 },
  paris: { latitude: 48.8566, longitude: 2.3522 },
  washington: { latitude: 38.9072, longitude: -77.0369 },
} as const satisfies Record<string, Place>

/** The service on a database of its own, with 20 connections. */
export async function startInventoryService() {
  const server = await createTestDatabase('inventory')
  await migrateDatabase({ url: server.url, schemaFolder })
  const database = openDatabase(server.url, { max: 20, client: inventoryClient })
  const store = createInventoryStore({ database, clock: () => new Date() })
  return { ...server, database, store, drop: () => database.close().then(server.drop) }
}

type Stock = Partial<Record<'london' | 'berlin' | 'madrid', number>>

/** A new product at 250 a piece; resolves to its id. */
export async function productWith(store: InventoryStore, onHand: Stock): Promise<string> {
  const productId = randomName('P')
  const stock = Object.entries(onHand).map(([warehouseId, pieces]) => ({
    warehouseId,
    onHand: pieces,
    reserved: 0,
  }))
  await store.putProducts([{ productId, name: 'LANTERN', price: 250, currency: 'GBP', stock }])
  return productId
}

type Wish = [productId: string, quantity: number, agreedPrice?: number]

export const linesOf = (...wishes: Wish[]): OrderLine[] =>
  wishes.map(([productId, quantity, agreedPrice], i) => ({
    lineNumber: i + 1,
    productId,
    quantity,
    ...(agreedPrice !== undefined && { agreedPrice }),
  }))

/** An order for London. */
export const wishFor = (...wishes: Wish[]): ReserveStock => ({
  orderId: newId(),
  revision: 0,
  currency: 'GBP',
  lines: linesOf(...wishes),
  destination: places.london,
  traceparent: newTraceparent(),
})

/** What came in was moved in, and is there, sold or lost; what is reserved is what the orders' lines say. */
export async function checkBooks(sql: Sql): Promise<void> {
  const unexplained = await sql.query(
    `select product_id, warehouse_id, received, sum(change) as moved
     from stock left join stock_movements using (product_id, warehouse_id)
     group by product_id, warehouse_id having received <> coalesce(sum(change), 0)`,
  )
  ensure(unexplained.length === 0, JSON.stringify(unexplained))
  const wrong = await sql.query(
    `select product_id, warehouse_id, received, on_hand, reserved, held, gone
     from stock left join (
       select product_id, warehouse_id,
         coalesce(sum(quantity) filter (where state = 'reserved'), 0) as held,
         coalesce(sum(quantity) filter (where state in ('sold', 'lost')), 0) as gone
       from reserved_lines group by product_id, warehouse_id) as lines using (product_id, warehouse_id)
     where received <> on_hand + coalesce(gone, 0) or reserved <> coalesce(held, 0)`,
  )
  ensure(wrong.length === 0, JSON.stringify(wrong))
  const wrongOrders = await sql.query(
    `select order_id, status, total from reservations left join (
       select order_id, sum(quantity * unit_price) as cost, bool_or(state = 'reserved') as holds
       from reserved_lines group by order_id) as lines using (order_id)
     where total <> coalesce(cost, 0) or (status = 'open') <> coalesce(holds, false)`,
  )
  ensure(wrongOrders.length === 0, JSON.stringify(wrongOrders))
}
