import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { CustomerDirectory } from '#clients/customer.ts'
import type { OrderPolicy } from '#contracts/order.ts'
import { createLogger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import { contact, newOrder, numbered, reservedFrom, startOrderService } from '#services/order/fixtures.ts'
import { createOrderActivities } from './order.ts'

let service: Awaited<ReturnType<typeof startOrderService>>

before(async () => {
  service = await startOrderService()
})
after(() => service.drop())

const policy: OrderPolicy = { decisionTimeout: 1, parcelDeadline: 2, stepPatience: 3 }

function start(find: CustomerDirectory['find'] = async () => ({ kind: 'found', contact })) {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({
    process: 'test',
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  })
  let wakes = 0
  const activities = createOrderActivities({
    store: service.store,
    customers: { find },
    relay: { wake: () => wakes++ },
    policy,
    returnPolicy: { arriveWithin: 1_000 },
    clock: () => new Date(),
    logger,
  })
  return { ...activities, lines, wakes: () => wakes }
}

test('records an order of a known customer, and answers with what holds for it', async () => {
  const { recordOrder, lines, wakes } = start()
  const order = newOrder()
  assert.partialDeepStrictEqual(await recordOrder(order), {
    kind: 'recorded',
    destination: contact.place,
    policy,
  })
  assert.equal(wakes(), 1)
  const [line] = lines
  assert.deepEqual(
    [line?.msg, line?.orderId, line?.traceId],
    ['order recorded', order.orderId, traceIdOf(order.traceparent)],
  )
  assert.doesNotMatch(JSON.stringify(line), /Müller|example\.com/)
})

test('refuses an order that breaks a rule without asking who it is of, and one of nobody', async () => {
  const asked: string[] = []
  const { recordOrder } = start(async (customerId) => {
    asked.push(customerId)
    return { kind: 'no_customer' }
  })
  assert.partialDeepStrictEqual(await recordOrder(newOrder({ lines: [] })), {
    kind: 'refused',
    problems: ['lines: must be 1 to 1,000'],
    policy,
  })
  assert.deepEqual(asked, [])
  assert.partialDeepStrictEqual(await recordOrder(newOrder({ customerId: 'nobody-1' })), {
    kind: 'refused',
    problems: ['customerId: there is no customer nobody-1'],
  })
})

test('refuses an order for an address that the customer does not have', async () => {
  const { recordOrder } = start(async (_, addressId = '') => ({ kind: 'no_address', addressId }))
  assert.partialDeepStrictEqual(await recordOrder(newOrder({ addressId: 'x' })), {
    kind: 'refused',
    problems: ['addressId: customer 17850 has no address "x"'],
  })
})

test('writes nothing while the customer service cannot say who it is', async () => {
  const { recordOrder } = start(async () => {
    throw new Error('connection refused')
  })
  const order = newOrder()
  await assert.rejects(recordOrder(order), /connection refused/)
  assert.equal(await service.store.findOrder(order.orderId), undefined)
})

test('logs one line per change that is new, without its lines', async () => {
  const { recordOrder, recordChanges, lines } = start()
  const order = newOrder()
  const { orderId, traceparent } = order
  await recordOrder(order)
  const changes = numbered([reservedFrom(order, ['london']), { type: 'cancelling', reason: 'customer' }])
  await recordChanges({ orderId, traceparent, changes })
  await recordChanges({ orderId, traceparent, changes })
  assert.deepEqual(
    lines
      .slice(1)
      .map(({ msg, sequence, total, reason, shipments }) => [msg, sequence, total, reason, shipments]),
    [
      ['order reserved', 10, 600, undefined, undefined],
      ['order cancelling', 20, undefined, 'customer', undefined],
    ],
  )
  assert.partialDeepStrictEqual(await recordOrder(order), {
    kind: 'found',
    facts: { status: 'cancelling' },
    policy,
  })
})
