import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import { asCustomer, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'
import type { Probe } from '#platform/process/readiness.ts'
import type { Looking, Processes } from './look.ts'

let gateway: TestGateway
afterEach(() => gateway.stop())

const startedAt = '2010-12-01T08:00:00.000Z'
const at = timestampFromDate(new Date(startedAt))
const now = '2010-12-01T08:26:00.000Z'

const state = { version: '18.1', bytes: 2_000_000n, waiting: 2n, oldestAt: at }
const order = {
  startedAt: at,
  version: '0.1.0',
  dependencies: [{ name: 'database', state: 'up', since: at }],
  databases: [{ name: 'order_1', state }, { name: 'order_2' }],
}
const away = async (): Promise<never> => {
  throw new ConnectError('connect ECONNREFUSED 10.0.0.7:4003', Code.Unavailable)
}
const silent = () => new Promise<never>(() => {})
const processes = { order: { getProcess: async () => order }, payment: { getProcess: away } }
const system: Looking = {
  processes: processes as unknown as Processes,
  servers: { temporal: async () => ({ version: '1.31.0' }), redis: silent },
  groups: async () => [{ groupId: 'mail', members: 1, topics: { 'order.events': 3, 'payment.events': 1 } }],
}
const probes: Probe[] = [{ name: 'temporal', required: true, probe: async () => {} }]
const late = 'no answer within 2 s'

describe('the system', () => {
  it('tells staff how everything is that answers, and names what does not, in time', async () => {
    gateway = await startTestGateway({ system, probes })
    const { body, text } = await gateway.send('GET', '/v1/system')
    expect(body).toStrictEqual({
      at: now,
      services: [
        {
          name: 'gateway',
          state: 'up',
          since: expect.any(String),
          version: '0.1.0',
          why: null,
          needs: [{ name: 'temporal', state: 'up', since: now }],
        },
        {
          name: 'order',
          state: 'up',
          since: startedAt,
          version: '0.1.0',
          why: null,
          needs: [{ name: 'database', state: 'up', since: startedAt }],
        },
        { name: 'payment', state: 'down', since: now, version: null, why: 'it cannot be reached', needs: [] },
      ],
      servers: [
        { name: 'temporal', state: 'up', since: now, version: '1.31.0', why: null },
        { name: 'redis', state: 'down', since: now, version: null, why: late },
        { name: 'kafka', state: 'up', since: now, version: null, why: null },
      ],
      databases: [
        {
          service: 'order',
          name: 'order_1',
          state: 'up',
          version: '18.1',
          bytes: 2_000_000,
          outbox: { waiting: 2, oldestAt: startedAt },
          why: null,
        },
        {
          service: 'order',
          name: 'order_2',
          state: 'down',
          version: null,
          bytes: null,
          outbox: null,
          why: 'it does not answer its service',
        },
      ],
      consumerGroups: [
        { groupId: 'mail', members: 1, lag: 4, topics: { 'order.events': 3, 'payment.events': 1 } },
      ],
    })
    expect(text).not.toMatch(/10\.0\.0\.7/)
  })

  it('asks a Kafka that hangs once, whoever waits', async () => {
    let asked = 0
    const groups = () => {
      asked++
      return silent()
    }
    gateway = await startTestGateway({ system: { ...system, servers: {}, groups }, probes })
    const answers = await Promise.all([1, 2, 3].map(() => gateway.send('GET', '/v1/system')))
    const found = answers.map(({ body }) => [body.consumerGroups, body.servers])
    const kafka = { name: 'kafka', state: 'down', since: now, version: null, why: late }
    expect(found).toStrictEqual(found.map(() => [null, [kafka]]))
    expect(asked).toBe(1)
  })

  it('is for staff alone', async () => {
    gateway = await startTestGateway({ system, probes })
    expect((await gateway.send('GET', '/v1/system', { by: asCustomer('17850') })).status).toBe(403)
  })
})
