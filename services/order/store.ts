import type { PlaceOrder } from '#contracts/order.ts'
import type { OnRecord, OrderOnRecord, RecordChanges } from '#contracts/order-record.ts'
import type { RequestReturn } from '#contracts/return.ts'
import { bucketOfId, findBucketOfId } from '#platform/ids.ts'
import { commitAndPublish } from '#platform/messaging/outbox.ts'
import { changeOrder } from './data/apply-changes.ts'
import { findOnRecord, type Recorded, recordOrder } from './data/insert-order.ts'
import { countOpen, listAcross, type OpenOrders, type OrderList, type OrderPage } from './data/order-list.ts'
import { findOrder, type OrderDetails } from './data/order-queries.ts'
import { listReturnsAcross, type ReturnList, type ReturnPage } from './data/return-list.ts'
import { type OpenedOnRecord, openReturn } from './data/returns.ts'
import type { OrderShards } from './database.ts'
import type { NumberedChange } from './domain/record.ts'
import type { Judgement } from './domain/rules.ts'

/** The order service's own databases. Whatever throws is a fault, and may be tried again. */
export type OrderStore = {
  /** Writes an order as it was judged, once; a repeat answers what is on record. */
  recordOrder(request: PlaceOrder, judgement: Judgement, at: Date): Promise<Recorded>
  /** What a later run of the order's workflow begins from; undefined when it is not on record. */
  findOnRecord(orderId: string): Promise<OrderOnRecord | undefined>
  /** Writes what is not on record yet, in one transaction, and answers with it. Throws without the order. */
  recordChanges(request: RecordChanges): Promise<{ written: NumberedChange[]; onRecord: OnRecord }>
  /** Judges a return and writes it, once per number; a repeat answers what is on record. */
  openReturn(request: RequestReturn, at: Date): Promise<OpenedOnRecord>
  /** Undefined also for what is no order's id. */
  findOrder(orderId: string): Promise<OrderDetails | undefined>
  /** Newest first unless said otherwise, of all shards that answer. Throws when none does. */
  listOrders(list: OrderList): Promise<OrderPage>
  /** Of all orders, in all shards that answer. Throws when none does. */
  listReturns(list: ReturnList): Promise<ReturnPage>
  /** Of all shards that answer. Throws when none does. */
  countOpenOrders(): Promise<OpenOrders>
}

/** An order is in the shard of its customer: the bucket is part of its id. */
export function createOrderStore({ shards }: { shards: OrderShards }): OrderStore {
  const shardOf = (orderId: string) => shards.ofBucket(bucketOfId(orderId))
  return {
    recordOrder: (request, judgement, at) => recordOrder(shardOf(request.orderId), request, judgement, at),
    findOnRecord: (orderId) => findOnRecord(shardOf(orderId), orderId),
    recordChanges: (request) => commitAndPublish(shardOf(request.orderId), (tx) => changeOrder(tx, request)),
    openReturn: (request, at) =>
      commitAndPublish(shardOf(request.orderId), (tx) => openReturn(tx, request, at)),
    findOrder: async (orderId) => {
      const bucket = findBucketOfId(orderId)
      return bucket === undefined ? undefined : findOrder(shards.ofBucket(bucket), orderId)
    },
    listOrders: (list) => {
      const { customerId } = list
      const own = customerId === undefined ? undefined : shards.ofKey(customerId)
      return listAcross(
        shards.all().filter(({ database }) => !own || database === own),
        list,
      )
    },
    listReturns: (list) => listReturnsAcross(shards.all(), list),
    countOpenOrders: () => countOpen(shards.all()),
  }
}
