import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import { asCustomer, type Services, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'
import { refusal } from '#platform/grpc/refusals.ts'

let gateway: TestGateway
const start = async (users: Services['users']) => {
  gateway = await startTestGateway({ users })
  return gateway
}
afterEach(() => gateway.stop())

const ada = { userName: 'ada@example.com', role: 'customer', id: '17850' }
const at = '2010-12-01T08:26:00.000Z'

describe('a user', () => {
  it('is found by name or id', async () => {
    const asked: string[] = []
    const { send } = await start({
      getUser: ({ nameOrId }) => {
        asked.push(nameOrId)
        return { user: ada }
      },
    })
    const { body } = await send('GET', '/v1/users/ada%40example.com')
    expect(body).toStrictEqual({ ...ada, disabledAt: null })
    await send('GET', '/v1/users/17850')
    expect(asked).toStrictEqual(['ada@example.com', '17850'])
    expect((await send('GET', '/v1/users/a%20b')).status).toBe(400)
    expect((await send('GET', '/v1/users/17850', { by: asCustomer('17850') })).status).toBe(403)
  })

  it('is disabled and removed by staff, whom the service hears of', async () => {
    const asked: unknown[] = []
    const { send } = await start({
      setUserDisabled: ({ userName, disabled, by }) => {
        asked.push([userName, disabled, by])
        return { user: { ...ada, disabledAt: timestampFromDate(new Date(at)) } }
      },
      removeUser: ({ userName, by }) => {
        asked.push([userName, by])
        return {}
      },
    })
    const { body } = await send('PATCH', '/v1/users/ada', { body: { disabled: true } })
    expect(body).toStrictEqual({ ...ada, disabledAt: at })
    expect((await send('DELETE', '/v1/users/ada')).status).toBe(204)
    expect(asked).toStrictEqual([
      ['ada', true, 'ann'],
      ['ada', 'ann'],
    ])
    expect((await send('PATCH', '/v1/users/ada', { body: {} })).status).toBe(422)
  })

  it('stays when it is whoever asks, or the last of the staff', async () => {
    const { send } = await start({
      removeUser: () => {
        throw refusal(Code.FailedPrecondition, 'user_name: nobody can remove themselves')
      },
    })
    const { status, body } = await send('DELETE', '/v1/users/ann')
    expect([status, body.type, body.detail]).toStrictEqual([
      409,
      '/problems/conflict',
      'Nobody can remove themselves.',
    ])
  })
})
