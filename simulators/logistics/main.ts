import { partitionsPerTopic, topics } from '#contracts/topics.ts'
import { serveRpc } from '#platform/grpc/rpc.ts'
import { connectKafka, topicSettings } from '#platform/kafka/kafka.ts'
import { readConfig } from '#platform/process/config.ts'
import { type ProcessContext, runProcess, stopAll } from '#platform/process/lifecycle.ts'
import { createRoll } from '../rolls.ts'
import { createAgenda } from './agenda.ts'
import { LogisticsConfig } from './config.ts'
import { createCourier } from './courier.ts'
import { readHistory } from './history.ts'
import { createPublisher } from './publisher.ts'
import { courierRoutes, logisticsRoutes } from './rpc.ts'
import type { Habits } from './rules.ts'
import { asMessage, readNewShipment } from './wire.ts'

const DAY = 24 * 3_600_000

/** Where the courier hears and speaks; tests give it topics and a group of their own. */
const wires = {
  newOrders: topics.newOrders as string,
  ordersEvents: topics.ordersEvents as string,
  groupId: 'logistics',
}

/**
 * The courier, as one process; a second one at the same time would not know the parcels of the first.
 * It has no database: a restart reads from Kafka where its parcels were, and goes on.
 */
export async function startLogistics(
  { logger, signal }: ProcessContext,
  config: LogisticsConfig,
  { newOrders, ordersEvents, groupId } = wires,
) {
  const brokers = config.KAFKA_BROKERS
  const kafka = connectKafka({
    brokers,
    clientId: 'logistics',
    logger,
    signal,
    settings: topicSettings(config),
  })
  await kafka.createTopics(
    [newOrders, ordersEvents].map((topic) => ({ topic, partitions: partitionsPerTopic })),
  )
  const producer = await kafka.producer()
  const publisher = createPublisher({ producer, logger })
  const agenda = createAgenda()
  const courier = createCourier({
    habits: habitsOf(config),
    roll: createRoll(config.COURIER_SEED),
    agenda,
    now: Date.now,
    tell: (event) => publisher.publish(asMessage(ordersEvents, event)),
    keepFinal: config.COURIER_KEEP,
    keepEnd: DAY,
  })

  // First what was, then what comes: a repeat or a recall of an old parcel must find it.
  const parcels = await readHistory({
    brokers,
    logger,
    signal,
    newOrders,
    ordersEvents,
    since: new Date(Date.now() - config.COURIER_HISTORY),
    finalBefore: new Date(Date.now() - config.COURIER_KEEP),
    now: Date.now,
  })
  for (const parcel of parcels) courier.resume(parcel)
  if (parcels.length > 0)
    logger.info({ parcels: parcels.length }, 'resuming with the parcels of an earlier run')

  const rpc = await serveRpc({
    port: config.LOGISTICS_RPC_PORT,
    host: config.RPC_HOST,
    routes: (router) => courierRoutes(courier, logger)(logisticsRoutes(courier)(router)),
    logger,
  })
  const consumer = await kafka.consume({
    groupId,
    topics: [newOrders],
    onMessage: async (message) => courier.accept(readNewShipment(message)),
  })
  logger.info({ port: rpc.port }, 'courier listening')
  return {
    port: rpc.port,
    stop: () => {
      agenda.stop()
      return stopAll(rpc, consumer, publisher, producer)
    },
  }
}

function habitsOf(config: LogisticsConfig): Habits {
  return {
    step: config.COURIER_STEP,
    jitter: config.COURIER_JITTER,
    perThousandKm: config.COURIER_PER_1000_KM,
    lateBy: config.COURIER_LATE_BY,
    lose: config.COURIER_LOSE,
    duplicate: config.COURIER_DUPLICATE,
    delay: config.COURIER_DELAY,
    shuffle: config.COURIER_SHUFFLE,
  }
}

if (import.meta.main) {
  await runProcess('logistics', (context) => startLogistics(context, readConfig(LogisticsConfig)))
}
