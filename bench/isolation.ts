// What one thing that hangs does to all other orders: the same load with nothing wrong, then with one fault after the other.
// npm run bench -- isolation [--rate 2] [--for 60s] [--away 60s] [--fault NAME]

import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { create, toBinary } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { topics } from '#contracts/topics.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { connectKafka } from '#platform/kafka/kafka.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { parseDuration } from '#platform/process/config.ts'
import { ensure } from '#platform/testing/expect.ts'
import { silent, testServer, until } from '#platform/testing/fixtures.ts'
import { type System, startSystem } from '#tests/support/system.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '2' },
    for: { type: 'string', default: '60s' },
    away: { type: 'string', default: '60s' },
    fault: { type: 'string' },
  },
})
const away = parseDuration(values.away)
const customer = '17850'
type Order = { orderId: string; status: string; shipments: { shipmentId: string }[] }

/** Each begins a fault under load, and answers with what it saw once the fault is over. */
const faults: Record<string, (system: System) => Promise<string>> = {
  'nothing wrong': async () => '',
  '10,000 courier events for one order': manyEvents,
  'a shard away': shardAway,
  'the courier away': (system) => processAway(system, 'logistics'),
  'payment away': (system) => processAway(system, 'payment'),
}

const wanted = Object.entries(faults).filter(([name]) => !values.fault || name.includes(values.fault))
ensure(wanted.length > 0, `--fault is part of one of: ${Object.keys(faults).join(', ')}`)
console.log(
  `${values.rate} orders/s for ${values.for}, each fault for ${values.away} from the fifth second on\n`,
)
console.log(
  'fault | placed | completed | cancelled | without an end | p50 | p99 | of the first shard p50 | p99 | audit | seen',
)
for (const [name, fault] of wanted) console.log(await measure(name, fault))

async function measure(name: string, fault: (system: System) => Promise<string>): Promise<string> {
  const system = await startSystem({ ORDER_DECISION_TIMEOUT: '5s', COURIER_STEP: '3s' })
  try {
    const load = system.generate('--rate', values.rate, '--for', values.for, '--patience', '180s')
    await sleep(5_000)
    const seen = await fault(system)
    const { placed, outcome } = await load
    const cancelled = Object.values(outcome?.cancelled ?? {}).reduce((sum, count) => sum + count, 0)
    const took = (time = 0) => `${(time / 1000).toFixed(1)} s`
    const { p50, p99 } = outcome?.placedToCompleted ?? {}
    const healthy = await tookInFirstShard(system)
    const audit = await system.audit().then(
      () => 'clean',
      (error: Error) => error.message,
    )
    const figures = [
      placed,
      outcome?.completed,
      cancelled,
      outcome?.missing.length,
      took(p50),
      took(p99),
      took(healthy.p50),
      took(healthy.p99),
    ]
    return [name, ...figures, audit, seen].join(' | ')
  } finally {
    await system.stop()
  }
}

/** From placed to completed, in ms. The first database of the orders is never taken away. */
async function tookInFirstShard(system: System): Promise<{ p50: number; p99: number }> {
  const [took] =
    (await system.databases.order[0]?.query<{ p50: number; p99: number }>(
      `select percentile_disc(0.5) within group (order by ms) as p50, percentile_disc(0.99) within group (order by ms) as p99
       from (select (extract(epoch from ended_at - placed_at) * 1000)::int as ms from orders where status = 'completed') _`,
    )) ?? []
  return took ?? { p50: 0, p99: 0 }
}

async function processAway(system: System, name: string): Promise<string> {
  await system.kill(name)
  await sleep(away)
  await system.start(name)
  return `${name} was away for ${values.away}`
}

/** Refuses every connection to the second database of the orders, and ends those that are open. */
async function shardAway(system: System): Promise<string> {
  const [row] =
    (await system.databases.order[1]?.query<{ name: string }>('select current_database() as name')) ?? []
  ensure(row)
  const server = openDatabase(testServer('TEST_POSTGRES_URL'), { max: 1 })
  try {
    await server.query(`alter database "${row.name}" with allow_connections false`)
    await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      row.name,
    ])
    const ready = await system.rest('GET', '/ready')
    const list = await system.rest('GET', '/v1/orders')
    await sleep(away)
    return `/ready ${ready.status}, the staff list ${list.status}`
  } finally {
    await server.query(`alter database "${row.name}" with allow_connections true`)
    await server.close()
  }
}

/** As a courier tells of each scan; then the order is cancelled. */
async function manyEvents(system: System): Promise<string> {
  const order = await shippedOrder(system)
  const brokers = testServer('TEST_KAFKA_BROKERS').split(',')
  const producer = await connectKafka({ brokers, clientId: 'bench', logger: silent }).producer()
  const [{ shipmentId } = { shipmentId: '' }] = order.shipments
  const event = (n: number) => ({
    topic: topics.ordersEvents,
    key: shipmentId,
    value: toBinary(
      ShipmentEventSchema,
      create(ShipmentEventSchema, {
        shipmentId,
        orderId: order.orderId,
        status: 'sent_to_customer',
        occurredAt: timestampFromDate(new Date()),
      }),
    ),
    headers: { 'message-id': `${order.orderId}/scan/${n}`, type: 'ShipmentEvent' },
  })
  for (let n = 0; n < 10_000; n += 500)
    await producer.send(Array.from({ length: 500 }, (_, i) => event(n + i)))
  await producer.stop()
  const asked = Date.now()
  const cancel = await system.rest('POST', `/v1/orders/${order.orderId}/cancel`, {})
  return `cancelled in the midst of it: ${cancel.status} after ${Date.now() - asked} ms`
}

async function shippedOrder(system: System): Promise<Order> {
  const { body } = await system.rest<Order>('POST', '/v1/orders', {
    customerId: customer,
    lines: [{ productId: '85123A', quantity: 1 }],
  })
  await until(
    'the order is on its way',
    async () => (await orderOf(system, body.orderId)).status === 'shipping',
    30_000,
  )
  return orderOf(system, body.orderId)
}

async function orderOf(system: System, orderId: string): Promise<Order> {
  return (await system.rest<Order>('GET', `/v1/orders/${orderId}`)).body
}
