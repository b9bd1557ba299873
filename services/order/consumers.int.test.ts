import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { CourierNews } from '#contracts/logistics.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import { RefusedMessage, UnreadableMessage } from '#platform/messages.ts'
import { silent } from '#platform/testing.ts'
import { consumerGroups, preOrderHandler, shipmentEventHandler } from './consumers.ts'
import { contact, courierEvent, preOrder, startOrderService } from './testing.ts'

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

const judged = { kind: 'recorded' as const, contact }

function start() {
  const workflows = recordingWorkflows()
  const given = { shards: service.shards, workflows, logger: silent }
  return { workflows, onPreOrder: preOrderHandler(given), onEvent: shipmentEventHandler(given) }
}

const registered = (reference: string) =>
  service.database.query('select order_id from pre_orders where reference = $1', [reference])

const inbox = (consumer: string, id: string) =>
  service.database.query('select 1 from inbox where consumer = $1 and message_id = $2', [consumer, id])

test('a pre-order starts its workflow once, however often it comes after it is on record', async () => {
  const { workflows, onPreOrder } = start()
  await onPreOrder(preOrder('1'))
  for (const order of workflows.placed) await service.store.recordOrder(order, judged, new Date())
  await onPreOrder(preOrder('1'))
  await onPreOrder(preOrder('1', { source: 'mobile' }))
  assert.deepEqual(
    workflows.placed.map(({ source, reference }) => `${source}/${reference}`),
    ['web/1', 'mobile/1'],
  )
})

test('a pre-order whose workflow cannot be started comes again', async () => {
  const { workflows, onPreOrder } = start()
  workflows.away = true
  await assert.rejects(onPreOrder(preOrder('2')), /connection refused/)
  workflows.away = false
  await onPreOrder(preOrder('2'))
  assert.equal(workflows.placed.length, 1)
})

test('a pre-order that cannot be read is put aside, and leaves no trace here', async () => {
  const { workflows, onPreOrder } = start()
  await assert.rejects(onPreOrder(preOrder('3', { source: 'fax' })), UnreadableMessage)
  assert.deepEqual([workflows.placed, await registered('3')], [[], []])
})

test('a reference that is taken is refused to another customer and to other lines, and the source is told of which order it is', async () => {
  const { workflows, onPreOrder } = start()
  await onPreOrder(preOrder('4'))
  const [order] = workflows.placed
  for (const other of [{ customerId: '13047' }, { quantity: 100 }]) {
    await assert.rejects(
      onPreOrder(preOrder('4', other)),
      (error) =>
        error instanceof RefusedMessage && error.message.includes(`web/4 is of order ${order?.orderId}`),
    )
  }
  assert.deepEqual(workflows.placed, [order])
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
