import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Told } from '#contracts/clients.ts'
import type { CourierStatus, ShipmentEvent } from '#contracts/logistics.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import { RefusedMessage, UnreadableMessage } from '#platform/messaging/messages.ts'
import { satisfying } from '#platform/testing/expect.ts'
import { silent, until } from '#platform/testing/fixtures.ts'
import { preOrderHandler, shipmentEventHandler } from './consumers.ts'
import {
  contact,
  courierEvent,
  newOrder,
  numbered,
  preOrder,
  reservedFrom,
  startOrderService,
} from './fixtures.ts'

let service: Awaited<ReturnType<typeof startOrderService>>

beforeAll(async () => {
  service = await startOrderService()
})
afterAll(() => service.drop())

/** The workflows as the consumers reach them: what they were asked, and faults while they are away. */
function recordingWorkflows() {
  const placed: PlaceOrder[] = []
  const told: { orderId: string; event: ShipmentEvent }[] = []
  const workflows = {
    away: false,
    placed,
    told,
    /** What orders answer to news. */
    answer: { kind: 'told' } as Told,
    place: async (order: PlaceOrder) => {
      if (workflows.away) throw new Error('connection refused')
      placed.push(order)
      const { orderId, fingerprint, placedAt } = order
      return { orderId, status: 'pending' as const, fingerprint, placedAt }
    },
    tell: async (orderId: string, event: ShipmentEvent) => {
      if (workflows.away) throw new Error('connection refused')
      told.push({ orderId, event })
      return workflows.answer
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

/** The id of an order whose parcel is on its way, after these moves of it. */
async function shipped(...moves: CourierStatus[]): Promise<string> {
  const order = newOrder()
  const { orderId, traceparent } = order
  await service.store.recordOrder(order, judged, new Date())
  const moved = moves.map((status) => ({
    type: 'shipment_moved' as const,
    shipmentId: `${orderId}-1`,
    status,
  }))
  const changes = numbered([
    reservedFrom(order, ['london']),
    { type: 'handed_off', transferId: 't1' },
    ...moved,
  ])
  await service.store.recordChanges({ orderId, traceparent, changes })
  return orderId
}

test('a pre-order starts its workflow once, however often it comes after it is on record', async () => {
  const { workflows, onPreOrder } = start()
  await onPreOrder(preOrder('1'))
  for (const order of workflows.placed) await service.store.recordOrder(order, judged, new Date())
  await onPreOrder(preOrder('1'))
  await onPreOrder(preOrder('1', { source: 'mobile' }))
  expect(workflows.placed.map(({ source, reference }) => `${source}/${reference}`)).toStrictEqual([
    'web/1',
    'mobile/1',
  ])
})

test('a pre-order whose workflow cannot be started comes again', async () => {
  const { workflows, onPreOrder } = start()
  workflows.away = true
  await expect(onPreOrder(preOrder('2'))).rejects.toThrow(/connection refused/)
  workflows.away = false
  await onPreOrder(preOrder('2'))
  expect(workflows.placed.length).toBe(1)
})

test('a pre-order that cannot be read is put aside, and leaves no trace here', async () => {
  const { workflows, onPreOrder } = start()
  await expect(onPreOrder(preOrder('3', { source: 'fax' }))).rejects.toThrow(UnreadableMessage)
  expect([workflows.placed, await registered('3')]).toStrictEqual([[], []])
})

test('a reference that is taken is refused to another customer and to other lines, and the source is told of which order it is', async () => {
  const { workflows, onPreOrder } = start()
  await onPreOrder(preOrder('4'))
  const [order] = workflows.placed
  for (const other of [{ customerId: '13047' }, { quantity: 100 }]) {
    await expect(onPreOrder(preOrder('4', other))).rejects.toThrow(
      satisfying(
        (error) =>
          error instanceof RefusedMessage && error.message.includes(`web/4 is of order ${order?.orderId}`),
      ),
    )
  }
  expect(workflows.placed).toStrictEqual([order])
})

test('the courier’s event is told to the order of its shipment', async () => {
  const { workflows, onEvent } = start()
  const orderId = await shipped()
  await onEvent(courierEvent('e1', orderId))
  expect(
    workflows.told.map(({ orderId, event }) => [orderId, event.shipmentId, event.status, event.eventId]),
  ).toStrictEqual([[orderId, `${orderId}-1`, 'created', 'e1']])
})

test('news that moves nothing troubles no order: what is on record already, and what comes after the end', async () => {
  const { workflows, onEvent } = start()
  const moving = await shipped('created', 'sent_to_customer')
  const ended = await shipped('delivered')
  for (let scan = 0; scan < 50; scan++) await onEvent(courierEvent(`s${scan}`, moving, 'sent_to_customer'))
  await onEvent(courierEvent('late', moving, 'created'))
  await onEvent(courierEvent('lost', ended, 'lost'))
  // Once, for the record may be ahead of its workflow.
  expect(workflows.told.map(({ event }) => event.status)).toStrictEqual(['sent_to_customer'])
})

test('news that a lost task had put on record is told again, until the workflow has heard it', async () => {
  const { workflows, onEvent } = start()
  const orderId = await shipped('delivered')
  workflows.away = true
  await expect(onEvent(courierEvent('d1', orderId, 'delivered'))).rejects.toThrow(/connection refused/)
  workflows.away = false
  for (const id of ['d1', 'd2']) await onEvent(courierEvent(id, orderId, 'delivered'))
  expect(workflows.told.length).toBe(1)
})

test('news of a shipment that its order does not have is refused, for its sender to see', async () => {
  const { workflows, onEvent } = start()
  const [one, other] = [await shipped(), await shipped()]
  for (const event of [courierEvent('u1', 'nobody'), courierEvent('u2', one, 'created', `${other}-1`)])
    await expect(onEvent(event)).rejects.toThrow(RefusedMessage)
  expect(workflows.told).toStrictEqual([])
})

test('news that an order can never take is refused', async () => {
  const { workflows, onEvent } = start()
  workflows.answer = { kind: 'impossible', why: 'blob too large' }
  await expect(onEvent(courierEvent('i1', await shipped()))).rejects.toThrow(/RefusedMessage|blob too large/)
})

test('the courier’s event that could not be told comes again', async () => {
  const { workflows, onEvent } = start()
  const orderId = await shipped()
  workflows.away = true
  await expect(onEvent(courierEvent('e9', orderId))).rejects.toThrow(/connection refused/)
  workflows.away = false
  await onEvent(courierEvent('e9', orderId))
  expect(workflows.told.length).toBe(1)
})

test('news for an order that is not over and whose workflow is gone waits until it is resumed', async () => {
  const { workflows, onEvent } = start()
  const orderId = await shipped()
  workflows.answer = { kind: 'ended' }
  await expect(onEvent(courierEvent('g1', orderId))).rejects.toThrow(/its workflow is gone/)
  workflows.answer = { kind: 'told' }
  await onEvent(courierEvent('g1', orderId))
})

test('news that a workflow refuses while its record waits for it comes again', async () => {
  const { workflows, onEvent } = start()
  workflows.answer = { kind: 'unmoved', why: 'not handed off yet' }
  await expect(onEvent(courierEvent('w1', await shipped()))).rejects.toThrow(/refuses it: not handed off yet/)
})

test('news of a shipment that was reserved and not handed off is refused', async () => {
  const { workflows, onEvent } = start()
  const order = newOrder()
  const { orderId, traceparent } = order
  await service.store.recordOrder(order, judged, new Date())
  const changes = numbered([reservedFrom(order, ['london'])])
  await service.store.recordChanges({ orderId, traceparent, changes })
  await expect(onEvent(courierEvent('r1', orderId, 'lost'))).rejects.toThrow(RefusedMessage)
  expect(workflows.told).toStrictEqual([])
})

test('one order is told one thing at a time, in the order of the news; others meanwhile', async () => {
  const { workflows, onEvent } = start()
  const [noisy, quiet] = [await shipped(), await shipped()]
  const answers = Promise.withResolvers<void>()
  const asked: string[] = []
  workflows.tell = async (orderId, { status }) => {
    asked.push(`${orderId === noisy ? 'noisy' : 'quiet'} ${status}`)
    if (orderId === noisy) await answers.promise
    return { kind: 'told' }
  }
  const statuses = ['created', 'sent_to_customer', 'delivered'] as const
  const noise = statuses.map((status) => onEvent(courierEvent(status, noisy, status)))
  await onEvent(courierEvent('q1', quiet))
  await until('the noisy one is asked', () => asked.includes('noisy created'))
  expect(asked.toSorted()).toStrictEqual(['noisy created', 'quiet created'])
  answers.resolve()
  await Promise.all(noise)
  expect(asked.filter((one) => one.startsWith('noisy'))).toStrictEqual(
    statuses.map((status) => `noisy ${status}`),
  )
})
