import { Code, type ConnectRouter } from '@connectrpc/connect'
import { isProductId } from '#contracts/ids.ts'
import { maxProductsFound } from '#contracts/limits.ts'
import {
  InventoryService,
  type Product as ProductMessage,
} from '#generated/proto/inventory/v1/inventory_pb.ts'
import { pagesOf, searchProblems } from '#platform/grpc/pages.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import { composed } from '#platform/values/texts.ts'
import type { AdjustResult } from './data/adjust-stock.ts'
import { productProblems } from './domain/product-rules.ts'
import type { Warehouse } from './domain/rules.ts'
import { type Product } from './domain/stock.ts'
import { type AdjustStock, adjustmentProblems } from './domain/stock-rules.ts'
import type { InventoryStore } from './store.ts'

const pages = pagesOf<{ productId: string }>({
  name: 'products',
  usual: 100,
  largest: 500,
  write: ({ productId }) => productId,
  read: (productId) => (isProductId(productId) ? { productId } : undefined),
})

/** What there is to sell, where, and for how much. */
export const inventoryRoutes = (store: InventoryStore) => (router: ConnectRouter) =>
  router.service(InventoryService, {
    listProducts: async (request) => {
      const search = composed(request.search)
      const asked = pages(request, [search])
      refuseIfAny([...searchProblems(search), ...asked.problems])
      const { limit, after } = asked
      const found = await store.listProducts({ search, after: after?.productId ?? '', limit })
      const { page, nextCursor } = asked.of(found)
      return { products: page.map(asMessage), nextCursor }
    },
    findProducts: async ({ productIds }) => {
      const isRight = productIds.length >= 1 && productIds.length <= maxProductsFound
      refuseIfAny(isRight ? [] : [`product_ids: must be 1 to ${maxProductsFound}`])
      return { products: (await store.productsById(productIds)).map(asMessage) }
    },
    putProducts: async ({ products, keepExisting }) => {
      const given = products.map(fromMessage)
      const warehouses = await store.listWarehouses()
      const warehouseIds = warehouses.map(({ warehouseId }) => warehouseId)
      refuseIfAny(productProblems(given, warehouseIds))
      return keepExisting ? { added: await store.addProducts(given), changed: 0 } : store.putProducts(given)
    },
    listWarehouses: async () => ({ warehouses: (await store.listWarehouses()).map(asWarehouse) }),
    adjustStock: async ({ productId, warehouseId, change, reason, by, key }) => {
      const request = { productId, warehouseId, change, reason: composed(reason), by, key }
      refuseIfAny(adjustmentProblems(request))
      return answerAdjustment(request, await store.adjustStock(request))
    },
  })

function answerAdjustment({ productId, warehouseId, change }: AdjustStock, result: AdjustResult) {
  switch (result.kind) {
    case 'adjusted':
      return { stock: result.stock }
    case 'not_found':
      throw result.what === 'product'
        ? refusal(Code.NotFound, `product_id: there is no product ${productId}`)
        : refusal(Code.NotFound, `warehouse_id: there is no warehouse ${warehouseId}`)
    case 'key_reused':
      throw refusal(Code.AlreadyExists, 'key: was used for another change')
    case 'too_few': {
      const { onHand, reserved } = result.stock
      const why = `${onHand} on hand, ${reserved} of them reserved: ${-change} cannot be taken out`
      throw refusal(Code.FailedPrecondition, `change: ${why}`)
    }
    case 'too_many':
      throw refusal(Code.FailedPrecondition, `change: too much for a shelf that holds ${result.stock.onHand}`)
  }
}

const asMessage = ({ price, ...product }: Product) => ({ ...product, price: BigInt(price) })

const fromMessage = ({ productId, name, price, currency, stock }: ProductMessage): Product => ({
  productId,
  name: composed(name),
  price: Number(price),
  currency,
  stock: stock.map(({ warehouseId, onHand, reserved }) => ({ warehouseId, onHand, reserved })),
})

const asWarehouse = ({ place, ...warehouse }: Warehouse) => ({ ...warehouse, ...place })
