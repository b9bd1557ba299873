import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { testServer, until } from '#platform/testing/fixtures.ts'
import { failing } from '#tests/support/services.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { startOrderWorld } from '#tests/support/workflow.ts'
import { createOrderAttempts } from './attempts.ts'

describe('what an order’s workflow waits for in other services', () => {
  let world: Awaited<ReturnType<typeof startOrderWorld>>
  beforeAll(async () => {
    const address = testServer('TEST_TEMPORAL_ADDRESS')
    world = await startOrderWorld({ address, namespace: await ownNamespace(address) })
  })
  afterAll(() => world.stop())

  /** An order whose charge fails so often that it is tried slowly, some ten seconds apart. */
  async function stuckAtCharge(times = 8) {
    const attempts = createOrderAttempts(world.env.client)
    const order = world.order({
      chargeOrder: failing(times, async () => ({ kind: 'charged', transferId: 't1' })),
    })
    await order.place()
    await until('it is stuck', () => order.steps.includes('stuck'), 30_000)
    const only = async () => {
      const [step, ...others] = await attempts.list(order.orderId)
      ensure(step && others.length === 0, 'one step is pending')
      return step
    }
    const isWaiting = async () => (await attempts.list(order.orderId))[0]?.state === 'waiting'
    await until('its next attempt is set', isWaiting, 30_000)
    return { order, attempts, only }
  }

  it('says how often it was tried, what came of it, and when it is tried again', async () => {
    const { order, only } = await stuckAtCharge()
    const step = await only()
    expect([step.activityType, step.service, step.lastFailure]).toStrictEqual([
      'chargeOrder',
      'payment',
      'connection refused',
    ])
    ensure(step.attempt > 1 && step.nextRetryAt && step.nextRetryAt.getTime() > Date.now())
    ensure(step.workerSeenAt && Date.now() - step.workerSeenAt.getTime() < 120_000, 'a worker was seen')
    await order.handle.terminate()
  })

  it('is tried at once when staff ask for it', async () => {
    const { order, attempts, only } = await stuckAtCharge(7)
    const { activityId } = await only()
    const began = Date.now()
    expect(await attempts.act('retry', order.orderId, activityId, 'staff:ann')).toBe(true)
    await until('it is charged', () => order.charged > 0, 4_000)
    ensure(Date.now() - began < 4_000)
    await until('it has nothing to wait for', async () => (await attempts.list(order.orderId)).length === 0)
    expect(await attempts.act('retry', order.orderId, activityId, 'staff:ann')).toBe(false)
    await order.handle.terminate()
  })

  it('rests while staff have paused it, who did it and why is told, and goes on when they say so', async () => {
    const { order, attempts, only } = await stuckAtCharge(7)
    const { activityId } = await only()
    await attempts.act('pause', order.orderId, activityId, 'staff:ann', 'the bank is asleep')
    const paused = await only()
    expect([paused.state, paused.paused?.by, paused.paused?.reason]).toStrictEqual([
      'paused',
      'staff:ann',
      'the bank is asleep',
    ])
    expect(order.charged).toBe(0)
    await attempts.act('resume', order.orderId, activityId, 'staff:ann')
    await until('it is charged', () => order.charged > 0, 10_000)
    await order.handle.terminate()
  })

  it('is nothing for an order that nobody knows', async () => {
    const attempts = createOrderAttempts(world.env.client)
    expect(await attempts.list('019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f')).toStrictEqual([])
    expect(await attempts.act('pause', '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f', '1', 'staff:ann')).toBe(false)
  })
})
