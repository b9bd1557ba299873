import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createRefundWorkflows } from '#clients/temporal/refunds.ts'
import type { RefundByStaff } from '#contracts/refund.ts'
import { refundWorkflowId } from '#contracts/temporal.ts'
import { until } from '#platform/testing/fixtures.ts'
import { failing, gate, refunds } from '#tests/support/services.ts'
import { type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'

describe('the refund workflow', () => {
  let world: OrderWorld
  beforeAll(async () => {
    world = await startOrderWorld('time-skipping')
  })
  afterAll(() => world.stop())

  const give = (request: Partial<RefundByStaff> & { orderId: string }) =>
    createRefundWorkflows(world.env.client).refund(
      { key: 'k1', amount: 300, reason: 'scratched', by: 'staff:ann', traceparent: '', ...request },
      { waitFor: 20_000 },
    )

  it('gives money back, and the order’s history says who did it and why', async () => {
    const order = world.order()
    expect(await give(order)).toStrictEqual({ kind: 'refunded', amount: 300 })
    expect(order.history.map(({ key, by, note, change }) => ({ key, by, note, change }))).toStrictEqual([
      {
        key: 'refunded/staff/k1',
        by: 'staff:ann',
        note: 'scratched',
        change: { type: 'refunded', part: 'staff/k1', shipmentId: null, amount: 300 },
      },
    ])
  })

  it('answers a repeat of its key the same, and pays once', async () => {
    const order = world.order()
    expect(await give(order)).toStrictEqual(await give(order))
    expect(order.count('refundOrder')).toBe(1)
  })

  it('refuses more than is left with what is left, and writes nothing', async () => {
    const order = world.order({ refundOrder: async () => ({ kind: 'refused', refundable: 250 }) })
    expect(await give(order)).toStrictEqual({ kind: 'refused', refundable: 250 })
    expect(order.history).toStrictEqual([])
  })

  it('is not given up while a service is away', async () => {
    const order = world.order({
      refundOrder: failing(9, refunds(300)),
      recordChanges: failing(9, async () => onRecord),
    })
    expect(await give(order)).toStrictEqual({ kind: 'refunded', amount: 300 })
    expect([order.count('refundOrder'), order.count('recordChanges')]).toStrictEqual([10, 10])
  })

  // The last: a wait for a terminated workflow stops the server's skipping of time.
  it('is finished under its key after its workflow was terminated', async () => {
    const payment = gate()
    const order = world.order({
      refundOrder: async () => {
        if (order.count('refundOrder') === 1) await payment.opened
        return { kind: 'refunded', amount: 300 }
      },
    })
    const lost = expect(give(order)).rejects.toThrow()
    await until('it pays', () => order.count('refundOrder') === 1)
    await world.env.client.workflow.getHandle(refundWorkflowId(order.orderId, 'k1', 300)).terminate()
    payment.open()
    await lost
    expect(await give(order)).toStrictEqual({ kind: 'refunded', amount: 300 })
    expect(order.history.length).toBe(1)
  })
})

const onRecord = { kind: 'as_noted' as const, sequence: 10 }
