import { afterEach, describe, expect, it } from '@jest/globals'
import { asCustomer, asStaff, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'
import type { StepAttempt } from '#contracts/clients.ts'

const orderId = '019a8f3c-5d2e-7c41-9b1a-3f6f0c2d4e5f'
const at = '2010-12-01T08:36:00.000Z'
const attempt: StepAttempt = {
  activityId: '3',
  activityType: 'chargeOrder',
  service: 'payment',
  state: 'waiting',
  attempt: 7,
  scheduledAt: null,
  lastStartedAt: null,
  nextRetryAt: new Date(at),
  lastFailure: 'connection refused',
  lastWorker: null,
  workerSeenAt: null,
  paused: null,
}

let gateway: TestGateway
afterEach(() => gateway.stop())

describe('the steps that an order waits for', () => {
  it('are told to staff as Temporal has them, and to nobody else', async () => {
    gateway = await startTestGateway({ attempts: { list: async () => [attempt] } })
    const path = `/v1/orders/${orderId}/attempts`
    const { status, body } = await gateway.send('GET', path, { by: asStaff })
    expect(status).toBe(200)
    expect(body).toStrictEqual({ orderId, attempts: [{ ...attempt, nextRetryAt: at }] })
    expect((await gateway.send('GET', path, { by: asCustomer('17850') })).status).toBe(403)
  })

  it('are tried again, paused and resumed in the name of whoever asks', async () => {
    const asked: unknown[][] = []
    const act = async (...all: unknown[]) => asked.push(all) > 0
    gateway = await startTestGateway({ attempts: { act } })
    const ask = (action: string, body = {}) =>
      gateway.send('POST', `/v1/orders/${orderId}/attempts/3/${action}`, { body, by: asStaff })
    expect((await ask('retry')).status).toBe(200)
    expect((await ask('pause', { reason: 'the bank sleeps' })).status).toBe(200)
    expect((await ask('resume')).status).toBe(200)
    expect(asked).toStrictEqual([
      ['retry', orderId, '3', 'staff:ann', undefined],
      ['pause', orderId, '3', 'staff:ann', 'the bank sleeps'],
      ['resume', orderId, '3', 'staff:ann', undefined],
    ])
  })

  it('that are done meanwhile are not there any more', async () => {
    gateway = await startTestGateway({ attempts: { act: async () => false } })
    const path = `/v1/orders/${orderId}/attempts/3/retry`
    const { status, body } = await gateway.send('POST', path, { body: {}, by: asStaff })
    expect([status, body.type]).toStrictEqual([404, '/problems/not-found'])
  })
})
