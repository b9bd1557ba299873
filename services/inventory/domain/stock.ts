import type { Int8 } from '#platform/values/int8.ts'

export type ProductStock = { warehouseId: string; onHand: number; reserved: number }
export type Product = {
  productId: string
  name: string
  price: Int8
  currency: string
  stock: ProductStock[]
}

/** Every movement has a key that says what it is for: a second one for the same is a repeat. */
export const movementKey = {
  initial: (warehouseId: string, productId: string) => `initial/${warehouseId}/${productId}`,
  adjusted: (key: string) => `adjusted/${key}`,
  returned: ({ orderId, number, lineNumber }: CameBackWith, kind: 'restocked' | 'written_off') =>
    `return/${orderId}/${number}/${lineNumber}/${kind}`,
}

/** An order's return, and the line of the order. */
export type CameBackWith = { orderId: string; number: number; lineNumber: number }

/** Pieces that come to a shelf or leave it: put in first, by hand, or back from a customer. */
export type Movement = {
  key: string
  productId: string
  warehouseId: string
  /** What it changes on hand and received by. */
  change: number
  /** Pieces that it is about: those that are written off change nothing. */
  quantity: number
  reason: string
  by: string
} & ({ kind: 'initial' | 'adjusted'; with: null } | { kind: 'restocked' | 'written_off'; with: CameBackWith })
