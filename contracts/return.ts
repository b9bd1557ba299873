import type { Actor } from './actor.ts'
import type { Currency, Minor } from './money.ts'

export const returnStatuses = ['requested', 'accepted', 'refused', 'received', 'refunded', 'expired'] as const
export type ReturnStatus = (typeof returnStatuses)[number]

/** What a list of returns can be sorted by; with a minus the latest comes first. */
export const returnSorts = ['-requestedAt', 'requestedAt'] as const
export type ReturnSort = (typeof returnSorts)[number]

export const isFinalReturn = (status: ReturnStatus): boolean =>
  status === 'refused' || status === 'refunded' || status === 'expired'

/** Pieces of a line of the order that come back. */
export type ReturnLine = { lineNumber: number; quantity: number }

/** A line as the order service judged it: the price is what was paid, the warehouse the one that it left from. */
export type PricedReturnLine = ReturnLine & { productId: string; unitPrice: Minor; warehouseId: string }

/** The input of the return workflow. Returns of an order are numbered from 1. */
export type RequestReturn = {
  orderId: string
  number: number
  lines: ReturnLine[]
  reason: string
  by: Actor
  /** UTC, ISO 8601. */
  requestedAt: string
  /** SHA-256 of what was asked for and the caller's key: tells a repeat from the next return. */
  fingerprint: string
  traceparent: string
}

/** In ms; decided when it is recorded. */
export type ReturnPolicy = { arriveWithin: number }

export type OpenReturnResult =
  | {
      kind: 'opened'
      customerId: string
      lines: PricedReturnLine[]
      amount: Minor
      currency: Currency
      policy: ReturnPolicy
      /** How far an earlier run of its workflow came; absent when it has only been asked for. */
      reached?: { status: 'accepted' | 'received'; received?: ReceivedReturn }
    }
  /** Not delivered, or more than was delivered and has not come back. Nothing is on record. */
  | { kind: 'refused'; problems: string[] }

export type ReturnDecision = { accept: boolean; by: Actor; note?: string }

export type ReceivedLine = { lineNumber: number; restocked: number; writtenOff: number }

/** What arrived. A line that is not named did not. Without lines all of it did, and goes back to stock. */
export type ReceivedReturn = {
  by: Actor
  note?: string
  lines?: ReceivedLine[]
}

/** `amount`: what goes back, once the goods are received; less than they cost when some of it had gone back before. */
export type ReturnAnswer = { orderId: string; number: number; status: ReturnStatus; amount?: Minor }

/** What the update `openReturn` answers: on record, or why not. */
export type OpenedReturn =
  | { kind: 'opened'; number: number; amount: Minor }
  | { kind: 'refused'; problems: string[] }

/** What the workflow returns. `status` is null of a return that was refused before it was on record. */
export type ReturnOutcome = { opened: OpenedReturn; status: ReturnStatus | null; refunded: Minor }
