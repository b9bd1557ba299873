import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { gate, refunds, reservedChange, reservedFrom } from '#tests/support/services.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'

const handedOff = { type: 'handed_off' as const, transferId: 't1' }

/**
 * What the time-skipping server cannot do: it counts no transitions, loses updates that come during a local activity,
 * and no longer skips time once an activity outlived its workflow.
 */
describe('the order workflow on a real server', () => {
  let world: OrderWorld
  beforeAll(async () => {
    const address = process.env.TEST_TEMPORAL_ADDRESS
    ensure(address, 'TEST_TEMPORAL_ADDRESS names a Temporal server: run the tests with npm test')
    world = await startOrderWorld({ address, namespace: await ownNamespace(address) })
  })
  afterAll(() => world.stop())

  it('costs at most 42 events and 18 state transitions with three courier events', async () => {
    // An update that reaches the server a moment late costs a task more: the cheapest of three counts.
    const costs = []
    for (let i = 0; i < 3; i++) costs.push(await costOfHappyOrder())
    const [cheapest] = costs.toSorted((one, other) => one.events - other.events)
    ensure(cheapest)
    console.log(`a happy order: ${cheapest.events} events, ${cheapest.transitions} state transitions`)
    expect(cheapest.events).toBeLessThanOrEqual(42)
    expect(cheapest.transitions).toBeLessThanOrEqual(18)
  })

  async function costOfHappyOrder() {
    const order = world.order()
    await order.place()
    await order.reach('shipping')
    for (const [i, status] of (['created', 'sent_to_customer', 'delivered'] as const).entries()) {
      await order.tell(status)
      await until(
        `${status} is on record`,
        () => order.steps.filter((step) => step === 'shipment_moved').length > i,
      )
    }
    await order.outcome()
    const { events } = await order.handle.fetchHistory()
    const { raw } = await order.handle.describe()
    const transitions = Number(raw.workflowExecutionInfo?.stateTransitionCount)
    return { events: events?.length ?? Number.POSITIVE_INFINITY, transitions }
  }

  it('is cancelled before it is recorded: nothing is reserved', async () => {
    const database = gate()
    const order = world.order({
      recordOrder: async () => {
        await database.opened
        return order.record.place()
      },
    })
    const placing = order.place()
    await until('it is being recorded', () => order.count('recordOrder') > 0)
    const cancelling = order.cancel()
    database.open()
    await Promise.all([placing, cancelling])
    expect((await order.outcome()).status).toBe('cancelled')
    expect(order.count('chargeOrder')).toBe(0)
  })

  it('is cancelled while it hands off: the parcels are recalled', async () => {
    const database = gate()
    const order = world.order({
      beforeChanges: async ({ changes }) => {
        if (changes.some(({ change }) => change.type === 'handed_off')) await database.opened
      },
    })
    await order.place()
    await until('it hands off', () =>
      order.calls.some(({ request }) => JSON.stringify(request).includes('handed_off')),
    )
    const cancelling = order.cancel()
    database.open()
    await cancelling
    expect(await order.outcome()).toStrictEqual({
      status: 'cancelled',
      reason: 'customer',
      charged: 800,
      refunded: 800,
    })
    expect(order.count('recallShipment')).toBe(1)
  })

  it('is cancelled while it reserves: the stock that may have been taken is released', async () => {
    const inventory = gate()
    const order = world.order({
      reserveStock: async (request) => {
        await inventory.opened
        return reservedFrom(request, ['london'])
      },
    })
    await order.place()
    await until('it reserves', () => order.count('reserveStock') > 0)
    expect(await order.cancel()).toStrictEqual({
      orderId: order.orderId,
      status: 'cancelling',
      accepted: true,
    })
    expect(await order.outcome()).toStrictEqual({
      status: 'cancelled',
      reason: 'customer',
      charged: 0,
      refunded: 0,
    })
    inventory.open()
    expect(order.asked('chargeOrder', 'releaseStock')).toStrictEqual(['releaseStock'])
  })

  it('is cancelled while it charges: refunded, then released', async () => {
    const payment = gate()
    const order = world.order({
      chargeOrder: async () => {
        await payment.opened
        return { kind: 'charged', transferId: 't1' }
      },
      refundOrder: refunds(800),
    })
    await order.place()
    await until('it charges', () => order.count('chargeOrder') > 0)
    await order.cancel('staff')
    const outcome = await order.outcome()
    payment.open()
    expect({ ...outcome, charged: 0 }).toStrictEqual({
      status: 'cancelled',
      reason: 'staff',
      charged: 0,
      refunded: 800,
    })
    expect(order.asked('refundOrder', 'releaseStock')).toStrictEqual(['refundOrder', 'releaseStock'])
  })

  it('is cancelled once when it is asked twice; after its end it is refused', async () => {
    const inventory = gate()
    const order = world.order({
      releaseStock: () => inventory.opened,
      chargeOrder: () => inventory.opened.then(() => ({ kind: 'charged', transferId: 't1' })),
    })
    await order.place()
    await until('it charges', () => order.count('chargeOrder') > 0)
    await order.cancel()
    expect('accepted' in (await order.cancel())).toBe(true)
    inventory.open()
    expect((await order.outcome()).status).toBe('cancelled')
    expect(order.count('releaseStock')).toBe(1)
    expect(((await order.cancel()) as { refused: string }).refused).toBe('NotFound')
  })

  it('recalls the parcels of a hand-off that is on record, though its worker died before the workflow heard of it', async () => {
    const payment = gate()
    const order = world.order({
      chargeOrder: async () => {
        await payment.opened
        return { kind: 'charged', transferId: 't1' }
      },
    })
    await order.place()
    await until('it charges', () => order.count('chargeOrder') > 0)
    order.record.bring(reservedChange(order.request), handedOff)
    await order.cancel()
    const outcome = await order.outcome()
    payment.open()
    expect(outcome).toStrictEqual({ status: 'cancelled', reason: 'customer', charged: 800, refunded: 800 })
    expect(order.asked('recallShipment', 'refundOrder', 'releaseStock')).toStrictEqual([
      'recallShipment',
      'refundOrder',
      'releaseStock',
    ])
  })

  it('ends as it ended on record, though its worker died before the workflow heard of it', async () => {
    const order = world.order({
      beforeChanges: async () => order.record.bring({ type: 'cancelled', reason: 'staff' }),
    })
    await order.place()
    expect((await order.outcome()).status).toBe('cancelled')
    expect(order.count('recallShipment') + order.count('refundOrder') + order.count('releaseStock')).toBe(0)
  })
})
