import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createOrderRuns } from '#clients/temporal/runs.ts'
import type { OrderRuns } from '#contracts/clients.ts'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { gate, obligingRefund, reservedFrom, type ServiceName } from '#tests/support/services.ts'
import { ownNamespace, resetWorkflow } from '#tests/support/temporal.ts'
import { type OrderCase, type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'

type Step = ServiceName | 'nowhere'

/** What somebody does with the Temporal CLI or in the Web UI, on a real server: the time-skipping one resets nothing. */
describe('an order whose workflow is run again', () => {
  let world: OrderWorld
  let runs: OrderRuns
  beforeAll(async () => {
    const address = process.env.TEST_TEMPORAL_ADDRESS
    ensure(address, 'TEST_TEMPORAL_ADDRESS names a Temporal server: run the tests with npm test')
    world = await startOrderWorld({ address, namespace: await ownNamespace(address) })
    runs = createOrderRuns(world.env.client)
  })
  afterAll(() => world.stop())

  const missing = {
    kind: 'missing' as const,
    missing: [{ lineNumber: 1, productId: '85123A', requested: 6, available: 4 }],
  }
  const amend = (order: OrderCase) =>
    order.workflows.decide(order.orderId, {
      kind: 'amend',
      lines: [{ lineNumber: 1, quantity: 4 }],
      by: 'customer:17850',
    })
  const once = (order: OrderCase) => {
    const moneyBack = order.calls
      .filter(({ name }) => name === 'refundOrder')
      .map(({ request }) => JSON.stringify(request))
    return new Set(moneyBack).size
  }

  /** Two parcels; its first run waits at `step`, and a later one does not. */
  function standingAt(step: Step) {
    const door = gate()
    const waiting = (name: ServiceName, times = 1) =>
      step === name && order.count(name) <= times ? door.opened : Promise.resolve()
    const order = world.order({
      beforeChanges: async ({ changes }) => {
        const handsOff = changes.some(({ change }) => change.type === 'handed_off')
        if (step === 'recordChanges' && handsOff && written++ === 0) await door.opened
      },
      reserveStock: async (request) => {
        await waiting('reserveStock')
        return reservedFrom(request, ['london', 'berlin'])
      },
      chargeOrder: async () => {
        await waiting('chargeOrder')
        return { kind: 'charged', transferId: 't1' }
      },
      refundOrder: async (refund) => {
        await waiting('refundOrder')
        return obligingRefund(refund, 800)
      },
      recallShipment: async ({ shipmentId }) => {
        await waiting('recallShipment', 2)
        return shipmentId.endsWith('-1') ? { kind: 'refused', status: 'delivered' } : { kind: 'recalled' }
      },
    })
    let written = 0
    return { order, open: door.open, writes: () => written }
  }
  const asked = (order: OrderCase, step: ServiceName) => until(`it asks ${step}`, () => order.count(step) > 0)

  type Stage = {
    stage: string
    step: Step
    reach: (order: OrderCase, writes: () => number) => Promise<unknown>
    end: (order: OrderCase) => Promise<unknown>
    charged: number
    refunded: number
  }
  const deliver = async (order: OrderCase) => {
    await order.reach('shipping')
    for (const n of [1, 2]) await order.tell('delivered', n)
  }
  const stages: Stage[] = [
    {
      stage: 'reserving',
      step: 'reserveStock',
      reach: (order) => asked(order, 'reserveStock'),
      end: deliver,
      charged: 800,
      refunded: 0,
    },
    {
      stage: 'charging',
      step: 'chargeOrder',
      reach: (order) => asked(order, 'chargeOrder'),
      end: deliver,
      charged: 800,
      refunded: 0,
    },
    {
      stage: 'its hand-off being written',
      step: 'recordChanges',
      reach: (_, writes) => until('it writes', () => writes() > 0),
      end: deliver,
      charged: 800,
      refunded: 0,
    },
    {
      stage: 'with the courier',
      step: 'nowhere',
      reach: (order) => order.reach('shipping'),
      end: deliver,
      charged: 800,
      refunded: 0,
    },
    {
      stage: 'with the courier, one parcel lost and paid back',
      step: 'nowhere',
      reach: async (order) => {
        await order.reach('shipping')
        await order.tell('lost', 2)
        await until('it is paid back', () => order.record.order.shipments[1]?.refunded === true)
      },
      end: (order) => order.tell('delivered', 1),
      charged: 800,
      refunded: 200,
    },
    {
      stage: 'with the courier, one parcel lost and being paid back',
      step: 'refundOrder',
      reach: async (order) => {
        await order.reach('shipping')
        await order.tell('lost', 2)
        await asked(order, 'refundOrder')
      },
      end: (order) => order.tell('delivered', 1),
      charged: 800,
      refunded: 200,
    },
    {
      stage: 'being recalled',
      step: 'recallShipment',
      reach: async (order) => {
        await order.reach('shipping')
        await order.cancel()
        await until('both are asked back', () => order.count('recallShipment') === 2)
      },
      end: async () => {},
      charged: 800,
      refunded: 200,
    },
  ]

  for (const { stage, step, reach, end, charged, refunded } of stages) {
    it(`goes on from its record after it was terminated and resumed: ${stage}`, async () => {
      const { order, open, writes } = standingAt(step)
      if (step === 'recordChanges') order.place({ waitFor: 300 }).catch(() => {})
      else await order.place()
      await reach(order, writes)
      await order.handle.terminate('by hand')
      open()
      await until('it shows', async () =>
        (await runs.troubles()).some(({ orderId }) => orderId === order.orderId),
      )
      expect((await runs.trouble(order.orderId))?.error ?? '').toMatch(/terminated: .*orders resume/)
      expect(await runs.resume(order.orderId)).toBe('resumed')
      expect(await runs.resume(order.orderId)).toBe('running')
      await end(order)
      expect(await order.outcome()).toStrictEqual({ status: 'completed', reason: null, charged, refunded })
      expect(once(order)).toBeLessThanOrEqual(1)
      expect(await runs.trouble(order.orderId).then((trouble) => trouble?.step)).toBe('workflow')
    })

    it(`goes on from its record after it was reset to its begin: ${stage}`, async () => {
      const { order, open, writes } = standingAt(step)
      if (step === 'recordChanges') order.place({ waitFor: 300 }).catch(() => {})
      else await order.place()
      await reach(order, writes)
      await reset(order)
      open()
      await end(order)
      expect(await order.outcome()).toStrictEqual({ status: 'completed', reason: null, charged, refunded })
      expect(once(order)).toBeLessThanOrEqual(1)
    })
  }

  const reset = ({ handle }: OrderCase) => resetWorkflow(world.env.client, handle.workflowId)

  for (const [how, again] of [
    [
      'terminated and resumed',
      async (order: OrderCase) => {
        await order.handle.terminate()
        expect(await runs.resume(order.orderId)).toBe('resumed')
      },
    ],
    ['reset', reset],
  ] as const)
    it(`asks the customer again, before the same deadline, and reserves what was amended: ${how}`, async () => {
      const order = world.order({
        reserveStock: async (request) =>
          request.revision === 0 ? missing : reservedFrom(request, ['london']),
      })
      await order.place()
      await order.reach('awaiting_customer')
      const { asked } = order.record.order
      await again(order)
      await until('it asks again', async () =>
        (await order.progress()).waitingFor.includes(asked?.decideBefore ?? '?'),
      )
      await amend(order)
      await order.reach('shipping')
      await again(order)
      await order.reach('shipping')
      await order.tell('delivered')
      const whole = { status: 'completed', reason: null, charged: 600, refunded: 0 }
      expect(await order.outcome()).toStrictEqual(whole)
      expect(order.count('chargeOrder')).toBe(1)
    })

  it('is not undone because the stock of an amended order is not there for its first revision', async () => {
    const order = world.order({
      reserveStock: async (request) => {
        if (order.record.order.handedOff) return { kind: 'superseded' }
        return request.revision === 0 ? missing : reservedFrom(request, ['london'])
      },
    })
    await order.place()
    await order.reach('awaiting_customer')
    await amend(order)
    await order.reach('shipping')
    await reset(order)
    await until('it runs again', async () => (await order.progress()).status === 'shipping')
    await order.tell('delivered')
    expect(await order.outcome()).toStrictEqual({
      status: 'completed',
      reason: null,
      charged: 600,
      refunded: 0,
    })
    expect(order.steps.includes('cancelling')).toBe(false)
  })

  it('that cannot read its record yet judges what is asked of it when it can', async () => {
    let away = false
    const order = world.order({
      recordOrder: async () => {
        if (away) throw new Error('connection refused')
        return order.record.place()
      },
      reserveStock: async (request) => (request.revision === 0 ? missing : reservedFrom(request, ['london'])),
    })
    const answered = async <T>(ask: () => Promise<T>): Promise<T> => {
      away = true
      await order.handle.terminate()
      expect(await runs.resume(order.orderId)).toBe('resumed')
      await until('it is stuck', async () => (await order.progress()).stuck.length === 1)
      const answer = ask()
      away = false
      return answer
    }
    await order.place()
    await order.reach('awaiting_customer')
    const decided = await answered(() => amend(order))
    expect('refused' in decided).toBe(false)
    await order.reach('shipping')
    const shipmentId = `${order.orderId}-1`
    const moved = await answered(() =>
      order.workflows.moveShipment(order.orderId, { shipmentId, status: 'delivered', by: 'staff:ann' }),
    )
    expect('refused' in moved).toBe(false)
    expect((await order.outcome()).status).toBe('completed')
  })

  it('tells whoever amends that the record has another answer', async () => {
    const order = world.order({
      reserveStock: async (request) => (request.revision === 0 ? missing : reservedFrom(request, ['london'])),
    })
    await order.place()
    await order.reach('awaiting_customer')
    const lines = [{ lineNumber: 1, productId: '85123A', quantity: 2 }]
    order.record.bring({ type: 'amended', lines })
    expect('refused' in (await amend(order))).toBe(true)
    expect(order.record.order.lines).toStrictEqual(lines)
    await order.reach('shipping')
    await order.tell('delivered')
    expect((await order.outcome()).charged).toBe(200)
  })

  it('is no longer stuck at the recall of a parcel whose end is known meanwhile', async () => {
    const order = world.order({
      reserveStock: async (request) => reservedFrom(request, ['london', 'berlin']),
      recallShipment: async () => {
        throw new Error('connection refused')
      },
    })
    await order.place()
    await order.reach('shipping')
    await order.cancel()
    await until('both recalls are stuck', () => order.record.order.stuck.length === 2)
    await order.handle.terminate()
    const shipmentId = `${order.orderId}-1`
    order.record.bring({ type: 'shipment_moved', shipmentId, status: 'delivered' })
    expect(await runs.resume(order.orderId)).toBe('resumed')
    await until('one is', () => order.record.order.stuck.length === 1)
    expect(order.record.order.stuck[0]?.shipmentId).toBe(`${order.orderId}-2`)
  })

  it('that was placed and never recorded is recorded by the run that resumes it', async () => {
    const database = gate()
    const order = world.order({
      recordOrder: async () => {
        if (order.count('recordOrder') === 1) await database.opened
        return order.record.place()
      },
    })
    order.place({ waitFor: 300 }).catch(() => {})
    await asked(order, 'recordOrder')
    await order.handle.terminate()
    database.open()
    expect(await runs.resume(order.orderId)).toBe('resumed')
    await order.reach('shipping')
    await order.tell('delivered')
    expect((await order.outcome()).status).toBe('completed')
  })

  it('undoes what an earlier run had begun to undo, for the reason that is on record', async () => {
    const stock = gate()
    const order = world.order({
      chargeOrder: async () => ({ kind: 'declined', why: 'no_account', balance: 0 }),
      releaseStock: async () => {
        if (order.count('releaseStock') === 1) await stock.opened
      },
    })
    await order.place()
    await asked(order, 'releaseStock')
    await order.handle.terminate()
    stock.open()
    expect(await runs.resume(order.orderId)).toBe('resumed')
    expect((await order.outcome()).reason).toBe('payment_declined')
    expect(order.asked('releaseStock', 'recallShipment')).toStrictEqual(['releaseStock', 'releaseStock'])
  })

  it('is placed again with the same key: the same order, and no new start', async () => {
    const order = world.order()
    await order.place()
    await order.reach('shipping')
    await order.handle.terminate()
    const again = await order.place()
    expect('fingerprint' in again && [again.orderId, again.fingerprint]).toStrictEqual([order.orderId, 'f1'])
    expect(order.count('recordOrder')).toBe(1)
  })

  it('is unknown when nobody ever placed it', async () => {
    expect(await runs.resume(world.order().orderId)).toBe('unknown')
  })
})
