import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import { bucketOf, newIdInBucket } from '#platform/ids.ts'
import { asCustomer, noSuch, type Services, startTestGateway, type TestGateway } from '../testing/fixtures.ts'
import { assertOwned } from './authorise.ts'

const orderOf = (customerId: string) => newIdInBucket(bucketOf(customerId), new Date())
const mine = asCustomer('17850')

let gateway: TestGateway
afterEach(() => gateway.stop())

/** Orders belong to `owner`; `asked` are the order ids that were looked up. */
async function start(owner: string, services: Services = {}) {
  const asked: string[] = []
  gateway = await startTestGateway({
    orders: {
      getOrder: ({ orderId }) => {
        asked.push(orderId)
        if (owner === '') throw noSuch('order')
        return { order: { orderId, customerId: owner, source: 'web', status: 'paid' } }
      },
    },
    ...services,
  })
  return { ...gateway, asked }
}

describe("another customer's order", () => {
  it('is answered like one that does not exist, word for word', async () => {
    const orderId = orderOf('17850')
    const answers = []
    for (const owner of ['13047', '']) {
      await gateway?.stop()
      const { send } = await start(owner)
      const { status, body } = await send('POST', `/v1/orders/${orderId}/cancel`, { by: mine })
      answers.push({ status, ...body, instance: '' })
    }
    expect(answers[0]?.status).toBe(404)
    expect(answers[0]).toStrictEqual(answers[1])
  })

  it('is mostly told by its id alone', async () => {
    const { send, asked } = await start('13047')
    expect(bucketOf('13047')).not.toBe(bucketOf('17850'))
    expect((await send('GET', `/v1/orders/${orderOf('13047')}`, { by: mine })).status).toBe(404)
    expect((await send('GET', '/v1/orders/4711', { by: mine })).status).toBe(404)
    expect(asked).toStrictEqual([])
  })

  it('is not taken for missing while nobody can tell', async () => {
    const { send } = await start('', {
      orders: {
        getOrder: () => {
          throw new ConnectError('the database is away', Code.Unavailable)
        },
      },
    })
    expect((await send('GET', `/v1/orders/${orderOf('17850')}`, { by: mine })).status).toBe(503)
  })
})

describe('who may do something', () => {
  it('is decided before the body is read', async () => {
    const { send } = await start('17850')
    const raw = '{ this is no JSON'
    expect((await send('PUT', '/v1/products', { raw, by: mine })).status).toBe(403)
    expect((await send('PUT', '/v1/products', { raw, by: 'nobody' })).status).toBe(401)
    expect((await send('PUT', '/v1/products', { raw })).status).toBe(400)
  })

  it('cannot be declared for a path that names no owner', async () => {
    await start('17850')
    expect(() => assertOwned({ access: 'owner', method: 'get', path: '/v1/things/{thingId}' })).toThrow(
      /names none/,
    )
    assertOwned({ access: 'owner', method: 'get', path: '/v1/accounts/{customerId}' })
  })
})
