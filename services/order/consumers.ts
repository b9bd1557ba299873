import type { OrderWorkflows, Told } from '#contracts/clients.ts'
import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { findBucketOfId } from '#platform/ids.ts'
import type { ConsumeOptions, Consumer, IncomingMessage, Kafka } from '#platform/kafka/kafka.ts'
import { RefusedMessage } from '#platform/messaging/messages.ts'
import { type Logger, reasonOf } from '#platform/process/logger.ts'
import { createRecentKeys } from '#platform/process/recent-keys.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import { createTurns } from '#platform/process/turns.ts'
import { isOnRecord, registerPreOrder } from './data/pre-orders.ts'
import { shipmentOnRecord, wouldMove } from './data/shipment-status.ts'
import type { OrderShards } from './database.ts'
import { readPreOrder, readShipmentEvent } from './messages.ts'

export const consumerGroups = { preOrders: 'order.pre_orders', ordersEvents: 'order.orders_events' } as const

/** Most of the time an order waits for a server: while the customer service is away for 5 s, say. */
const atOnce = 16

type Dependencies = { shards: OrderShards; workflows: Pick<OrderWorkflows, 'place' | 'tell'>; logger: Logger }
/** `patience`: how long a message that fails is tried, in ms. */
type ConsumerDependencies = Dependencies & { patience: number }
type Handle = (message: Pick<IncomingMessage, 'value' | 'headers' | 'timestamp'>) => Promise<void>

/** Where the order is that a message is about; what is no order's id has a place, too. */
function shardOf(shards: OrderShards, orderId: string) {
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
    const own = shardOf(shards, orderId)
    const home = shards.ofKey(name)
    const registration = await registerPreOrder(home, order).catch((fault: unknown) => {
      // The order's own shard is up: it is not to wait for another one. It comes again, to be registered.
      if (home === own) throw fault
      return { kind: 'later' as const, fault }
    })
    if (registration.kind === 'taken')
      throw new RefusedMessage(takenBy(name, registration.byOrderId, orderId))
    // A crash may have come between registering and placing: what is not on record is placed again, to no harm.
    if (registration.kind === 'repeat' && (await isOnRecord(own, orderId)))
      return log.info('pre-order repeated')
    const placed = await workflows.place(order)
    log.info('pending' in placed ? {} : { status: placed.status }, 'pre-order accepted')
    if (registration.kind === 'later')
      throw new Error(`taken in, to be registered: ${reasonOf(registration.fault)}`, {
        cause: registration.fault,
      })
  }

const takenBy = (name: string, known: string, orderId: string): string =>
  known === orderId
    ? `reference: ${name} is of order ${known}, which has other lines; take a new reference`
    : `reference: ${name} is of order ${known}, another customer's; take a new reference`

/** Tells each order's workflow what the courier says of its shipments, where it moves them; of one order in turn. */
export function shipmentEventHandler({ shards, workflows, logger }: Dependencies): Handle {
  const inTurn = createTurns(1)
  /** Moves that their workflow knows. */
  const heard = createRecentKeys({ max: 10_000, lasts: 600_000 })
  return async (message) => {
    const { orderId, event, traceparent } = readShipmentEvent(message)
    const { shipmentId, status } = event
    const log = logger.child({ orderId, traceId: traceIdOf(traceparent), shipmentId, status })
    const sql = shardOf(shards, orderId)
    // A slot of ten per workflow: the others are for people who decide and cancel.
    await inTurn(orderId, async () => {
      const parcel = await shipmentOnRecord(sql, orderId, shipmentId)
      if (!parcel?.handedOff) throw new RefusedMessage(noParcel(orderId, shipmentId))
      const move = `${shipmentId}/${status}`
      // A task that was thrown away may have written what its workflow never heard of.
      const mayBeUnheard = parcel.status === status && !heard.has(move)
      if (!wouldMove(parcel, status) && !mayBeUnheard) return log.debug('shipment event changes nothing')
      const told = await workflows.tell(orderId, event)
      if (told.kind === 'told') {
        heard.add(move)
        return log.info('shipment event taken')
      }
      if (told.kind === 'impossible')
        throw new RefusedMessage(`order ${orderId} can never hear it: ${told.why}`)
      // Whoever resumes an order whose workflow is gone, or behind its record, wants to hear of it.
      if (wouldMove(await shipmentOnRecord(sql, orderId, shipmentId), status))
        throw new Error(`order ${orderId} is not over, and its workflow ${inWords(told)}`)
      heard.add(move)
      log.info('shipment event ignored: it changes nothing')
    })
  }
}

const noParcel = (orderId: string, shipmentId: string) =>
  `shipment_id: order ${orderId} has handed off no shipment ${shipmentId}`

const inWords = (told: Extract<Told, { kind: 'ended' | 'unmoved' }>) =>
  told.kind === 'ended' ? 'is gone' : `refuses it: ${told.why}`

/** Consumes both topics; resolves when both groups are joined. */
export async function startOrderConsumers(
  kafka: Pick<Kafka, 'consume'>,
  given: ConsumerDependencies,
): Promise<Consumer> {
  const consume = (groupId: string, topic: string, handle: Handle): Promise<Consumer> =>
    kafka.consume({
      groupId,
      topics: [topic],
      concurrency: partitionsPerTopic,
      atOnce,
      retry: { longest: given.patience },
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
