import { Code, ConnectError } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ensure } from '#platform/testing/expect.ts'
import { asNobody, startTestGateway, type TestGateway } from './testing/fixtures.ts'
import { testSigner } from './testing/tokens.ts'

const password = 'correct-horse-battery'
const email = 'ada.private@example.com'
const name = 'Ada Privatissima'
const line = '17 Secluded Lane'
const phone = '+44 20 7946 0999'

let gateway: TestGateway
const tokens: string[] = []
const statuses: number[] = []

const address = { line, city: 'London', postcode: 'SW1A 1AA', country: 'United Kingdom' }
const ada = {
  customerId: '17850',
  name,
  email,
  phone,
  addresses: [{ addressId: 'home', ...address, place: { latitude: 51.5, longitude: -0.12 } }],
}

beforeAll(async () => {
  gateway = await startTestGateway({
    users: {
      signIn: (request) => {
        if (request.userName === 'fault') throw new Error('internal error')
        if (request.password !== password) throw new ConnectError('no', Code.Unauthenticated)
        return { role: 'staff', id: 'ann' }
      },
    },
    customers: {
      putCustomers: () => ({ added: 1 }),
      getCustomer: () => {
        throw new ConnectError(`no ${email}`, Code.NotFound)
      },
    },
  })
  const { send } = gateway
  const token = await testSigner.sign({ sub: 'ann', role: 'staff' })
  tokens.push(token, token.slice(0, -4))
  const signIn = (body: object) => send('POST', '/v1/auth/token', { body, by: asNobody })
  const bearer = (it: string) => ({ by: asNobody, headers: { Authorization: `Bearer ${it}` } }) as const
  const replies = [
    await signIn({ userName: email, password }),
    await signIn({ userName: email, password: `${password}!` }),
    await signIn({ userName: 'fault', password }),
    await signIn({ userName: email, password, email }),
    await send('POST', '/v1/auth/token', { raw: `{"password": "${password}", `, by: asNobody }),
    await send('GET', '/v1/auth/me', bearer(token)),
    await send('GET', '/v1/auth/me', bearer(token.slice(0, -4))),
    await send('PUT', '/v1/customers', { body: { customers: [ada] } }),
    await send('PUT', '/v1/customers', { body: { customers: [{ ...ada, email: `${email} ${line}` }] } }),
    await send('PUT', '/v1/customers', {
      raw: JSON.stringify(ada),
      headers: { 'Content-Type': 'text/plain' },
    }),
    await send('GET', '/v1/customers/17850'),
    await send('GET', `/v1/customers/${email}`),
    await send('GET', `/v1/orders?search=${email}`),
    await send('GET', `/nowhere/${email}/${token}`),
    await send('DELETE', `/v1/customers/${email}`),
  ]
  for (const { status, body } of replies) {
    statuses.push(status)
    if (typeof body.accessToken === 'string') tokens.push(body.accessToken)
  }
})
afterAll(() => gateway.stop())

describe('the log', () => {
  it('has a line of each request, whether it is carried out, refused or fails', () => {
    expect(gateway.logs.map(({ status }) => status)).toStrictEqual(statuses)
    expect(new Set(statuses)).toStrictEqual(new Set([200, 400, 401, 404, 405, 415, 422, 500]))
    expect(gateway.logs.some(({ level }) => level === 'error')).toBeTruthy()
  })

  it('says nothing of passwords, tokens, names, e-mail addresses, phones and homes', () => {
    const said = JSON.stringify(gateway.logs)
    expect(tokens.length).toBe(3)
    for (const secret of [password, email, name, line, phone, address.postcode, '127.0.0.1', ...tokens]) {
      ensure(!said.includes(secret), secret)
    }
    const [, , signature = ''] = tokens[0]?.split('.') ?? []
    expect(said.includes(signature.slice(0, 20))).toBeFalsy()
  })
})
