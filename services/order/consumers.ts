import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { findBucketOfId } from '#platform/ids.ts'
import { alreadySeen, firstTime } from '#platform/inbox.ts'
import type { ConsumeOptions, Consumer, IncomingMessage, Kafka } from '#platform/kafka.ts'
import type { Logger } from '#platform/logger.ts'
import { RefusedMessage } from '#platform/messages.ts'
import type { Shards } from '#platform/sharded.ts'
import { traceIdOf } from '#platform/trace.ts'
import type { OrderWorkflows } from '#workflows/client.ts'
import { isOnRecord, registerPreOrder } from './identity.ts'
import { readPreOrder, readShipmentEvent } from './messages.ts'

export const consumerGroups = { preOrders: 'order.pre_orders', ordersEvents: 'order.orders_events' } as const

/** Most of the time an order waits for a server: while the customer service is away for 5 s, say. */
const atOnce = 16

type Dependencies = { shards: Shards; workflows: Pick<OrderWorkflows, 'place' | 'tell'>; logger: Logger }
type Handle = (message: Pick<IncomingMessage, 'value' | 'headers' | 'timestamp'>) => Promise<void>

/** The inbox is with the order that a message is about; what is no order's id has a place, too. */
function shardOf(shards: Shards, orderId: string) {
  const bucket = findBucketOfId(orderId)
  return bucket === undefined ? shards.ofKey(orderId) : shards.ofBucket(bucket)
}

/** Starts the workflow of each pre-order, once per (source, reference); another order under the same name is refused. */
export const preOrderHandler =
  ({ shards, workflows, logger }: Dependencies): Handle =>
  async (message) => {
    const { order, name } = readPreOrder(message)
    const { orderId, source, reference, traceparent } = order
    const log = logger.child({ orderId, traceId: traceIdOf(traceparent), source, reference })
    const registration = await registerPreOrder(shards.ofKey(name), order)
    if (registration.kind === 'taken')
      throw new RefusedMessage(takenBy(name, registration.byOrderId, orderId))
    // A crash may have come between registering and placing: what is not on record is placed again, to no harm.
    if (registration.kind === 'repeat' && (await isOnRecord(shardOf(shards, orderId), orderId)))
      return log.info('pre-order repeated')
    const placed = await workflows.place(order)
    if ('pending' in placed) return log.info('pre-order taken in, to be recorded')
    log.info({ status: placed.status }, 'pre-order taken in')
  }

const takenBy = (name: string, known: string, orderId: string): string =>
  known === orderId
    ? `reference: ${name} is of order ${known}, which has other lines; take a new reference`
    : `reference: ${name} is of order ${known}, another customer's; take a new reference`

// The effect of the courier's news is in Temporal, not in this database: the inbox row comes after it. A crash between
// the two brings the message again, and the workflow knows it by the event's id.

/** Tells each order's workflow what the courier says of its shipments. */
export const shipmentEventHandler =
  ({ shards, workflows, logger }: Dependencies): Handle =>
  async (message) => {
    const { id, orderId, news, traceparent } = readShipmentEvent(message)
    const { shipmentId, status } = news
    const log = logger.child({ orderId, traceId: traceIdOf(traceparent), shipmentId, status })
    const sql = shardOf(shards, orderId)
    if (await alreadySeen(sql, consumerGroups.ordersEvents, id)) return log.info('courier news repeated')
    const heard = await workflows.tell(orderId, news)
    await firstTime(sql, consumerGroups.ordersEvents, id)
    if (heard === 'told') log.info('courier news')
    else if (heard === 'no_news') log.info('courier news that moves nothing')
    else log.warn('courier news of an order that has ended, or never was')
  }

/** Consumes both topics; resolves when both groups are joined. */
export async function startOrderConsumers(
  kafka: Pick<Kafka, 'consume'>,
  given: Dependencies,
): Promise<Consumer> {
  const consume = (groupId: string, topic: string, handle: Handle): Promise<Consumer> =>
    kafka.consume({
      groupId,
      topics: [topic],
      concurrency: partitionsPerTopic,
      atOnce,
      onMessage: handle,
    } satisfies ConsumeOptions)
  const consumers = await Promise.all([
    consume(consumerGroups.preOrders, topics.preOrders, preOrderHandler(given)),
    consume(consumerGroups.ordersEvents, topics.ordersEvents, shipmentEventHandler(given)),
  ])
  return {
    prove: async () => {
      await Promise.all(consumers.map((consumer) => consumer.prove()))
    },
    stop: async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
    },
  }
}
