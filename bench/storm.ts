// Forty requests at once for each of many orders, while the order worker is killed every few seconds; then every order must
// agree with its workflow, its stock and its money, every accepted request be on record, and no refused one.
// npm run bench -- storm [--orders 200] [--at-once 4] [--kill-every 5s]
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { create, toBinary } from '@bufbuild/protobuf'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import { topics } from '#contracts/topics.ts'
import { ShipmentEventSchema } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { parseDuration } from '#platform/config.ts'
import { connectKafka } from '#platform/kafka.ts'
import { silent, testServer, until } from '#platform/testing.ts'
import { type System, startSystem } from '#tests/support/system.ts'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '200' },
    'at-once': { type: 'string', default: '4' },
    'kill-every': { type: 'string', default: '5s' },
  },
})

type Entry = { type: string; by: string; note: string | null }
type Order = {
  orderId: string
  status: string
  stuckSteps: unknown[]
  shipments: { shipmentId: string; status: string }[]
  history: Entry[]
}
type Asked = { kind: 'cancel' | 'decide' | 'move'; mark: string; status: number; tells: string }

const statuses = ['created', 'sent_to_customer', 'delivered', 'lost'] as const
const perKind = 10
const ended = (order: Order) => ['completed', 'cancelled'].includes(order.status)
const findOrder = async (system: System, orderId: string) =>
  (await system.rest<Order>('GET', `/v1/orders/${orderId}`)).body

/** Every third order has more pieces than there are, so that its customer is asked. */
async function place(system: System, n: number): Promise<string> {
  const quantity = n % 3 === 0 ? 900_000 : 1
  const body = { customerId: '17850', lines: [{ productId: '85123A', quantity }] }
  const headers = { 'idempotency-key': `storm-${n}` }
  return until(
    'it is placed',
    async () => {
      const answer = await system.rest<Order>('POST', '/v1/orders', body, headers)
      return answer.status < 300 ? answer.body.orderId : undefined
    },
    60_000,
  )
}

async function storm(system: System, tell: Tell, orderId: string): Promise<Asked[]> {
  const shipmentId = await until(
    'it waits for somebody',
    async () => {
      const order = await findOrder(system, orderId)
      const at = order.shipments?.[0]?.shipmentId ?? ''
      return ended(order) || order.status === 'awaiting_customer' || (order.status === 'shipping' && at)
        ? { at }
        : undefined
    },
    180_000,
  ).then(({ at }) => at || `${orderId}-1`)
  const ask = async (
    kind: Asked['kind'],
    path: string,
    body: object,
    mark: string,
    tells = '',
  ): Promise<Asked> => {
    const answer = await system
      .rest('POST', `/v1/orders/${orderId}${path}`, body)
      .catch(() => ({ status: 0 }))
    return { kind, mark, status: answer.status, tells }
  }
  const requests = Array.from({ length: perKind }, (_, i) => {
    const mark = `mark-${i}-`
    const status = statuses[i % statuses.length] ?? 'created'
    const quantity = i + 1
    return [
      ask(
        'decide',
        '/decision',
        { kind: 'amend', lines: [{ lineNumber: 1, quantity }] },
        mark,
        String(quantity),
      ),
      ask('move', `/shipments/${shipmentId}/move`, { status, note: mark }, mark),
      i % 2 === 0 || i > 4
        ? ask('cancel', '/cancel', { note: mark }, mark)
        : ask('decide', '/decision', { kind: 'cancel' }, mark),
      tell(orderId, shipmentId, status).then(() => undefined),
    ]
  })
  return (await Promise.all(requests.flat())).filter((one) => one !== undefined)
}

type Tell = (orderId: string, shipmentId: string, status: string) => Promise<void>

async function teller(brokers: string[]) {
  const kafka = connectKafka({
    brokers,
    clientId: 'storm',
    logger: silent,
    signal: new AbortController().signal,
  })
  const producer = await kafka.producer()
  const tell: Tell = (orderId, shipmentId, status) =>
    producer.send([
      {
        topic: topics.ordersEvents,
        key: shipmentId,
        value: toBinary(
          ShipmentEventSchema,
          create(ShipmentEventSchema, { orderId, shipmentId, status, occurredAt: timestampNow() }),
        ),
        headers: { 'message-id': crypto.randomUUID(), type: 'ShipmentEvent' },
      },
    ])
  return { tell, stop: () => producer.stop() }
}

/** What contradicts the answers that were given: an accepted request that is not on record, or a refused one that is. */
function contradictions({ orderId, history }: Order, asked: readonly Asked[]): string[] {
  const has = (type: string, text: string) =>
    history.some((entry) => entry.type === type && (entry.note ?? '').includes(text))
  return asked.flatMap(({ kind, mark, status }) => {
    const accepted = status === 200
    const refused = status >= 400 && status < 500
    if (kind === 'move' && accepted && !has('shipment_moved', mark) && !has('shipment_moved', ''))
      return [`${orderId}: a move was accepted and is not on record`]
    if (kind === 'cancel' && accepted && !has('cancelling', ''))
      return [`${orderId}: a cancel was accepted and is not on record`]
    if (kind === 'decide' && accepted && !has('amended', '') && !has('cancelling', ''))
      return [`${orderId}: a decision was accepted and is not on record`]
    const traces = history.filter(
      (entry) =>
        (entry.note ?? '').includes(mark) &&
        entry.type === (kind === 'move' ? 'shipment_moved' : 'cancelling'),
    )
    return refused && kind !== 'decide' && traces.length > 0
      ? [`${orderId}: a ${kind} was refused and is on record: ${mark}`]
      : []
  })
}

const system = await startSystem({
  ORDER_DECISION_TIMEOUT: '20s',
  COURIER_STEP: '3s',
  COURIER_LOSE: '0.1',
  COURIER_DUPLICATE: '0.2',
  COURIER_SHUFFLE: '0.2',
  ORDER_PARCEL_DEADLINE: '60s',
})
const { tell, stop } = await teller(testServer('TEST_KAFKA_BROKERS').split(','))
const over = new AbortController()
let kills = 0
const killing = (async () => {
  while (!over.signal.aborted) {
    await sleep(parseDuration(values['kill-every']), undefined, { signal: over.signal }).catch(() => {})
    if (over.signal.aborted) return
    await system.kill('order')
    await system.start('order')
    // On a busy machine it may take longer to start than it is left alone.
    const isReady = async () =>
      (await system.rest('GET', '/ready').catch(() => ({ status: 0 }))).status === 200
    await until('the order worker is ready', isReady, 60_000)
    kills++
  }
})()
try {
  const began = Date.now()
  const all: Asked[] = []
  const wrong: string[] = []
  const placed = new Map<string, Asked[]>()
  const numbers = Array.from({ length: Number(values.orders) }, (_, n) => n).values()
  const work = async () => {
    for (const n of numbers) {
      const orderId = await place(system, n)
      placed.set(orderId, await storm(system, tell, orderId))
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
  over.abort()
  await killing
  for (const [orderId, asked] of placed) {
    all.push(...asked)
    const order = await until(
      `${orderId} ends`,
      async () => {
        const found = await findOrder(system, orderId)
        return ended(found) ? found : undefined
      },
      120_000,
    ).catch(() => findOrder(system, orderId))
    if (!ended(order)) wrong.push(`${orderId} is ${order.status}: ${JSON.stringify(order.stuckSteps)}`)
    wrong.push(...contradictions(order, asked))
  }
  const audit = await system.audit().then(
    () => 'clean',
    (error: Error) => error.message,
  )
  const by = Map.groupBy(all, ({ kind, status }) => `${kind} ${status}`)
  console.log(
    `${placed.size} orders, ${all.length + placed.size * perKind} requests in ${Math.round((Date.now() - began) / 1000)} s; the order worker was killed ${kills} times`,
  )
  for (const [answer, requests] of [...by].sort(([one], [other]) => one.localeCompare(other)))
    console.log(`  ${answer}: ${requests.length}`)
  console.log(`answers of 500: ${all.filter(({ status }) => status === 500).length}`)
  console.log(`contradictions: ${wrong.length}`, wrong.slice(0, 20))
  console.log(`audit: ${audit}`)
  assert.equal(wrong.length, 0)
} finally {
  over.abort()
  await killing
  await stop()
  await system.stop()
}
