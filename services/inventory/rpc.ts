import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import {
  InventoryService,
  type Product as ProductMessage,
} from '#generated/proto/inventory/v1/inventory_pb.ts'
import type { Product } from './catalogue.ts'
import { cursorAfter, idIn, pageLimit, pageProblems, productProblems } from './product-rules.ts'
import type { Warehouse } from './rules.ts'
import type { InventoryStore } from './store.ts'

/** What there is to sell, where, and for how much. */
export const inventoryRoutes = (store: InventoryStore) => (router: ConnectRouter) =>
  router.service(InventoryService, {
    listProducts: async ({ search, pageSize, cursor }) => {
      refuse(pageProblems(search, pageSize, cursor))
      const limit = pageLimit(pageSize)
      const found = await store.listProducts({ search, after: idIn(cursor), limit: limit + 1 })
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return {
        products: page.map(asMessage),
        nextCursor: last && found.length > limit ? cursorAfter(last.productId) : '',
      }
    },
    putProducts: async ({ products }) => {
      const given = products.map(fromMessage)
      const warehouses = await store.listWarehouses()
      const warehouseIds = warehouses.map(({ warehouseId }) => warehouseId)
      refuse(productProblems(given, warehouseIds))
      return store.putProducts(given)
    },
    listWarehouses: async () => ({ warehouses: (await store.listWarehouses()).map(asWarehouse) }),
  })

const shown = 10

/** A message travels in a header: of 500 wrong products the first few will do. */
function refuse(problems: string[]): void {
  if (problems.length === 0) return
  const rest = problems.length - shown
  const inShort = [...problems.slice(0, shown), ...(rest > 0 ? [`and ${rest} more`] : [])]
  throw new ConnectError(inShort.join('; '), Code.InvalidArgument)
}

const asMessage = ({ price, ...product }: Product) => ({ ...product, price: BigInt(price) })

const fromMessage = ({ productId, name, price, currency, stock }: ProductMessage): Product => ({
  productId,
  name,
  price: Number(price),
  currency,
  stock: stock.map(({ warehouseId, onHand, reserved }) => ({ warehouseId, onHand, reserved })),
})

const asWarehouse = ({ place, ...warehouse }: Warehouse) => ({ ...warehouse, ...place })
