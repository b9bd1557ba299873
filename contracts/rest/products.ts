import { z } from 'zod'
import { lengths } from '../limits.ts'
import { defaultCurrency } from '../money.ts'
import {
  CurrencyCode,
  Money,
  NextCursor,
  Note,
  Price,
  ProductId,
  partialFields,
  text,
  WarehouseId,
  whole,
} from './fields.ts'

export const ProductView = z
  .object({
    productId: z.string(),
    name: z.string(),
    price: Money,
    currency: z.string(),
    stock: z.array(z.object({ warehouseId: z.string(), onHand: z.int(), reserved: z.int() })),
  })
  .meta({ id: 'Product', description: 'What can be sold of it at a warehouse: onHand less reserved' })

const NewStock = z.strictObject({ warehouseId: WarehouseId, onHand: whole(0, 1_000_000_000) })

export const NewProduct = z
  .strictObject({
    productId: ProductId,
    name: text(lengths.name),
    price: Price,
    currency: CurrencyCode.default(defaultCurrency),
    stock: z
      .array(NewStock)
      .max(100)
      .default([])
      .meta({ description: 'Set where the product is new, never overwritten' }),
  })
  .meta({ id: 'NewProduct' })
export type NewProduct = z.output<typeof NewProduct>

export const WarehouseView = z
  .object({
    warehouseId: z.string(),
    name: z.string(),
    country: z.string(),
    place: z.object({ latitude: z.number(), longitude: z.number() }),
  })
  .meta({ id: 'Warehouse' })

const maxPieces = 1_000_000

export const StockAdjustment = z
  .strictObject({
    warehouseId: WarehouseId,
    change: whole(-maxPieces, maxPieces)
      .refine((change) => change !== 0, { error: 'must not be 0' })
      .meta({ description: 'Pieces: above zero comes in, below zero goes out', example: 5 }),
    reason: Note,
  })
  .meta({ id: 'AdjustStock' })

export const StockView = z
  .object({ productId: z.string(), warehouseId: z.string(), onHand: z.int(), reserved: z.int() })
  .meta({ id: 'StockOnHand' })
export type StockOnHand = z.output<typeof StockView>

export const ProductPage = z.object({
  products: z.array(ProductView),
  nextCursor: NextCursor,
  ...partialFields,
})
export type ProductPage = z.output<typeof ProductPage>
