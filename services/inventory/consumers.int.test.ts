import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ReserveStock } from '#contracts/inventory.ts'
import { OrderCancelledSchema, OrderStatusChangedSchema } from '#generated/proto/order/v1/events_pb.ts'
import { newId } from '#platform/ids.ts'
import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import { encode, messageHeaders, UnreadableMessage } from '#platform/messaging/messages.ts'
import { silent } from '#platform/testing/fixtures.ts'
import { createOrderEventsConsumer } from './consumers.ts'
import { checkBooks, productWith, startInventoryService, wishFor } from './fixtures.ts'

let service: Awaited<ReturnType<typeof startInventoryService>>
let consume: (message: IncomingMessage) => Promise<void>

beforeAll(async () => {
  service = await startInventoryService()
  consume = createOrderEventsConsumer({ store: service.store, logger: silent })
})
afterAll(() => service.drop())

function message(request: ReserveStock, type: string, value: Uint8Array): IncomingMessage {
  return {
    topic: 'order.events',
    partition: 0,
    offset: '0',
    key: request.orderId,
    value,
    headers: messageHeaders({ id: newId(), type, traceparent: request.traceparent }),
    timestamp: new Date(),
  }
}

const outcomes = ({ orderId }: ReserveStock, statuses: string[]) =>
  statuses.map((status, i) => ({ shipmentId: `${orderId}-${i + 1}`, status }))

function statusChanged(request: ReserveStock, status: string, ...ends: string[]): IncomingMessage {
  const event = { orderId: request.orderId, status, shipments: outcomes(request, ends) }
  return message(request, 'OrderStatusChanged', encode(OrderStatusChangedSchema, event))
}

function cancelled(request: ReserveStock, ...ends: string[]): IncomingMessage {
  const event = { orderId: request.orderId, reason: 'lost', shipments: outcomes(request, ends) }
  return message(request, 'OrderCancelled', encode(OrderCancelledSchema, event))
}

/** An order of 4 pieces, 3 of them in London and 1 in Berlin, and what its lines are in the end. */
async function order() {
  const productId = await productWith(service.store, { london: 3, berlin: 3 })
  const request = wishFor([productId, 4])
  await service.store.reserveStock(request)
  const states = async () => {
    const rows = await service.database.query<{ state: string }>(
      'select state from reserved_lines where order_id = $1 order by shipment_id',
      [request.orderId],
    )
    await checkBooks(service.database)
    return rows.map(({ state }) => state)
  }
  return { request, states }
}

async function inboxHas({ headers }: IncomingMessage): Promise<boolean> {
  const rows = await service.database.query('select from inbox where message_id = $1', [
    headers['message-id'],
  ])
  return rows.length === 1
}

test('takes the stock of a completed order off the books, once though the event comes twice', async () => {
  const { request, states } = await order()
  const event = statusChanged(request, 'completed', 'delivered', 'lost')
  await Promise.all([consume(event), consume(event)])
  await consume(event)
  expect(await states()).toStrictEqual(['sold', 'lost'])
  expect(await inboxHas(event)).toBe(true)
})

test('takes lost parcels of a cancelled order off the books, and gives recalled ones back', async () => {
  const { request, states } = await order()
  await consume(cancelled(request, 'lost', 'cancelled'))
  expect(await states()).toStrictEqual(['lost', 'released'])
})

test('leaves a parcel alone that the courier never had', async () => {
  const { request, states } = await order()
  await consume(cancelled(request, 'requested', 'requested'))
  expect(await states()).toStrictEqual(['reserved', 'reserved'])
})

test('knows nothing of an order that never held stock, and goes on', async () => {
  const event = cancelled(wishFor())
  await consume(event)
  expect(await inboxHas(event)).toBe(true)
})

test('ignores what is not the end of an order', async () => {
  const { request, states } = await order()
  const created = message(request, 'OrderCreated', new Uint8Array())
  const shipping = statusChanged(request, 'shipping')
  const future = message(request, 'OrderAdmired', new Uint8Array([255]))
  for (const event of [created, shipping, future]) {
    await consume(event)
    expect(await inboxHas(event)).toBe(false)
  }
  expect(await states()).toStrictEqual(['reserved', 'reserved'])
})

test('calls unreadable what can never be understood, and does nothing with it', async () => {
  const { request, states } = await order()
  const nobody = { ...request, orderId: '' }
  const unreadable = [
    message(request, 'OrderCancelled', new Uint8Array([255])),
    statusChanged(nobody, 'completed', 'delivered'),
    statusChanged(request, 'completed', 'delivered', 'eaten'),
    { ...statusChanged(request, 'completed', 'delivered'), headers: {} },
  ]
  for (const event of unreadable) await expect(consume(event)).rejects.toThrow(UnreadableMessage)
  expect(await states()).toStrictEqual(['reserved', 'reserved'])
})
