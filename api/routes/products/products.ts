import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import { amountOf, partialOf, readEach } from '#api/http/unreadable.ts'
import { maxProductsFound } from '#contracts/limits.ts'
import { Batch, Cursor, Existing, limit, ProductId, Search, severalOf } from '#contracts/rest/fields.ts'
import { NewProduct, ProductPage, ProductView, WarehouseView } from '#contracts/rest/products.ts'
import type { Product } from '#generated/proto/inventory/v1/inventory_pb.ts'

const exampleProduct = {
  productId: '85123A',
  name: 'WHITE HANGING HEART T-LIGHT HOLDER',
  price: 255,
  currency: 'GBP' as const,
}

export function productRoutes({ inventory }: Pick<Clients, 'inventory'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/products',
      name: 'listProducts',
      access: 'public',
      tag: 'products',
      summary: 'Products with their prices and stock, by id',
      query: z.strictObject({
        search: Search.optional().meta({ description: 'Part of the id or name' }),
        productId: severalOf(ProductId, 'These, as far as there are, on one page', maxProductsFound),
        cursor: Cursor.optional(),
        limit: limit(100, 500),
      }),
      answers: {
        200: {
          description: 'A page of products',
          schema: ProductPage,
          example: {
            products: [{ ...exampleProduct, stock: [{ warehouseId: 'london', onHand: 500, reserved: 6 }] }],
            nextCursor: null,
            ...partialOf({}),
          },
        },
      },
      refusals: ['unavailable', 'invalid-body'],
    }).handledBy(async ({ query: { search = '', productId, cursor = '', limit: pageSize }, call }) => {
      const page = productId
        ? { ...(await inventory.findProducts({ productIds: productId }, call)), nextCursor: '' }
        : await inventory.listProducts({ search, cursor, pageSize }, call)
      const { views, unreadable } = readEach(page.products, ({ productId }) => productId, viewOf)
      return {
        status: 200,
        body: {
          products: views,
          nextCursor: page.nextCursor || null,
          ...partialOf({ unreadable }),
        },
      }
    }),

    route({
      method: 'get',
      path: '/v1/products/{productId}',
      name: 'getProduct',
      access: 'public',
      tag: 'products',
      summary: 'A product with its price and stock',
      params: z.strictObject({ productId: ProductId }),
      answers: {
        200: {
          description: 'The product',
          schema: ProductView,
          example: { ...exampleProduct, stock: [{ warehouseId: 'london', onHand: 500, reserved: 6 }] },
        },
      },
      refusals: ['not-found', 'unreadable-record', 'unavailable'],
    }).handledBy(async ({ params: { productId }, call }) => {
      const { products } = await inventory.findProducts({ productIds: [productId] }, call)
      const [product] = products
      return product
        ? { status: 200, body: viewOf(product) }
        : refuse('not-found', `There is no product ${productId}.`)
    }),

    route({
      method: 'put',
      path: '/v1/products',
      name: 'putProducts',
      access: 'staff',
      tag: 'products',
      summary: 'Add products, or change their names and prices',
      bodyLimit: '2mb',
      body: z.strictObject({ products: z.array(NewProduct).min(1).max(500), existing: Existing }),
      example: { products: [{ ...exampleProduct, stock: [{ warehouseId: 'london', onHand: 500 }] }] },
      answers: { 200: { description: 'Done', schema: Batch, example: { added: 1, changed: 0 } } },
      refusals: ['unavailable'],
    }).handledBy(async ({ body, call }) => {
      const products = body.products.map((product) => ({ ...product, price: BigInt(product.price) }))
      const { added, changed } = await inventory.putProducts(
        { products, keepExisting: body.existing === 'keep' },
        call,
      )
      return { status: 200, body: { added, changed } }
    }),

    route({
      method: 'get',
      path: '/v1/warehouses',
      name: 'listWarehouses',
      access: 'public',
      tag: 'products',
      summary: 'Where the stock is',
      answers: {
        200: {
          description: 'All warehouses',
          schema: z.object({ warehouses: z.array(WarehouseView) }),
          example: {
            warehouses: [
              {
                warehouseId: 'london',
                name: 'London',
                country: 'United Kingdom',
                place: { latitude: 51.5, longitude: -0.12 },
              },
            ],
          },
        },
      },
      refusals: ['unavailable'],
    }).handledBy(async ({ call }) => {
      const { warehouses } = await inventory.listWarehouses({}, call)
      const views = warehouses.map(({ warehouseId, name, country, latitude, longitude }) => ({
        warehouseId,
        name,
        country,
        place: { latitude, longitude },
      }))
      return { status: 200, body: { warehouses: views } }
    }),
  ]
}

const viewOf = ({ productId, name, price, currency, stock }: Product): z.output<typeof ProductView> => ({
  productId,
  name,
  price: amountOf('price', price),
  currency,
  stock: stock.map(({ warehouseId, onHand, reserved }) => ({ warehouseId, onHand, reserved })),
})
