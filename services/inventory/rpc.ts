import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { isProductId } from '#contracts/ids.ts'
import {
  InventoryService,
  type Product as ProductMessage,
} from '#generated/proto/inventory/v1/inventory_pb.ts'
import { cursorOf, pageOf, pageProblems, searchProblems, textIn } from '#platform/pages.ts'
import { refuseIfAny } from '#platform/rpc.ts'
import { composed } from '#platform/texts.ts'
import type { AdjustResult } from './adjust.ts'
import type { Product } from './catalogue.ts'
import { productProblems } from './product-rules.ts'
import type { Warehouse } from './rules.ts'
import { type AdjustStock, adjustmentProblems } from './stock-rules.ts'
import type { InventoryStore } from './store.ts'

const pageRules = { usual: 100, largest: 500, isCursor: (cursor: string) => isProductId(textIn(cursor)) }

/** What there is to sell, where, and for how much. */
export const inventoryRoutes = (store: InventoryStore) => (router: ConnectRouter) =>
  router.service(InventoryService, {
    listProducts: async ({ search, pageSize, cursor }) => {
      refuseIfAny([...searchProblems(search), ...pageProblems({ pageSize, cursor }, pageRules)])
      const limit = pageSize || pageRules.usual
      const found = await store.listProducts({
        search: composed(search),
        after: textIn(cursor),
        limit: limit + 1,
      })
      const { page, nextCursor } = pageOf(found, limit, ({ productId }) => cursorOf(productId))
      return { products: page.map(asMessage), nextCursor }
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
        ? new ConnectError(`product_id: there is no product ${productId}`, Code.NotFound)
        : new ConnectError(`warehouse_id: there is no warehouse ${warehouseId}`, Code.NotFound)
    case 'key_reused':
      throw new ConnectError('key: was used for another change', Code.AlreadyExists)
    case 'too_few': {
      const { onHand, reserved } = result.stock
      const why = `${onHand} on hand, ${reserved} of them reserved: ${-change} cannot be taken out`
      throw new ConnectError(`change: ${why}`, Code.FailedPrecondition)
    }
    case 'too_many':
      throw new ConnectError(
        `change: too much for a shelf that holds ${result.stock.onHand}`,
        Code.FailedPrecondition,
      )
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
