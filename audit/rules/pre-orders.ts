import { preOrderName } from '#contracts/order.ts'
import { orderWorkflowId } from '#contracts/temporal.ts'
import { PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import { bucketOf, derivedIdInBucket } from '#platform/ids.ts'
import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import { decode } from '#platform/messaging/messages.ts'
import { messagePlace } from '../facts/kafka.ts'
import { describeWorkflows } from '../facts/workflows.ts'
import { everywhere, naming, orUnseen, type Shard, type Sources, wasSeen } from '../sources.ts'
import { asideNow, contentsOf } from './contents.ts'
import type { Look } from './rule.ts'
import { Tally } from './tally.ts'

function preOrderIn(message: IncomingMessage) {
  const { source, reference, customerId } = decode(PreOrderSchema, message.value)
  if (!source || !reference || !customerId) return undefined
  const name = preOrderName(source, reference.normalize('NFC'))
  const orderId = derivedIdInBucket(bucketOf(customerId.normalize('NFC')), name)
  return { name, orderId, place: messagePlace(message) }
}

/** Pre-orders that are no order on record. */
export async function unplaced(
  sources: Sources,
  messages: readonly IncomingMessage[],
  tally: Tally,
): Promise<void> {
  const preOrders = contentsOf(messages, tally, preOrderIn)
  tally.counted += preOrders.length
  const missing = await notOnRecord(sources, preOrders)
  if (missing.length === 0) return
  const workflows = await workflowsOf(sources, missing)
  const aside = await asideNow(sources, 'preOrders')
  // Once more: what was under way when it was asked has come to the record since.
  const still = new Set((await notOnRecord(sources, missing)).map(({ orderId }) => orderId))
  for (const { name, orderId, place } of missing.filter((one) => still.has(one.orderId))) {
    const found = `${name} at ${place} is no order on record`
    const why = aside([place])
    if (why === 'given up') tally.exempt++
    else if (why === 'retried') tally.excuse({ id: orderId, found, because: 'it failed, and is tried again' })
    else if (workflows.has(orderWorkflowId(orderId)))
      tally.excuse({ id: orderId, found, because: 'its workflow is to record it' })
    else tally.accuse({ id: orderId, found })
  }
}

async function notOnRecord<T extends { orderId: string }>(
  { databases }: Sources,
  orders: readonly T[],
): Promise<T[]> {
  const { rows, unseen } = await everywhere(databases.order, (sql) =>
    sql.query<{ id: string }>('select order_id as id from orders where order_id = any($1)', [
      orders.map(({ orderId }) => orderId),
    ]),
  )
  if (unseen.length > 0) return []
  const known = new Set(rows.map(({ id }) => id))
  return orders.filter(({ orderId }) => !known.has(orderId))
}

type Reference = { source: string; reference: string; orderId: string }

/** A reference is registered before its order is placed. */
export async function lookAtReferences(sources: Sources, shard: Shard): Promise<Look> {
  const tally = new Tally()
  for await (const references of referencesIn(sources, shard)) {
    tally.counted += references.length
    const missing = await notOnRecord(sources, references)
    if (missing.length === 0) continue
    const workflows = await workflowsOf(sources, missing)
    const heard = await heardOf(sources)
    const aside = await asideNow(sources, 'preOrders')
    for (const { source, reference, orderId } of await notOnRecord(sources, missing)) {
      const name = preOrderName(source, reference)
      const found = `${name} is registered, and no order on record`
      const why = aside([name])
      const because = why === 'retried' ? 'its message failed, and is tried again' : heard(name)
      if (why === 'given up') tally.exempt++
      else if (workflows.has(orderWorkflowId(orderId)))
        tally.excuse({ id: orderId, found, because: 'its workflow is to record it' })
      else if (because) tally.excuse({ id: orderId, found, because })
      else tally.accuse({ id: orderId, found })
    }
  }
  return tally.look()
}

async function* referencesIn({ since }: Sources, { sql }: Shard): AsyncGenerator<Reference[]> {
  let after = ['', '']
  for (;;) {
    const page: Reference[] = await sql.query<Reference>(
      `select source, reference, order_id as "orderId" from pre_orders
       where (source, reference) > ($1, $2) and ($3::timestamptz is null or registered_at >= $3)
       order by source, reference limit 2000`,
      [...after, since],
    )
    const last = page.at(-1)
    if (!last) return
    yield page
    after = [last.source, last.reference]
  }
}

/** Why a pre-order may not have been placed: undefined when its consumer has passed it. */
async function heardOf({ kafka, unavailable }: Sources): Promise<(name: string) => string | undefined> {
  if (!kafka) return () => undefined
  const passed = await orUnseen(() =>
    naming(unavailable, 'Kafka', () => kafka.passedNow(kafka.channels.preOrders)),
  )
  if (!wasSeen(passed)) return () => 'Kafka cannot be read'
  return (name) => (passed(name) ? undefined : 'its message is not heard yet')
}

/** Running workflows, by their ids. */
async function workflowsOf(sources: Sources, orders: readonly { orderId: string }[]) {
  const ids = orders.map(({ orderId }) => orderWorkflowId(orderId))
  const found = await naming(sources.unavailable, 'Temporal', () => describeWorkflows(sources.temporal, ids))
  return new Map([...found].filter(([, { state }]) => state === 'RUNNING'))
}
