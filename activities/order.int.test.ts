import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { CustomerDirectory } from '#clients/customer.ts'
import type { OrderPolicy } from '#contracts/order-record.ts'
import { createLogger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import { contact, newOrder, numbered, reservedFrom, startOrderService } from '#services/order/fixtures.ts'
import { createOrderActivities } from './order.ts'

let service: Awaited<ReturnType<typeof startOrderService>>

beforeAll(async () => {
  service = await startOrderService()
})
afterAll(() => service.drop())

const policy: OrderPolicy = { decisionTimeout: 1, parcelDeadline: 2, stepPatience: 3 }

function start(find: CustomerDirectory['find'] = async () => ({ kind: 'found', contact })) {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({
    process: 'test',
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  })
  const activities = createOrderActivities({
    store: service.store,
    customers: { find },
    policy,
    returnPolicy: { arriveWithin: 1_000 },
    clock: () => new Date(),
    logger,
  })
  return { ...activities, lines }
}

test('records an order of a known customer, and answers with what holds for it', async () => {
  const { recordOrder, lines } = start()
  const order = newOrder()
  expect(await recordOrder(order)).toMatchObject({
    kind: 'recorded',
    destination: contact.place,
    policy,
  })
  const [line] = lines
  expect([line?.msg, line?.orderId, line?.traceId]).toStrictEqual([
    'order recorded',
    order.orderId,
    traceIdOf(order.traceparent),
  ])
  expect(JSON.stringify(line)).not.toMatch(/Müller|example\.com/)
})

test('refuses an order that breaks a rule without asking who it is of, and one of nobody', async () => {
  const asked: string[] = []
  const { recordOrder } = start(async (customerId) => {
    asked.push(customerId)
    return { kind: 'no_customer' }
  })
  expect(await recordOrder(newOrder({ lines: [] }))).toMatchObject({
    kind: 'refused',
    problems: ['lines: must be 1 to 1,000'],
    policy,
  })
  expect(asked).toStrictEqual([])
  expect(await recordOrder(newOrder({ customerId: 'nobody-1' }))).toMatchObject({
    kind: 'refused',
    problems: ['customerId: there is no customer nobody-1'],
  })
})

test('refuses an order for an address that the customer does not have', async () => {
  const { recordOrder } = start(async (_, addressId = '') => ({ kind: 'no_address', addressId }))
  expect(await recordOrder(newOrder({ addressId: 'x' }))).toMatchObject({
    kind: 'refused',
    problems: ['addressId: customer 17850 has no address "x"'],
  })
})

test('writes nothing while the customer service cannot say who it is', async () => {
  const { recordOrder } = start(async () => {
    throw new Error('connection refused')
  })
  const order = newOrder()
  await expect(recordOrder(order)).rejects.toThrow(/connection refused/)
  expect(await service.store.findOrder(order.orderId)).toBeUndefined()
})

test('logs one line per change that is new, without its lines', async () => {
  const { recordOrder, recordChanges, lines } = start()
  const order = newOrder()
  const { orderId, traceparent } = order
  await recordOrder(order)
  const changes = numbered([reservedFrom(order, ['london']), { type: 'cancelling', reason: 'customer' }])
  await recordChanges({ orderId, traceparent, changes })
  await recordChanges({ orderId, traceparent, changes })
  expect(
    lines
      .slice(1)
      .map(({ msg, sequence, total, reason, shipments }) => [msg, sequence, total, reason, shipments]),
  ).toStrictEqual([
    ['order reserved', 10, 600, undefined, undefined],
    ['order cancelling', 20, undefined, 'customer', undefined],
  ])
  expect(await recordOrder(order)).toMatchObject({
    kind: 'found',
    facts: { status: 'cancelling' },
    policy,
  })
})
