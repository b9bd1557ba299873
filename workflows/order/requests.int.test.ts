import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { failureTypes } from '#contracts/failures.ts'
import { handlers, orderWorkflowType, taskQueues } from '#contracts/temporal.ts'
import { until } from '#platform/testing/fixtures.ts'
import { gate, obligingRefund, reservedFrom } from '#tests/support/services.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { type OrderCase, type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'

/** What is asked of a running order, in whatever number and form; on a real server, which counts updates. */
describe('requests to an order', { timeout: 120_000 }, () => {
  let world: OrderWorld
  before(async () => {
    const address = process.env.TEST_TEMPORAL_ADDRESS
    assert.ok(address, 'TEST_TEMPORAL_ADDRESS names a Temporal server: run the tests with npm test')
    world = await startOrderWorld({ address, namespace: await ownNamespace(address) })
  })
  after(() => world.stop())

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
        handlers.courierNews,
        'noSuchUpdate',
      ])
        await assert.rejects(
          order.handle.executeUpdate(update, { args } as never),
          `${update} ${JSON.stringify(args)}`,
        )
      for (const signal of [handlers.courierNews, handlers.cancel, 'noSuchSignal'])
        await order.handle.signal(signal, ...args)
      await order.handle.query(handlers.getOrder, ...args)
    }
    assert.deepEqual(order.steps, ['missing'])
    const { searchAttributes } = await order.handle.describe()
    assert.equal(searchAttributes.TemporalReportedProblems, undefined)
    await order.workflows.decide(order.orderId, {
      kind: 'amend',
      lines: [{ lineNumber: 1, quantity: 4 }],
      by: 'customer:17850',
    })
    await order.reach('shipping')
    for (const args of garbage) await order.handle.signal(handlers.courierNews, ...args)
    await order.tell('delivered')
    assert.equal((await order.outcome()).status, 'completed')
  })

  it('are refused when no database could keep what they say', async () => {
    const order = await shipping()
    for (const text of ['staff:\0', 'staff:\ud800'])
      for (const args of [{ by: text }, { by: 'staff:ann', note: text }]) {
        const shipmentId = `${order.orderId}-1`
        const cancel = { ...args, reason: 'staff' }
        const news = { ...args, shipmentId, status: 'lost' }
        await assert.rejects(order.handle.executeUpdate(handlers.cancel, { args: [cancel] } as never))
        await assert.rejects(order.handle.executeUpdate(handlers.moveShipment, { args: [news] } as never))
        await order.handle.signal(handlers.courierNews, news)
      }
    assert.equal((await order.progress()).status, 'shipping')
    await order.tell('delivered')
    assert.equal((await order.outcome()).status, 'completed')
  })

  it('a start with garbage fails at once, instead of its every task for ever', async () => {
    const { client } = world.env
    for (const [i, args] of garbage.entries()) {
      const handle = await client.workflow.start(orderWorkflowType, {
        workflowId: `garbage-${i}`,
        taskQueue: taskQueues.order,
        args,
      })
      await assert.rejects(handle.result())
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
    assert.deepEqual([...told], ['unmoved'])
    assert.equal((await order.tell('delivered', 7)).kind, 'unmoved')
    await order.tell('delivered')
    assert.equal((await order.outcome()).status, 'completed')
    const { events } = await order.handle.fetchHistory()
    assert.ok((events?.length ?? 0) < 60, `${events?.length} events`)
  })

  it('news told before the hand-off is dropped, also as a signal', async () => {
    const order = world.order({
      reserveStock: async (request) => (request.revision === 0 ? missing : reservedFrom(request, ['london'])),
    })
    await order.place()
    await order.reach('awaiting_customer')
    assert.equal((await order.tell('lost')).kind, 'unmoved')
    await order.news('lost')
    await order.workflows.decide(order.orderId, {
      kind: 'amend',
      lines: [{ lineNumber: 1, quantity: 4 }],
      by: 'customer:17850',
    })
    await order.reach('shipping')
    assert.equal(statusOf(order, 1), 'requested')
    await order.tell('delivered')
    assert.deepEqual(await order.outcome(), { status: 'completed', reason: null, charged: 600, refunded: 0 })
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
    assert.equal((await order.tell('delivered')).kind, 'told')
    payment.open()
    assert.equal((await order.outcome()).status, 'completed')
    assert.equal(order.count('refundOrder'), 0)
  })

  it('a move that the record has of the courier is not also taken of staff', async () => {
    const order = world.order()
    await order.place()
    await order.reach('shipping')
    order.record.bring({ type: 'shipment_moved', shipmentId: `${order.orderId}-1`, status: 'delivered' })
    assert.equal(isTaken(await move(order, 'delivered')), false)
    assert.equal((await order.outcome()).status, 'completed')
    assert.deepEqual(
      order.history.filter(({ key }) => key.endsWith('/delivered')).map(({ by }) => by),
      ['system'],
    )
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
    assert.equal(((await move(order, 'delivered')) as { refused: string }).refused, failureTypes.invalidMove)
    stock.open()
    assert.equal((await order.outcome()).reason, 'payment_declined')
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
    assert.equal(taken.length, 1)
    await order.reach('shipping')
    const { lines, total } = order.record.order
    assert.equal(
      total,
      lines.reduce((sum, { quantity }) => sum + quantity * 100, 0),
    )
    assert.deepEqual(order.steps, ['missing', 'amended', 'reserved', 'handed_off'])
    await order.tell('delivered')
    assert.equal((await order.outcome()).charged, total)
  })

  it('a cancel among many moves: what was accepted is on record, what was refused is not', async () => {
    const order = await shipping(twoParcels)
    const [cancel, ...moves] = await Promise.allSettled([
      order.cancel(),
      ...Array.from({ length: 13 }, (_, i) => move(order, i % 2 ? 'created' : 'lost')),
    ])
    const isOnRecord = order.steps.includes('cancelling')
    if (cancel?.status === 'fulfilled') assert.equal(isTaken(cancel.value), isOnRecord)
    const accepted = moves.filter((one) => one.status === 'fulfilled' && isTaken(one.value))
    const written = order.history.filter(
      ({ change, by }) => change.type === 'shipment_moved' && by === 'staff:ann',
    )
    assert.ok(accepted.length >= written.length)
    await until('it has ended', async () => {
      await Promise.allSettled([order.tell('delivered', 2), order.tell('delivered', 1)])
      return ['completed', 'cancelled'].includes(order.record.order.status)
    })
    assert.equal((await order.outcome()).status, order.record.order.status)
  })

  describe('about one parcel are not held up by another, nor by what hangs', () => {
    const away = async () => {
      throw new Error('unreachable')
    }

    it('a recall that no courier answers ends with the courier’s own news, and with a move by staff', async () => {
      const order = await shipping({ ...twoParcels, recallShipment: away })
      await order.cancel()
      await until('both are asked back', () => order.count('recallShipment') >= 2)
      assert.equal((await order.tell('delivered', 1)).kind, 'told')
      await until('the first is delivered on record', () => statusOf(order, 1) === 'delivered')
      assert.ok(isTaken(await move(order, 'delivered', 2)))
      assert.deepEqual(await order.outcome(), {
        status: 'completed',
        reason: null,
        charged: 800,
        refunded: 0,
      })
      assert.ok(order.steps.includes('cancel_refused'))
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
      assert.equal(statusOf(order, 2), 'requested')
      courier.open()
      assert.deepEqual(await order.outcome(), {
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
      assert.partialDeepStrictEqual(order.record.order.stuck, [
        { step: 'refund', shipmentId: `${order.orderId}-1` },
      ])
      // Its task ends after its write.
      await until(
        'Temporal’s filter finds it',
        async () => (await order.handle.describe()).searchAttributes.StuckStep?.[0] === 'refund',
      )
      assert.equal((await order.tell('delivered', 2)).kind, 'told')
      await until('the other is delivered on record', () => statusOf(order, 2) === 'delivered')
      isAway = false
      assert.deepEqual(await order.outcome(), {
        status: 'completed',
        reason: null,
        charged: 800,
        refunded: 600,
      })
      assert.deepEqual(order.record.order.stuck, [])
    })
  })
})
