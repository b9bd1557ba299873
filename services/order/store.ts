import type { OnRecord, PlaceOrder, RecordChanges, RecordResult } from '#contracts/order.ts'
import type { RequestReturn } from '#contracts/return.ts'
import type { Database } from '#platform/database.ts'
import { changeOrder } from './changing.ts'
import { findOrder, listOrders, type OrderDetails, type OrderList, type OrderSummary } from './reading.ts'
import type { NumberedChange } from './record.ts'
import { recordOrder } from './recording.ts'
import { type OpenedOnRecord, openReturn } from './returns.ts'
import type { Judgement } from './rules.ts'

/** What is on record of an order: the judgement of its first recording, or how it ended. */
export type Recorded = (Judgement & { repeat: boolean }) | Extract<RecordResult, { kind: 'ended' }>

/** The order service's own database. Whatever throws is a fault, and may be tried again. */
export type OrderStore = {
  /** Writes an order as it was judged, once; a repeat answers what is on record. */
  recordOrder(request: PlaceOrder, judgement: Judgement, at: Date): Promise<Recorded>
  /** Writes what is not on record yet, in one transaction, and answers with it. Throws without the order. */
  recordChanges(request: RecordChanges): Promise<{ written: NumberedChange[]; onRecord: OnRecord }>
  /** Judges a return and writes it, once per number; a repeat answers what is on record. */
  openReturn(request: RequestReturn, at: Date): Promise<OpenedOnRecord>
  findOrder(orderId: string): Promise<OrderDetails | undefined>
  /** Newest first. */
  listOrders(list: OrderList): Promise<OrderSummary[]>
}

export function createOrderStore({ database }: { database: Database }): OrderStore {
  return {
    recordOrder: (request, judgement, at) => recordOrder(database, request, judgement, at),
    recordChanges: (request) => database.transaction((tx) => changeOrder(tx, request)),
    openReturn: (request, at) => database.transaction((tx) => openReturn(tx, request, at)),
    findOrder: (orderId) => findOrder(database, orderId),
    listOrders: (list) => listOrders(database, list),
  }
}
