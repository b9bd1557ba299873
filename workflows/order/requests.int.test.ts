import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { failureTypes } from '#contracts/failures.ts'
import { handlers, orderWorkflowType, taskQueues } from '#contracts/temporal.ts'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { gate, obligingRefund, reservedFrom } from '#tests/support/services.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { type OrderCase, type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'

/** What is asked of a running order, in whatever number and form; on a real server, which counts updates. */
describe('requests to an order', () => {
  let world: OrderWorld
  beforeAll(async () => {
    const address = process.env.TEST_TEMPORAL_ADDRESS
    ensure(address, 'TEST_TEMPORAL_ADDRESS names a Temporal server: run the tests with npm test')
    world = await startOrderWorld({ address, namespace: await ownNamespace(address) })
  })
  afterAll(() => world.stop())

  const missing = {
    kind: 'missing' as const,
    missing: [{ lineNumber: 1, productId: '85123A', requested: 6, available: 4 }],
  }
  const twoParcels = { reserveStock: async (request: never) => reservedFrom(request, ['london', 'berlin']) }
  async function shipping(script: object = {}): Promise<OrderCase> {
    const order = world.order(script)
    await order.place()
    await order.reach('shipping')
    return order
  }
  const move = (order: OrderCase, status: 'created' | 'delivered' | 'lost', n = 1) =>
    order.workflows.moveShipment(order.orderId, {
      shipmentId: `${order.orderId}-${n}`,
      status,
      by: 'staff:ann',
    })
  const isTaken = (answer: object) => !('refused' in answer)
  const statusOf = (order: OrderCase, n: number) => order.record.order.shipments[n - 1]?.status

  const garbage = [
    [],
    [null],
    ['text'],
    [5],
    [{}],
    [{ status: 'delivered' }],
    [{ by: 5, kind: 'amend', lines: 'all' }],
    [[null]],
  ]
  it('are refused when they are garbage, as updates, and dropped, as signals; the order goes on', async () => {
    const order = world.order({
      reserveStock: async (request) => (request.revision === 0 ? missing : reservedFrom(request, ['london'])),
    })
    await order.place()
    await order.reach('awaiting_customer')
    for (const args of garbage) {
      for (const update of [
        handlers.cancel,
        handlers.decide,
        handlers.moveShipment,
        handlers.shipmentEvent,
        'noSuchUpdate',
      ])
        await expect(order.handle.executeUpdate(update, { args } as never)).rejects.toThrow()
      for (const signal of [handlers.shipmentEvent, handlers.cancel, 'noSuchSignal'])
        await order.handle.signal(signal, ...args)
      await order.handle.query(handlers.getOrder, ...args)
    }
    expect(order.steps).toStrictEqual(['missing'])
    const { searchAttributes } = await order.handle.describe()
    expect(searchAttributes.TemporalReportedProblems).toBeUndefined()
    await order.workflows.decide(order.orderId, {
      kind: 'amend',
      lines: [{ lineNumber: 1, quantity: 4 }],
      by: 'customer:17850',
    })
    await order.reach('shipping')
    for (const args of garbage) await order.handle.signal(handlers.shipmentEvent, ...args)
    await order.tell('delivered')
    expect((await order.outcome()).status).toBe('completed')
  })

  it('are refused when no database could keep what they say', async () => {
    const order = await shipping()
    for (const text of ['staff:\0', 'staff:\ud800'])
      for (const args of [{ by: text }, { by: 'staff:ann', note: text }]) {
        const shipmentId = `${order.orderId}-1`
        const cancel = { ...args, reason: 'staff' }
        const event = { ...args, shipmentId, status: 'lost' }
        await expect(
          order.handle.executeUpdate(handlers.cancel, { args: [cancel] } as never),
        ).rejects.toThrow()
        await expect(
          order.handle.executeUpdate(handlers.moveShipment, { args: [event] } as never),
        ).rejects.toThrow()
        await order.handle.signal(handlers.shipmentEvent, event)
      }
    expect((await order.progress()).status).toBe('shipping')
    await order.tell('delivered')
    expect((await order.outcome()).status).toBe('completed')
  })

  it('a start with garbage fails at once, instead of its every task for ever', async () => {
    const { client } = world.env
    for (const [i, args] of garbage.entries()) {
      const handle = await client.workflow.start(orderWorkflowType, {
        workflowId: `garbage-${i}`,
        taskQueue: taskQueues.order,
        args,
      })
      await expect(handle.result()).rejects.toThrow()
    }
  })

  it('news that moves nothing is no update: 200 times, and the order still hears what matters', async () => {
    const order = await shipping()
    await order.tell('sent_to_customer')
    const told = new Set<string>()
    for (let n = 0; n < 200; n += 10) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => order.tell('created')))
      for (const answer of answers) told.add(answer.kind)
    }
    expect([...told]).toStrictEqual(['unmoved'])
    expect((await order.tell('delivered', 7)).kind).toBe('unmoved')
    await order.tell('delivered')
    expect((await order.outcome()).status).toBe('completed')
    const { events } = await order.handle.fetchHistory()
    expect(events?.length ?? 0).toBeLessThan(60)
  })

  it('news told before the hand-off is dropped, also as a signal', async () => {
    const order = world.order({
      reserveStock: async (request) => (request.revision === 0 ? missing : reservedFrom(request, ['london'])),
    })
    await order.place()
    await order.reach('awaiting_customer')
    expect((await order.tell('lost')).kind).toBe('unmoved')
    await order.shipmentEvent('lost')
    await order.workflows.decide(order.orderId, {
      kind: 'amend',
      lines: [{ lineNumber: 1, quantity: 4 }],
      by: 'customer:17850',
    })
    await order.reach('shipping')
    expect(statusOf(order, 1)).toBe('requested')
    await order.tell('delivered')
    expect(await order.outcome()).toStrictEqual({
      status: 'completed',
      reason: null,
      charged: 600,
      refunded: 0,
    })
  })

  it('news of a hand-off that is on record counts, though the workflow has not heard of that', async () => {
    const payment = gate()
    const order = world.order({
      chargeOrder: async () => {
        await payment.opened
        return { kind: 'charged', transferId: 't1' }
      },
    })
    await order.place()
    await until('it charges', () => order.count('chargeOrder') > 0)
    const { kind: _, ...reserved } = reservedFrom(order.request, ['london'])
    order.record.bring({ type: 'reserved', ...reserved }, { type: 'handed_off', transferId: 't1' })
    expect((await order.tell('delivered')).kind).toBe('told')
    payment.open()
    expect((await order.outcome()).status).toBe('completed')
    expect(order.count('refundOrder')).toBe(0)
  })

  it('a move that the record has of the courier is not also taken of staff', async () => {
    const order = world.order()
    await order.place()
    await order.reach('shipping')
    order.record.bring({ type: 'shipment_moved', shipmentId: `${order.orderId}-1`, status: 'delivered' })
    expect(isTaken(await move(order, 'delivered'))).toBe(false)
    expect((await order.outcome()).status).toBe('completed')
    expect(order.history.filter(({ key }) => key.endsWith('/delivered')).map(({ by }) => by)).toStrictEqual([
      'system',
    ])
  })

  it('staff cannot deliver a parcel that never left', async () => {
    const stock = gate()
    const order = world.order({
      ...twoParcels,
      chargeOrder: async () => ({ kind: 'declined', why: 'no_account', balance: 0 }),
      releaseStock: () => stock.opened,
    })
    await order.place()
    await until('it is being undone', () => order.count('releaseStock') > 0)
    expect(((await move(order, 'delivered')) as { refused: string }).refused).toBe(failureTypes.invalidMove)
    stock.open()
    expect((await order.outcome()).reason).toBe('payment_declined')
  })

  it('fourteen decisions at once are one amendment: what is reserved and charged is what is on record', async () => {
    const order = world.order({
      reserveStock: async (request) => (request.revision === 0 ? missing : reservedFrom(request, ['london'])),
    })
    await order.place()
    await order.reach('awaiting_customer')
    const answers = await Promise.allSettled(
      Array.from({ length: 14 }, (_, i) =>
        order.workflows.decide(order.orderId, {
          kind: 'amend',
          lines: [{ lineNumber: 1, quantity: i + 1 }],
          by: 'customer:17850',
        }),
      ),
    )
    const taken = answers.filter((one) => one.status === 'fulfilled' && isTaken(one.value))
    expect(taken.length).toBe(1)
    await order.reach('shipping')
    const { lines, total } = order.record.order
    expect(total).toBe(lines.reduce((sum, { quantity }) => sum + quantity * 100, 0))
    expect(order.steps).toStrictEqual(['missing', 'amended', 'reserved', 'handed_off'])
    await order.tell('delivered')
    expect((await order.outcome()).charged).toBe(total)
  })

  it('a cancel among many moves: what was accepted is on record, what was refused is not', async () => {
    const order = await shipping(twoParcels)
    const [cancel, ...moves] = await Promise.allSettled([
      order.cancel(),
      ...Array.from({ length: 13 }, (_, i) => move(order, i % 2 ? 'created' : 'lost')),
    ])
    const isOnRecord = order.steps.includes('cancelling')
    if (cancel?.status === 'fulfilled') expect(isTaken(cancel.value)).toBe(isOnRecord)
    const accepted = moves.filter((one) => one.status === 'fulfilled' && isTaken(one.value))
    const written = order.history.filter(
      ({ change, by }) => change.type === 'shipment_moved' && by === 'staff:ann',
    )
    expect(accepted.length).toBeGreaterThanOrEqual(written.length)
    await until('it has ended', async () => {
      await Promise.allSettled([order.tell('delivered', 2), order.tell('delivered', 1)])
      return ['completed', 'cancelled'].includes(order.record.order.status)
    })
    expect((await order.outcome()).status).toBe(order.record.order.status)
  })

  describe('about one parcel are not held up by another, nor by what hangs', () => {
    const away = async () => {
      throw new Error('unreachable')
    }

    it('a recall that no courier answers ends with the courier’s own news, and with a move by staff', async () => {
      const order = await shipping({ ...twoParcels, recallShipment: away })
      await order.cancel()
      await until('both are asked back', () => order.count('recallShipment') >= 2)
      expect((await order.tell('delivered', 1)).kind).toBe('told')
      await until('the first is delivered on record', () => statusOf(order, 1) === 'delivered')
      expect(isTaken(await move(order, 'delivered', 2))).toBeTruthy()
      expect(await order.outcome()).toStrictEqual({
        status: 'completed',
        reason: null,
        charged: 800,
        refunded: 0,
      })
      expect(order.steps).toContain('cancel_refused')
    })

    it('a parcel that came back is refunded while the recall of another hangs', async () => {
      const courier = gate()
      const order = await shipping({
        ...twoParcels,
        recallShipment: async ({ shipmentId }: { shipmentId: string }) => {
          if (shipmentId.endsWith('-2')) await courier.opened
          return { kind: 'recalled' }
        },
      })
      await order.cancel()
      await until('the first is paid back', () => order.record.order.shipments[0]?.refunded === true)
      expect(statusOf(order, 2)).toBe('requested')
      courier.open()
      expect(await order.outcome()).toStrictEqual({
        status: 'cancelled',
        reason: 'customer',
        charged: 800,
        refunded: 800,
      })
    })

    it('with payment away and one parcel lost the other’s delivery is noted, and each stuck step shows by itself', async () => {
      let isAway = true
      const order = await shipping({
        ...twoParcels,
        refundOrder: async (refund: never) => (isAway ? away() : obligingRefund(refund, 0)),
      })
      await order.tell('lost', 1)
      await until('its refund is stuck', () => order.record.order.stuck.length === 1)
      expect(order.record.order.stuck).toMatchObject([{ step: 'refund', shipmentId: `${order.orderId}-1` }])
      // Its task ends after its write.
      await until(
        'Temporal’s filter finds it',
        async () => (await order.handle.describe()).searchAttributes.StuckStep?.[0] === 'refund',
      )
      expect((await order.tell('delivered', 2)).kind).toBe('told')
      await until('the other is delivered on record', () => statusOf(order, 2) === 'delivered')
      isAway = false
      expect(await order.outcome()).toStrictEqual({
        status: 'completed',
        reason: null,
        charged: 800,
        refunded: 600,
      })
      expect(order.record.order.stuck).toStrictEqual([])
    })
  })
})
