import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client, Connection, type ConnectionOptions } from '@temporalio/client'
import type { PlaceOrder } from '#contracts/order.ts'
import { testServer, until } from '#platform/testing/fixtures.ts'
import { gate } from '#tests/support/services.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { type OrderCase, type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'
import { faultOf } from './errors.ts'
import { createOrderWorkflows } from './orders.ts'

describe('asking many things of one order at once', () => {
  const address = testServer('TEST_TEMPORAL_ADDRESS')
  let world: OrderWorld
  let connection: Connection
  let workflows: ReturnType<typeof createOrderWorkflows>
  beforeAll(async () => {
    const namespace = await ownNamespace(address)
    world = await startOrderWorld({ address, namespace })
    // As the gateway's: what is refused for load is asked again by us alone.
    connection = await Connection.connect({ address, interceptors: [] })
    workflows = createOrderWorkflows(new Client({ connection, namespace }))
  })
  afterAll(async () => {
    await connection?.close()
    await world?.stop()
  })

  const shipping = async () => {
    const order = world.order()
    await order.place()
    await order.reach('shipping')
    return order
  }
  const updatesOf = async (order: OrderCase) => {
    const { events } = await order.handle.fetchHistory()
    return (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length
  }

  it('forty moves and cancels all get an answer: more than ten wait for their turn', async () => {
    const order = await shipping()
    const moves = Array.from({ length: 40 }, (_, n) =>
      n % 10 === 9
        ? workflows.cancel(order.orderId, { by: `customer:${n}`, reason: 'customer' }, `cancel ${n}`)
        : workflows.moveShipment(
            order.orderId,
            { shipmentId: `${order.orderId}-1`, status: 'created', by: 'staff:ann' },
            `move ${n}`,
          ),
    )
    const answers = await Promise.all(moves)
    const taken = answers.filter((answer) => !('refused' in answer))
    expect(taken.length).toBeGreaterThanOrEqual(2)
  })

  it('twenty places of one order are one update, and get one answer', async () => {
    const order = world.order()
    const answers = await Promise.all(Array.from({ length: 20 }, () => workflows.place(order.request)))
    expect(answers).toStrictEqual(answers.map(() => answers[0]))
    await order.reach('shipping')
    expect(await updatesOf(order)).toBe(1)
  })

  it('a cancel asked again under its id gets the first answer: while it is undone, and when it is over', async () => {
    const courier = gate()
    const order = world.order({
      recallShipment: async () => {
        await courier.opened
        return { kind: 'recalled' }
      },
    })
    await order.place()
    await order.reach('shipping')
    const cancel = () =>
      workflows.cancel(order.orderId, { by: 'customer:17850', reason: 'customer' }, 'cancel/customer:17850')
    const answers = [await cancel(), await cancel()]
    courier.open()
    const [first] = answers
    expect(first && 'accepted' in first).toBeTruthy()
    expect(answers).toStrictEqual([first, first])
    expect((await order.outcome()).status).toBe('cancelled')
    expect(await cancel()).toStrictEqual(first)
  })

  it('three hundred scans of one parcel take one update, and leave room for a cancel', async () => {
    const order = await shipping()
    const before = await updatesOf(order)
    for (let scan = 0; scan < 300; scan += 10) {
      const events = Array.from({ length: 10 }, (_, n) => ({
        ...order.eventOf('sent_to_customer', 1),
        eventId: `scan ${scan + n}`,
      }))
      const told = await Promise.all(events.map((one) => workflows.tell(order.orderId, one)))
      expect(new Set(told.map(({ kind }) => kind))).toStrictEqual(new Set(['told']))
    }
    expect((await updatesOf(order)) - before).toBe(1)
    expect('accepted' in (await workflows.cancel(order.orderId, { by: 'staff:ann', reason: 'staff' }))).toBe(
      true,
    )
  })
})

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number]

/** Counts the calls to the server: all of them, and those without an answer yet. */
function counting(calls: { open: number; all: number }): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options) as ReturnType<Interceptor>
    const start = call.start.bind(call)
    call.start = (metadata, listener) => {
      calls.open++
      calls.all++
      start(metadata, {
        onReceiveMetadata: (received) => listener?.onReceiveMetadata?.(received),
        onReceiveMessage: (message) => listener?.onReceiveMessage?.(message),
        onReceiveStatus: (status) => {
          calls.open--
          listener?.onReceiveStatus?.(status)
        },
      })
    }
    return call
  }
}

const order: PlaceOrder = {
  orderId: 'o1',
  customerId: '17850',
  source: 'web',
  reference: null,
  currency: 'GBP',
  lines: [{ lineNumber: 1, productId: '85123A', quantity: 1 }],
  placedAt: '2010-12-01T08:26:00.000Z',
  fingerprint: 'f1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

describe('while no worker answers', () => {
  it('a caller hears so in time, and no call goes on behind its back', async () => {
    const address = testServer('TEST_TEMPORAL_ADDRESS')
    const namespace = await ownNamespace(address)
    const calls = { open: 0, all: 0 }
    const connection = await Connection.connect({ address, interceptors: [counting(calls)] })
    try {
      const workflows = createOrderWorkflows(new Client({ connection, namespace }))
      expect(await workflows.place(order, { waitFor: 1_000 })).toStrictEqual({ pending: true })
      const asked = Array.from({ length: 30 }, (_, n) =>
        workflows.cancel(order.orderId, { by: 'staff:ann', reason: 'staff' }, `cancel ${n}`).then(
          () => 'answered',
          (error: unknown) => faultOf(error),
        ),
      )
      const faults = await Promise.all(asked)
      expect(new Set(faults)).toStrictEqual(new Set(['late']))
      await until('nothing is asked any more', () => calls.open === 0, 5_000)
      const then = calls.all
      await expect(until('another call', () => calls.all > then, 3_000)).rejects.toThrow(/another call/)
    } finally {
      await connection.close()
    }
  })
})
