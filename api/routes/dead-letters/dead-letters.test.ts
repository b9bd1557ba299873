import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  noSuch,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import type { Redrive } from '#contracts/dead-letter.ts'
import type { ListDeadLettersRequest } from '#generated/proto/deadletter/v1/deadletter_pb.ts'

const at = timestampFromDate(new Date('2010-12-01T08:26:00Z'))
const letter = {
  id: 'pre_orders/0/42',
  topic: 'pre_orders',
  key: 'partner/536365',
  type: 'PreOrder',
  messageId: 'm1',
  reason: 'the message is no PreOrder',
  groups: ['order'],
  at,
}
const shown = {
  ...letter,
  at: '2010-12-01T08:26:00.000Z',
  redriven: null,
}

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

describe('dead letters', () => {
  it('are listed page by page, those of a topic, with those that were redriven or without', async () => {
    const asked: ListDeadLettersRequest[] = []
    const { send } = await start({
      deadLetters: {
        listDeadLetters: (request) => {
          asked.push(request)
          return { deadLetters: [letter], nextCursor: 'page-2' }
        },
      },
    })
    const { body } = await send('GET', '/v1/dead-letters')
    expect(body).toStrictEqual({ deadLetters: [shown], nextCursor: 'page-2' })
    await send('GET', '/v1/dead-letters?topic=pre_orders&withRedriven=true&cursor=page-2&limit=10')
    const asks = asked.map(({ topic, withRedriven, cursor, pageSize }) => [
      topic,
      withRedriven,
      cursor,
      pageSize,
    ])
    expect(asks).toStrictEqual([
      ['', false, '', 50],
      ['pre_orders', true, 'page-2', 10],
    ])
    expect((await send('GET', '/v1/dead-letters', { by: asCustomer('17850') })).status).toBe(403)
  })

  it('show their content, decoded or as it is', async () => {
    const { send } = await start({
      deadLetters: {
        getDeadLetter: ({ id }) => {
          const opened = { ...letter, id, headers: { type: 'PreOrder' }, value: Uint8Array.of(1, 2, 3) }
          if (id.endsWith('/43')) return { deadLetter: { ...opened, undecodable: 'premature EOF' } }
          const redriven = { redrivenAt: at, redrivenBy: 'staff:ann' }
          return { deadLetter: { ...opened, ...redriven, json: '{"source":"fax"}' } }
        },
      },
    })
    const { body } = await send('GET', '/v1/dead-letters/pre_orders/0/42')
    expect(body).toStrictEqual({
      ...shown,
      redriven: { at: shown.at, by: 'staff:ann' },
      headers: { type: 'PreOrder' },
      value: 'AQID',
      content: { source: 'fax' },
      undecodable: null,
    })
    const undecodable = await send('GET', '/v1/dead-letters/pre_orders/0/43')
    expect([undecodable.body.content, undecodable.body.undecodable]).toStrictEqual([null, 'premature EOF'])
    expect((await send('GET', '/v1/dead-letters/pre_orders/0/-1')).status).toBe(400)
  })
})

describe('a redrive', () => {
  const path = '/v1/dead-letters/redrive'
  const known: Services['deadLetters'] = {
    getDeadLetter: ({ id }) => {
      if (!id.startsWith('pre_orders/')) throw noSuch('dead letter')
      return { deadLetter: { ...letter, id } }
    },
    listDeadLetters: ({ cursor }) =>
      cursor === ''
        ? { deadLetters: [{ id: 'pre_orders/0/3' }, { id: 'pre_orders/1/2' }], nextCursor: 'page-2' }
        : { deadLetters: [{ id: 'pre_orders/0/1' }] },
  }
  const startRedriving = async (services: Services = {}) => {
    const begun: Redrive[] = []
    const redrives = { start: async (redrive: Redrive) => void begun.push(redrive), ...services.redrives }
    const { send } = await start({ deadLetters: known, ...services, redrives })
    return { send, begun }
  }

  it('of some letters is begun in the name of who asks for it, and says where to look', async () => {
    const { send, begun } = await startRedriving()
    const ids = ['pre_orders/0/42', 'pre_orders/0/7']
    const { status, body, headers } = await send('POST', path, { body: { ids } })
    expect(status).toBe(202)
    expect(body.letters).toBe(2)
    expect(headers.get('Location')).toBe(`/v1/redrives/${String(body.redriveId)}`)
    expect(begun).toStrictEqual([{ redriveId: body.redriveId, letterIds: ids, by: 'staff:ann' }])
  })

  it('of a topic takes all its open letters, in the order in which they came', async () => {
    const { send, begun } = await startRedriving()
    await send('POST', path, { body: { topic: 'pre_orders' } })
    expect(begun[0]?.letterIds).toStrictEqual(['pre_orders/0/1', 'pre_orders/1/2', 'pre_orders/0/3'])
  })

  it('that is only tried says which letters it would send, and sends none', async () => {
    const { send, begun } = await startRedriving()
    const { status, body } = await send('POST', path, { body: { topic: 'pre_orders', dryRun: true } })
    expect(status).toBe(200)
    expect(body.letters).toBe(3)
    expect((body.deadLetters as { id: string }[]).map(({ id }) => id)).toStrictEqual([
      'pre_orders/0/1',
      'pre_orders/1/2',
      'pre_orders/0/3',
    ])
    expect(begun).toStrictEqual([])
  })

  it('sends another content in place of a letter', async () => {
    const { send, begun } = await startRedriving()
    const replacement = { type: 'PreOrder', content: { source: 'partner' } }
    await send('POST', path, { body: { ids: [letter.id], replacement } })
    expect(begun[0]?.replacement).toStrictEqual({ type: 'PreOrder', json: '{"source":"partner"}' })
    const several = { ids: ['pre_orders/0/1', 'pre_orders/0/2'], replacement }
    const refused = await send('POST', path, { body: several })
    expect(refused.body.errors).toStrictEqual([
      { path: 'replacement', message: 'must come with a single id' },
    ])
    const broken = { ids: [letter.id], replacement: { ...replacement, content: 'source' } }
    expect((await send('POST', path, { body: broken })).body.errors).toStrictEqual([
      { path: 'replacement.content', message: 'must be an object' },
    ])
  })

  it('names the letters that are not there, by their fields', async () => {
    const { send, begun } = await startRedriving()
    const ids = ['pre_orders/0/42', 'order.events/0/1']
    const { status, body } = await send('POST', path, { body: { ids } })
    expect(status).toBe(422)
    expect(body.errors).toStrictEqual([{ path: 'ids[1]', message: 'there is no such dead letter' }])
    expect(begun).toStrictEqual([])
  })

  it('takes either ids or a topic', async () => {
    const { send } = await startRedriving()
    for (const body of [{}, { ids: [letter.id], topic: 'pre_orders' }, { ids: [] }, { ids: ['42'] }]) {
      expect((await send('POST', path, { body })).status).toBe(422)
    }
  })

  it('of a topic without open letters is refused, but not the repeat of one that has taken them all', async () => {
    let redriven = false
    const { send } = await startRedriving({
      deadLetters: { listDeadLetters: () => ({ deadLetters: redriven ? [] : [letter] }) },
      redrives: {
        progress: async () =>
          redriven
            ? { running: false, total: 1, done: [{ letterId: letter.id, kind: 'redriven' }] }
            : undefined,
      },
    })
    const redrive = () =>
      send('POST', path, { body: { topic: 'pre_orders' }, headers: { 'Idempotency-Key': 'k1' } })
    const first = await redrive()
    redriven = true
    expect((await redrive()).body).toStrictEqual(first.body)
    await gateway.stop()
    const { send: ask } = await startRedriving({ deadLetters: { listDeadLetters: () => ({}) } })
    expect((await ask('POST', path, { body: { topic: 'pre_orders' } })).status).toBe(404)
  })

  it('tells how far it is', async () => {
    const redriveId = '019a8f3c-8123-7b45-8c67-d89e0f1a2b3c'
    const { send } = await startRedriving({
      redrives: {
        progress: async (id) =>
          id === redriveId
            ? {
                running: true,
                total: 3,
                done: [
                  { letterId: letter.id, kind: 'redriven' },
                  { letterId: 'pre_orders/0/7', kind: 'invalid_replacement', problem: 'no source' },
                ],
              }
            : undefined,
      },
    })
    const { body } = await send('GET', `/v1/redrives/${redriveId}`)
    expect(body).toStrictEqual({
      redriveId,
      running: true,
      total: 3,
      done: [
        { letterId: letter.id, kind: 'redriven', problem: null },
        { letterId: 'pre_orders/0/7', kind: 'invalid_replacement', problem: 'no source' },
      ],
    })
    expect((await send('GET', `/v1/redrives/${redriveId.replace('019a', '019b')}`)).status).toBe(404)
  })
})
