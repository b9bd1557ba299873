import { createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  CourierService,
  LogisticsService,
  NewShipmentSchema,
} from '#generated/proto/logistics/v1/logistics_pb.ts'
import { closeRpcTransports, rpcTransport } from '#platform/grpc/rpc.ts'
import { newId } from '#platform/ids.ts'
import { encode, messageHeaders } from '#platform/messaging/messages.ts'
import { readConfig } from '#platform/process/config.ts'
import { newTraceparent } from '#platform/process/trace.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { testTopics } from '../fixtures.ts'
import { readTopics, type TopicReader } from '../reader.ts'
import { LogisticsConfig } from './config.ts'
import { startLogistics } from './main.ts'
import { readShipmentEvent } from './wire.ts'

type Told = { messageId: string; shipmentId: string; status: string }
type Running = Awaited<ReturnType<typeof startLogistics>>

let topics: Awaited<ReturnType<typeof testTopics>>
let reader: TopicReader | undefined
const told: Told[] = []
let group = 0
const running = new Set<Running>()

beforeAll(async () => {
  topics = await testTopics('new_orders', 'orders_events')
  reader = await readTopics({
    brokers: topics.brokers,
    clientId: 'test',
    topics: [topics.topicOf('orders_events')],
    from: 'now',
    logger: silent,
    onMessage: (message) => {
      const { shipmentId, status } = readShipmentEvent(message)
      told.push({ messageId: message.headers['message-id'] ?? '', shipmentId, status })
    },
  })
})

afterAll(async () => {
  for (const courier of running) await courier.stop()
  closeRpcTransports()
  await reader?.stop()
  await topics.drop()
})

/** A courier on the test's topics; a new group reads them from the beginning, as a new courier would. */
async function startCourier(env: Record<string, string>, groupId = `${topics.prefix}-${group++}`) {
  const config = readConfig(LogisticsConfig, {
    KAFKA_BROKERS: topics.brokers.join(','),
    LOGISTICS_RPC_PORT: '0',
    COURIER_STEP: '100ms',
    COURIER_PER_1000_KM: '0ms',
    ...env,
  })
  const context = { logger: silent, signal: new AbortController().signal }
  const courier = await startLogistics(context, config, {
    newOrders: topics.topicOf('new_orders'),
    ordersEvents: topics.topicOf('orders_events'),
    groupId,
  })
  running.add(courier)
  const rpc = createClient(LogisticsService, rpcTransport(`http://127.0.0.1:${courier.port}`))
  return {
    groupId,
    port: courier.port,
    recall: async (shipmentId: string) => {
      const { recalled, status } = await rpc.recallShipment({ shipmentId, orderId: newId() })
      return { recalled, status }
    },
    stop: () => {
      running.delete(courier)
      return courier.stop()
    },
  }
}

async function handOver(...shipmentIds: string[]) {
  const london = { latitude: 51.51, longitude: -0.13 }
  await topics.producer.send(
    shipmentIds.map((shipmentId) => ({
      topic: topics.topicOf('new_orders'),
      key: shipmentId,
      value: encode(NewShipmentSchema, {
        shipmentId,
        orderId: newId(),
        origin: london,
        recipient: { place: london },
      }),
      headers: messageHeaders({ id: newId(), type: 'NewShipment', traceparent: newTraceparent() }),
    })),
  )
}

const statusesOf = (shipmentId: string) =>
  told.filter((one) => one.shipmentId === shipmentId).map(({ status }) => status)
const untilTold = (shipmentId: string, status: string) =>
  until(`${status} of ${shipmentId}`, () => statusesOf(shipmentId).includes(status))

test('an honest courier delivers each shipment once, also one that was handed over twice', async () => {
  const courier = await startCourier({})
  const [first, second] = [newId(), newId()]
  await handOver(first, second, first)
  await untilTold(second, 'delivered')
  await untilTold(first, 'delivered')
  for (const id of [first, second])
    expect(statusesOf(id)).toStrictEqual(['created', 'sent_to_customer', 'delivered'])
  await courier.stop()
})

test('a courier that loses everything says so', async () => {
  const courier = await startCourier({ COURIER_LOSE: '1' })
  const id = newId()
  await handOver(id)
  await untilTold(id, 'lost')
  expect(statusesOf(id)).toStrictEqual(['created', 'sent_to_customer', 'lost'])
  expect(await courier.recall(id)).toStrictEqual({ recalled: false, status: 'lost' })
  await courier.stop()
})

test('a courier that repeats itself gives the repeat the same message id', async () => {
  const courier = await startCourier({ COURIER_DUPLICATE: '1' })
  const id = newId()
  await handOver(id)
  await until('six messages', () => statusesOf(id).length === 6)
  const ids = told.filter(({ shipmentId }) => shipmentId === id).map(({ messageId }) => messageId)
  expect(new Set(ids).size).toBe(3)
  await courier.stop()
})

test('a courier that shuffles tells all news, the end before what came before it', async () => {
  const courier = await startCourier({ COURIER_SHUFFLE: '1' })
  const id = newId()
  await handOver(id)
  await until('three messages', () => statusesOf(id).length === 3)
  expect(statusesOf(id).indexOf('delivered')).toBeLessThan(statusesOf(id).indexOf('sent_to_customer'))
  await courier.stop()
})

test('a parcel on its way is recalled, as often as one asks, and then never arrives', async () => {
  const courier = await startCourier({ COURIER_STEP: '500ms' })
  const [recalled, witness] = [newId(), newId()]
  await handOver(recalled, witness)
  await untilTold(recalled, 'created')
  expect(await courier.recall(recalled)).toStrictEqual({ recalled: true, status: '' })
  expect(await courier.recall(recalled)).toStrictEqual({ recalled: true, status: '' })
  await untilTold(witness, 'delivered')
  await untilTold(recalled, 'cancelled')
  expect(statusesOf(recalled).includes('delivered')).toBeFalsy()
  await courier.stop()
})

test('a delivered parcel is not given back', async () => {
  const courier = await startCourier({})
  const id = newId()
  await handOver(id)
  await untilTold(id, 'delivered')
  expect(await courier.recall(id)).toStrictEqual({ recalled: false, status: 'delivered' })
  await courier.stop()
})

test('a parcel recalled before it came is not accepted later, not even by a courier that was restarted', async () => {
  const courier = await startCourier({})
  const [recalled, witness] = [newId(), newId()]
  expect(await courier.recall(recalled)).toStrictEqual({ recalled: true, status: '' })
  await courier.stop()
  const restarted = await startCourier({}, courier.groupId)
  await handOver(recalled, witness)
  await untilTold(witness, 'delivered')
  await untilTold(recalled, 'cancelled')
  expect([...new Set(statusesOf(recalled))]).toStrictEqual(['cancelled'])
  await restarted.stop()
})

test('a restart goes on with unfinished parcels, knows the finished ones, and repeats nothing', async () => {
  const courier = await startCourier({ COURIER_STEP: '50ms', COURIER_LOSE: '1' })
  const [done, cancelled] = [newId(), newId()]
  await handOver(done)
  await untilTold(done, 'lost')
  await courier.recall(cancelled)
  await courier.stop()

  const slow = await startCourier({ COURIER_STEP: '60s', COURIER_JITTER: '0' }, courier.groupId)
  const taken = newId()
  await handOver(taken)
  await until('the parcel is taken on', async () => {
    const lag = await topics.kafka.lag(courier.groupId)
    return lag[topics.topicOf('new_orders')] === 0
  })
  await slow.stop()
  expect(statusesOf(taken)).toStrictEqual([])

  const restarted = await startCourier({ COURIER_LOSE: '0' }, courier.groupId)
  await untilTold(taken, 'delivered')
  expect(await restarted.recall(done)).toStrictEqual({ recalled: false, status: 'lost' })
  expect(statusesOf(taken)).toStrictEqual(['created', 'sent_to_customer', 'delivered'])
  expect(statusesOf(done).includes('delivered')).toBeFalsy()
  await restarted.stop()
})

test('an unreadable message is put aside, and the parcels after it are delivered', async () => {
  const courier = await startCourier({})
  await topics.producer.send([
    { topic: topics.topicOf('new_orders'), key: 'x', value: new Uint8Array([255]), headers: {} },
  ])
  const id = newId()
  await handOver(id)
  await untilTold(id, 'delivered')
  expect(await topics.kafka.topicNames()).toContain(topics.topicOf('new_orders.dlq'))
  await courier.stop()
})

test('works otherwise as soon as it is told to, and refuses nonsense', async () => {
  const courier = await startCourier({ COURIER_LOSE: '0' })
  const rpc = createClient(CourierService, rpcTransport(`http://127.0.0.1:${courier.port}`))
  const honest = { lose: 0, duplicate: 0, shuffle: 0, delay: 0, step: 100 }
  expect((await rpc.getHabits({})).habits).toMatchObject(honest)

  await rpc.putHabits({ habits: { ...honest, lose: 1, duplicate: 1, step: 20 } })
  const shipmentId = newId()
  await handOver(shipmentId)
  const statuses = () => told.filter((one) => one.shipmentId === shipmentId).map(({ status }) => status)
  await until(
    'it is lost, and told twice',
    () => statuses().filter((status) => status === 'lost').length === 2,
  )

  await expect(rpc.putHabits({ habits: { ...honest, lose: 1.5 } })).rejects.toThrow(/lose: must be a share/)
  await expect(rpc.putHabits({ habits: { ...honest, step: 0 } })).rejects.toThrow(/step: must be a whole/)
  await expect(rpc.putHabits({})).rejects.toThrow(/habits: must be given/)
  expect((await rpc.getHabits({})).habits).toMatchObject({ lose: 1, step: 20 })
  await courier.stop()
})
