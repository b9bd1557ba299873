import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { orderWorkflowId } from '#contracts/temporal.ts'
import { about } from '#platform/testing/expect.ts'
import { until } from '#platform/testing/fixtures.ts'
import { type System, startSystem } from '#tests/support/system.ts'
import { resetWorkflow } from '#tests/support/temporal.ts'

type Order = {
  orderId: string
  status: string
  waitingFor: string | null
  history: { type: string; note: string | null }[]
}

/** Enough pieces for every order of the test, but not for one. */
const tooMany = 900_000
const patience = 60_000

describe('orders whose workflows are ended or reset by force', () => {
  let system: System
  let client: Client
  beforeAll(async () => {
    system = await startSystem({ ORDER_DECISION_TIMEOUT: '10m' })
    const { TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = '' } = system.environment
    client = new Client({ connection: await Connection.connect({ address }), namespace })
  })
  afterAll(async () => {
    await client?.connection.close()
    await system?.stop()
  })

  const find = async (orderId: string) => (await system.rest<Order>('GET', `/v1/orders/${orderId}`)).body
  const post = async (orderId: string, path: string, body?: object) => {
    const answer = await system.rest<{ workflow: string }>('POST', `/v1/orders/${orderId}${path}`, body)
    about(`${path} of ${orderId}`, () => expect(answer.status).toBe(200))
    return answer.body
  }
  const reaches = (orderId: string, what: string, holds: (order: Order) => boolean) =>
    until(`${orderId} is ${what}`, async () => holds(await find(orderId)), patience)

  /** Two orders that stand at the same step. */
  async function stand(what: string, holds: (order: Order) => boolean, quantity = 1): Promise<string[]> {
    const place = async () => {
      const body = { customerId: '17850', lines: [{ productId: '85123A', quantity }] }
      const { orderId } = (await system.rest<Order>('POST', '/v1/orders', body)).body
      await reaches(orderId, what, holds)
      return orderId
    }
    return [await place(), await place()]
  }
  const isAt = (status: string) => (order: Order) => order.status === status
  const waitsFor = (what: string) => (order: Order) => order.waitingFor?.startsWith(what) === true

  it('go on from their record, whatever step they stood at, and nothing is done twice', async () => {
    const asked = await stand('awaiting its customer', isAt('awaiting_customer'), tooMany)
    await system.kill('logistics')
    const shipping = await stand('with the courier', isAt('shipping'))
    const recalled = await stand('with the courier', isAt('shipping'))
    for (const orderId of recalled) await post(orderId, '/cancel', {})
    await system.kill('payment')
    const charging = await stand('being charged', waitsFor('Charging'))
    await system.kill('inventory')
    const reserving = await stand('reserving', waitsFor('Reserving'))

    const all = [asked, shipping, recalled, charging, reserving]
    for (const [ended = '', reset = ''] of all) {
      await client.workflow.getHandle(orderWorkflowId(ended)).terminate('by hand')
      await resetWorkflow(client, orderWorkflowId(reset))
      expect((await post(ended, '/resume')).workflow).toBe('resumed')
      expect((await post(reset, '/resume')).workflow).toBe('running')
    }
    for (const name of ['logistics', 'payment', 'inventory']) await system.start(name)
    for (const orderId of asked) {
      await reaches(orderId, 'awaiting its customer', waitsFor('The customer must decide'))
      await post(orderId, '/decision', { kind: 'amend', lines: [{ lineNumber: 1, quantity: 2 }] })
    }

    const has = ({ status }: Order) => status === 'completed' || status === 'cancelled'
    for (const orderId of all.flat()) {
      await reaches(orderId, 'over', has)
      const { status, history } = await find(orderId)
      if (!recalled.includes(orderId)) expect(status).toBe('completed')
      const steps = history
        .filter(({ type }) => !/stuck/.test(type))
        .map(({ type, note }) => `${type}: ${note}`)
      about(`${orderId} went each step once`, () => expect(steps).toStrictEqual([...new Set(steps)]))
      expect(history.filter(({ type }) => type === 'paid').length).toBe(1)
    }
    await system.audit()
  })
})
