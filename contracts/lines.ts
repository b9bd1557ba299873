import type { Minor } from './money.ts'

/** In one order, or in one return. */
export const maxLines = 1_000
/** In one line. */
export const maxQuantity = 1_000_000
export const highestLineNumber = 2_147_483_647

/** What was asked for. `agreedPrice` (minor units per piece) comes with pre-orders only, never from REST. */
export type OrderLine = { lineNumber: number; productId: string; quantity: number; agreedPrice?: Minor }

export type PricedLine = { lineNumber: number; productId: string; quantity: number; unitPrice: Minor }

export type MissingLine = { lineNumber: number; productId: string; requested: number; available: number }
