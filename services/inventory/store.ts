import type { ReleaseStock, ReserveResult, ReserveStock, RestockReturn } from '#contracts/inventory.ts'
import { commitAndPublish } from '#platform/messaging/outbox.ts'
import type { Search } from '#platform/postgres/search.ts'
import { type AdjustResult, adjustStock } from './data/adjust-stock.ts'
import { addProducts, findProducts, findWarehouses, productsById, putProducts } from './data/catalogue.ts'
import { type OrderEnd, releaseStock, settleOrder } from './data/release.ts'
import type { MovedShipment } from './data/reservations.ts'
import { reserveStock } from './data/reserve.ts'
import { restockReturn } from './data/restock-return.ts'
import type { InventoryDatabase } from './database.ts'
import type { Warehouse } from './domain/rules.ts'
import { type Movement, type Product } from './domain/stock.ts'
import type { AdjustStock } from './domain/stock-rules.ts'

/** The inventory's own database. A refusal is an answer; whatever throws is a fault, and may be tried again. */
export type InventoryStore = {
  /** All lines or none, once per order and revision. */
  reserveStock(request: ReserveStock): Promise<ReserveResult>
  /** Idempotent; resolves to the shipments whose stock was given back now. */
  releaseStock(request: ReleaseStock): Promise<MovedShipment[]>
  /** Once per message; resolves to the shipments that it ended. */
  settleOrder(order: OrderEnd): Promise<MovedShipment[]>
  /** Once per order and number; resolves to what was moved now. Throws when more comes back than was sold. */
  restockReturn(request: RestockReturn): Promise<Movement[]>
  /** Once per key. */
  adjustStock(request: AdjustStock): Promise<AdjustResult>
  /** By id. */
  listProducts(query: Search): Promise<Product[]>
  /** Those that there are, by id. */
  productsById(productIds: readonly string[]): Promise<Product[]>
  /** Counts what was not as given before. No product may be duplicated; `reserved` is not looked at. */
  putProducts(products: readonly Product[]): Promise<{ added: number; changed: number }>
  /** Adds those that are new, and changes none; resolves to how many it added. */
  addProducts(products: readonly Product[]): Promise<number>
  listWarehouses(): Promise<Warehouse[]>
}

type Dependencies = { database: InventoryDatabase; clock: () => Date }

export function createInventoryStore({ database, clock }: Dependencies): InventoryStore {
  return {
    reserveStock: (request) => commitAndPublish(database, (tx) => reserveStock(tx, request, clock())),
    releaseStock: (request) => commitAndPublish(database, (tx) => releaseStock(tx, request, clock())),
    settleOrder: (order) => commitAndPublish(database, (tx) => settleOrder(tx, order, clock())),
    restockReturn: (request) => database.transaction((tx) => restockReturn(tx, request, clock())),
    adjustStock: (request) => database.transaction((tx) => adjustStock(tx, request, clock())),
    listProducts: (query) => findProducts(database, query),
    productsById: (productIds) => productsById(database, productIds),
    putProducts: (products) => putProducts(database, products, clock()),
    addProducts: (products) => addProducts(database, products, clock()),
    listWarehouses: () => findWarehouses(database.prisma),
  }
}
