import type { Place } from './customer.ts'
import type { Minor } from './money.ts'
import type { KeyedChange, PlaceOrder } from './order.ts'
import type { OrderFacts } from './order-facts.ts'
import type { OpenReturnResult, RequestReturn } from './return.ts'

/** How long an order waits for others; decided when it is recorded, so that a running order never changes its mind. */
export type OrderPolicy = {
  /** For the customer to amend or cancel, in ms. */
  decisionTimeout: number
  /** For a parcel to send news, in ms, before it shows as stuck. */
  parcelDeadline: number
  /** For a step whose service fails, in ms, before the order is undone. */
  stepPatience: number
}

export type RecordResult = { policy: OrderPolicy } & (
  | { kind: 'recorded'; destination: Place }
  /** It breaks a rule, or its customer does not exist. It is on record all the same. */
  | { kind: 'refused'; problems: string[] }
  /** An earlier run has recorded it, or an earlier try of this one: the order goes on from there. */
  | ({ kind: 'found' } & OrderOnRecord)
)

/** An order as a later run of its workflow finds it. */
export type OrderOnRecord = Pick<PlaceOrder, 'customerId' | 'currency' | 'fingerprint' | 'placedAt'> & {
  /** Null of a refused one. */
  destination: Place | null
  problems: string[]
  facts: OrderFacts
  /** The last change's. */
  sequence: number
}

/**
 * `after` is the sequence that the writer knows of. What the record does not allow is left out; and when it is further than
 * `after`, an undo that nobody asked for is left out, too, since it was decided on what no longer is.
 */
export type RecordChanges = {
  orderId: string
  traceparent: string
  changes: KeyedChange[]
  after?: number
}

/**
 * `otherwise`: the record was further than the writer knew, or left something out; these are the facts now, and the keys of
 * what is not among them.
 */
export type OnRecord = {
  sequence: number
  /** With a return that was received: what goes back for it; its worth, less what had gone back for its goods before. */
  due?: Minor
} & ({ kind: 'as_noted' } | { kind: 'otherwise'; facts: OrderFacts; leftOut: string[] })

/** The order service as the workflow knows it; all of them short and idempotent. */
export type OrderActivities = {
  /** Judges a return and puts it on record, once per number. */
  openReturn(request: RequestReturn): Promise<OpenReturnResult>
  recordOrder(request: PlaceOrder): Promise<RecordResult>
  recordChanges(request: RecordChanges): Promise<OnRecord>
}
