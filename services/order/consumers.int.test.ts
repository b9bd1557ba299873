import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import type { CourierNews } from '#contracts/logistics.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import { PreOrderSchema } from '#generated/proto/order/v1/events_pb.ts'
import { encode, UnreadableMessage } from '#platform/messages.ts'
import { silent } from '#platform/testing.ts'
import { consumerGroups, preOrderHandler, shipmentEventHandler } from './consumers.ts'
import { courierEvent, message, startOrderService } from './testing.ts'

let service: Awaited<ReturnType<typeof startOrderService>>

before(async () => {
  service = await startOrderService()
})
after(() => service.drop())

/** The workflows as the consumers reach them: what they were asked, and faults while they are away. */
function recordingWorkflows() {
  const placed: PlaceOrder[] = []
  const told: { orderId: string; news: CourierNews }[] = []
  const workflows = {
    away: false,
    placed,
    told,
    place: async (order: PlaceOrder) => {
      if (workflows.away) throw new Error('connection refused')
      placed.push(order)
      const { orderId, fingerprint, placedAt } = order
      return { orderId, status: 'pending' as const, fingerprint, placedAt }
    },
    tell: async (orderId: string, news: CourierNews) => {
      if (workflows.away) throw new Error('connection refused')
      told.push({ orderId, news })
      return orderId.startsWith('ended') ? ('ended' as const) : ('told' as const)
    },
  }
  return workflows
}

function start() {
  const workflows = recordingWorkflows()
  const given = { shards: service.shards, workflows, logger: silent }
  return { workflows, onPreOrder: preOrderHandler(given), onEvent: shipmentEventHandler(given) }
}

const preOrder = (reference: string, source = 'web') =>
  message(
    `${source}/${reference}`,
    encode(PreOrderSchema, {
      source,
      reference,
      customerId: '17850',
      currency: 'GBP',
      lines: [{ productId: '85123A', quantity: 1 }],
      placedAt: timestampNow(),
    }),
  )

const inbox = (consumer: string, id: string) =>
  service.database.query('select 1 from inbox where consumer = $1 and message_id = $2', [consumer, id])

test('a pre-order starts its workflow once, however often it comes', async () => {
  const { workflows, onPreOrder } = start()
  await onPreOrder(preOrder('1'))
  await onPreOrder(preOrder('1'))
  await onPreOrder(preOrder('1', 'mobile'))
  assert.deepEqual(
    workflows.placed.map(({ source, reference }) => `${source}/${reference}`),
    ['web/1', 'mobile/1'],
  )
  assert.equal((await inbox(consumerGroups.preOrders, 'web/1')).length, 1)
})

test('a pre-order whose workflow cannot be started comes again', async () => {
  const { workflows, onPreOrder } = start()
  workflows.away = true
  await assert.rejects(onPreOrder(preOrder('2')), /connection refused/)
  assert.deepEqual(await inbox(consumerGroups.preOrders, 'web/2'), [])
  workflows.away = false
  await onPreOrder(preOrder('2'))
  assert.equal(workflows.placed.length, 1)
})

test('a pre-order that cannot be read is put aside, and leaves no trace here', async () => {
  const { workflows, onPreOrder } = start()
  await assert.rejects(onPreOrder(preOrder('3', 'fax')), UnreadableMessage)
  assert.deepEqual([workflows.placed, await inbox(consumerGroups.preOrders, 'fax/3')], [[], []])
})

test('the courier’s event is told once, also to an order that has ended', async () => {
  const { workflows, onEvent } = start()
  for (const orderId of ['o1', 'ended-1']) {
    await onEvent(courierEvent(`e-${orderId}`, orderId))
    await onEvent(courierEvent(`e-${orderId}`, orderId))
    assert.equal((await inbox(consumerGroups.ordersEvents, `e-${orderId}`)).length, 1)
  }
  assert.deepEqual(
    workflows.told.map(({ orderId, news }) => [orderId, news.shipmentId, news.status, news.eventId]),
    [
      ['o1', 'o1-1', 'created', 'e-o1'],
      ['ended-1', 'ended-1-1', 'created', 'e-ended-1'],
    ],
  )
})

test('the courier’s event that could not be told comes again', async () => {
  const { workflows, onEvent } = start()
  workflows.away = true
  await assert.rejects(onEvent(courierEvent('e9', 'o9')), /connection refused/)
  workflows.away = false
  await onEvent(courierEvent('e9', 'o9'))
  assert.equal(workflows.told.length, 1)
})
