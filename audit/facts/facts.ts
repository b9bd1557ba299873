import type { z } from 'zod'
import type { DatabaseOwner } from '#contracts/services.ts'
import { orderIdOf, orderWorkflowId } from '#contracts/temporal.ts'
import { findBucketOfId } from '#platform/ids.ts'
import { CouldNotLook, everywhere, naming, orUnseen, type Shard, type Sources } from '../sources.ts'
import { type Reservation, reservationsById, zReservation } from './inventory.ts'
import { missingMessages } from './messages.ts'
import { type OrderRow, ordersById, zOrder } from './order.ts'
import { type OrderPayment, payableIds, paymentsById, zPayment } from './payment.ts'
import { strandedReturns } from './returns.ts'
import { type RawRow, type Rows, readRows } from './rows.ts'
import { createAsker, type Told } from './told.ts'
import { describeWorkflows, listWorkflows, retentionOf, type WorkflowFacts } from './workflows.ts'

/** Where facts come from. `told`: what the workflow itself says. */
export type Source = DatabaseOwner | 'temporal' | 'told'

/** All that is known of one order, by everyone who knows of it. */
export type OrderFacts = {
  orderId: string
  order: OrderRow | undefined
  reservation: Reservation | undefined
  payment: OrderPayment | undefined
  workflow: WorkflowFacts | undefined
  told: Told | undefined
  /** The numbers of its returns that have not ended, and that no running workflow drives. */
  strandedReturns: number[]
  customerKnown: boolean
  /** Other orders with the same source and reference. */
  twins: string[]
  /** Changes on record whose messages are not in the outbox, though they must be. */
  unannounced: string[]
  /** It ended so long ago that Temporal may have forgotten its workflow. */
  pastRetention: boolean
  /** Rows about it that cannot be read, with what is wrong with them. */
  broken: string[]
  /** What could not be asked, or cannot be read. */
  missing: ReadonlySet<Source>
}

/** `exactly`: Temporal is asked for each workflow by itself, for its lists may be some seconds behind. */
export type Loading = { exactly: boolean; shards?: readonly Shard[] }
export type LoadFacts = (orderIds: readonly string[], loading: Loading) => Promise<OrderFacts[]>

const temporal = 'Temporal'

export async function createFactsLoader(sources: Sources): Promise<LoadFacts> {
  const retention = await orUnseen(() =>
    naming(sources.unavailable, temporal, () => retentionOf(sources.temporal)),
  )
  const isForgotten = (order: OrderRow | undefined) =>
    typeof retention === 'number' &&
    order?.endedAt != null &&
    order.endedAt.getTime() < sources.clock().getTime() - retention
  const ask = createAsker(sources)
  const { databases } = sources

  return async (orderIds, { exactly, shards = databases.order }) => {
    const [orders, reservations, payments] = await Promise.all([
      findRows(shards, 'order', ordersById, zOrder, orderIds),
      findRows(databases.inventory, 'reservation', reservationsById, zReservation, orderIds),
      findRows(databases.payment, 'payment', paymentsById, zPayment, payableIds(orderIds)),
    ])
    const remembered = orderIds.filter((id) => !isForgotten(orders.read.get(id)))
    const rows = [...orders.read.values()]
    const [workflows, stranded, customers, twins, unannounced] = await Promise.all([
      orUnseen(() => naming(sources.unavailable, temporal, () => workflowsOf(sources, remembered, exactly))),
      orUnseen(() => strandedReturns(sources, rows)),
      findCustomers(databases.customer, rows),
      findTwins(databases.order, rows),
      missingMessages(shards, rows),
    ])
    const found = workflows instanceof CouldNotLook ? new Map<string, WorkflowFacts>() : workflows
    const told = await ask(rows, found)
    return orderIds.map((orderId): OrderFacts => {
      const order = orders.read.get(orderId)
      const broken = [orders, reservations, payments].flatMap(({ broken }) => broken.get(orderId) ?? [])
      const missing = new Set<Source>()
      if (unread(orders, orderId)) missing.add('order')
      if (unread(reservations, orderId)) missing.add('inventory')
      if (unread(payments, orderId)) missing.add('payment')
      if ([workflows, stranded, retention].some((one) => one instanceof CouldNotLook)) missing.add('temporal')
      if (order && !customers.known.has(order.customerId) && customers.unseen) missing.add('customer')
      if (!told.has(orderId)) missing.add('told')
      return {
        orderId,
        order,
        reservation: reservations.read.get(orderId),
        payment: payments.read.get(orderId),
        workflow: found.get(orderId),
        told: told.get(orderId),
        strandedReturns: stranded instanceof CouldNotLook ? [] : (stranded.get(orderId) ?? []),
        customerKnown: order !== undefined && customers.known.has(order.customerId),
        twins: twins.get(orderId) ?? [],
        unannounced: unannounced.get(orderId) ?? [],
        pastRetention: isForgotten(order),
        broken,
        missing,
      }
    })
  }
}

type Found<T> = Rows<T> & { unseen: boolean }

async function findRows<T>(
  shards: readonly Shard[],
  what: string,
  text: string,
  schema: z.ZodType<T>,
  orderIds: readonly string[],
): Promise<Found<T>> {
  const { rows, unseen } = await everywhere(shards, (sql) => sql.query<RawRow>(text, [orderIds]))
  return { ...readRows(what, schema, rows), unseen: unseen.length > 0 }
}

/** Nothing was found, and that says nothing. */
const unread = ({ read, broken, unseen }: Found<unknown>, orderId: string): boolean =>
  broken.has(orderId) || (unseen && !read.has(orderId))

async function workflowsOf({ temporal }: Sources, orderIds: readonly string[], exactly: boolean) {
  // What is no id of ours could be no text of a query, either.
  const [listed, others] = exactly
    ? [[], orderIds]
    : [orderIds.filter(isOurs), orderIds.filter((id) => !isOurs(id))]
  const workflows = await listWorkflows(temporal, listed)
  for (const [workflowId, facts] of await describeWorkflows(temporal, others.map(orderWorkflowId)))
    workflows.set(orderIdOf(workflowId), facts)
  return workflows
}

const isOurs = (orderId: string): boolean => findBucketOfId(orderId) !== undefined

async function findCustomers(shards: readonly Shard[], orders: readonly OrderRow[]) {
  const { rows, unseen } = await everywhere(shards, (sql) =>
    sql.query<{ id: string }>('select customer_id as id from customers where customer_id = any($1)', [
      [...new Set(orders.map(({ customerId }) => customerId))],
    ]),
  )
  return { known: new Set(rows.map(({ id }) => id)), unseen: unseen.length > 0 }
}

/** A pre-order's id follows from its source and reference but for the bucket, which is its customer's. */
const nameIn = (orderId: string): string => orderId.slice(0, 14)

/** Other orders under the same source and reference, in whichever shard. */
async function findTwins(shards: readonly Shard[], orders: readonly OrderRow[]) {
  const named = orders.filter(({ reference }) => reference !== null)
  const twins = new Map<string, string[]>()
  if (named.length === 0) return twins
  const { rows } = await everywhere(shards, (sql) =>
    sql.query<{ orderId: string; source: string; reference: string }>(
      `select order_id as "orderId", source, reference from unnest($1::text[]) as name
       join orders on order_id >= name and order_id < name || 'g' where reference is not null`,
      [named.map(({ orderId }) => nameIn(orderId))],
    ),
  )
  const byName = Map.groupBy(rows, ({ source, reference }) => `${source}/${reference}`)
  for (const { orderId, source, reference } of named) {
    const ids = new Set((byName.get(`${source}/${reference}`) ?? []).map((row) => row.orderId))
    ids.delete(orderId)
    if (ids.size > 0) twins.set(orderId, [...ids].sort())
  }
  return twins
}

/** What of the facts must stay the same between two looks, so that both are about the same moment. */
export const markOf = ({ order, reservation, payment, workflow }: OrderFacts): string =>
  JSON.stringify([
    order?.sequence,
    order?.status,
    order?.history.length,
    order?.returns.map(({ status }) => status),
    reservation?.status,
    reservation?.updatedAt,
    reservation?.lines.map(({ state }) => state),
    reservation?.takenBack.length,
    payment?.updatedAt,
    payment?.transfers.length,
    workflow?.state,
    workflow?.mark,
  ])
