import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import { asCustomer, type Services, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'
import type { CourierHabits, GeneratorSettings } from '#contracts/rest/demo.ts'

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway({ demo: true, ...services })
  return gateway
}
afterEach(() => gateway.stop())

const habits: CourierHabits = { lose: 0.5, duplicate: 0, shuffle: 0.25, delay: 1, step: 100 }

describe('the courier of a demonstration', () => {
  it('works as staff say', async () => {
    let now = habits
    const courier: Services['courier'] = {
      getHabits: () => ({ habits: now }),
      putHabits: ({ habits }) => {
        if (habits) now = habits
        return { habits: now }
      },
    }
    const { send } = await start({ courier })
    expect((await send('GET', '/v1/demo/courier')).body).toStrictEqual(habits)
    const worse = { ...habits, lose: 1, step: 60_000 }
    expect((await send('PUT', '/v1/demo/courier', { body: worse })).body).toStrictEqual(worse)
    expect((await send('GET', '/v1/demo/courier')).body).toStrictEqual(worse)
  })

  it('is told no nonsense, and nothing by customers', async () => {
    const { send } = await start()
    for (const [field, value] of [
      ['lose', 1.1],
      ['delay', -0.1],
      ['step', 0],
      ['step', 60_001],
    ]) {
      const reply = await send('PUT', '/v1/demo/courier', { body: { ...habits, [String(field)]: value } })
      expect([reply.status, (reply.body.errors as { path: string }[])[0]?.path]).toStrictEqual([422, field])
    }
    const by = asCustomer('17850')
    expect((await send('PUT', '/v1/demo/courier', { body: habits, by })).status).toBe(403)
  })

  it('is unavailable while it is away', async () => {
    const getHabits = () => {
      throw new ConnectError('away', Code.Unavailable)
    }
    const { send } = await start({ courier: { getHabits } })
    expect((await send('GET', '/v1/demo/courier')).status).toBe(503)
  })
})

const part: GeneratorSettings = {
  rate: 0.5,
  invalid: 0.1,
  duplicate: 0.2,
  unaffordable: 0,
  outOfStock: 0,
  far: 0.3,
  running: true,
}
const report = (source: string) => gateway.send('PUT', `/v1/demo/generators/${source}`, { body: part })
const put = (body: object) => gateway.send('PUT', '/v1/demo/generators', { body })
const look = async () => (await gateway.send('GET', '/v1/demo/generators')).body

describe('the generators of a demonstration', () => {
  it('do what they were started for until staff say otherwise: then each its part', async () => {
    await start()
    expect((await report('web')).body).toStrictEqual(part)
    expect((await report('partner')).body).toStrictEqual(part)
    expect(await look()).toStrictEqual({ ...part, rate: 1, sources: ['web', 'partner'] })

    const asked = { ...part, rate: 10, outOfStock: 0.5 }
    expect((await put(asked)).body).toStrictEqual({ ...asked, sources: ['web', 'partner'] })
    expect((await report('web')).body).toStrictEqual({ ...asked, rate: 5 })
    expect(await look()).toStrictEqual({ ...asked, sources: ['web', 'partner'] })
  })

  it('are told nothing while none is there, and no nonsense', async () => {
    await start()
    expect(await look()).toMatchObject({ rate: 0, running: false, sources: [] })
    expect((await put(part)).status).toBe(409)
    await report('web')
    expect((await put({ ...part, rate: 51 })).status).toBe(422)
    expect((await put({ ...part, invalid: 0.6, far: 0.6 })).status).toBe(422)
  })
})

describe('a process of a demonstration', () => {
  const stop = (body: object) => gateway.send('POST', '/v1/demo/stop', { body })

  it('is stopped for a while', async () => {
    const asked: [string, number][] = []
    const control = {
      stop: async (service: string, seconds: number) => {
        asked.push([service, seconds])
        return asked.length > 1 ? ('stopped' as const) : undefined
      },
    }
    await start({ control })
    const { status, body } = await stop({ service: 'inventory', seconds: 30 })
    expect([status, body]).toStrictEqual([202, { service: 'inventory', until: '2010-12-01T08:26:30.000Z' }])
    expect((await stop({ service: 'inventory', seconds: 30 })).status).toBe(409)
    expect((await stop({ service: 'inventory', seconds: 121 })).status).toBe(422)
    expect((await stop({ service: 'gateway', seconds: 30 })).status).toBe(422)
    expect(asked).toHaveLength(2)
  })
})

it('Where there is no demonstration, nobody plays', async () => {
  gateway = await startTestGateway()
  const replies = await Promise.all([
    gateway.send('GET', '/v1/demo/courier'),
    gateway.send('PUT', '/v1/demo/courier', { body: habits }),
    gateway.send('GET', '/v1/demo/generators'),
    put(part),
    report('web'),
    gateway.send('POST', '/v1/demo/stop', { body: { service: 'payment', seconds: 1 } }),
  ])
  expect(replies.map(({ status }) => status)).toStrictEqual([404, 404, 404, 404, 404, 404])
})
