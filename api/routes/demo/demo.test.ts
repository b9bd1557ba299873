import { afterEach, describe, expect, it } from '@jest/globals'
import { asNobody, type Services, startTestGateway, type TestGateway } from '#api/testing/fixtures.ts'

const users: Services['users'] = {
  listUsers: () => ({
    users: [
      { userName: 'ann', role: 'staff', id: 'ann' },
      { userName: '17850', role: 'customer', id: '17850' },
    ],
  }),
}
const address = { addressId: 'home', line: '1 Street', city: 'London', postcode: 'N1', country: 'UK' }
const customers: Services['customers'] = {
  getCustomer: ({ customerId }) => ({
    customer: { customerId, name: 'Ada', email: 'ada@example.com', phone: '', addresses: [address] },
  }),
}

let gateway: TestGateway
afterEach(() => gateway.stop())
const look = () => gateway.send('GET', '/v1/demo', { by: asNobody })
const signIn = (body: object) => gateway.send('POST', '/v1/demo/sign-in', { body, by: asNobody })

describe('the demonstration', () => {
  it('lets anybody look around as one of the users that there are', async () => {
    gateway = await startTestGateway({ users, customers, demo: true })
    expect((await look()).body).toStrictEqual({
      on: true,
      customers: [{ customerId: '17850', name: 'Ada', city: 'London', country: 'UK' }],
      staff: true,
    })
    for (const [as, who] of [
      [
        { as: 'customer', customerId: '17850' },
        { role: 'customer', id: '17850' },
      ],
      [{ as: 'staff' }, { role: 'staff', id: 'ann' }],
    ] as const) {
      const { status, body } = await signIn(as)
      expect([status, body.role, body.id]).toStrictEqual([200, who.role, who.id])
      const headers = { Authorization: `Bearer ${String(body.accessToken)}` }
      expect((await gateway.send('GET', '/v1/auth/me', { headers, by: asNobody })).body).toStrictEqual(who)
    }
  })

  it('knows no customer who is no user', async () => {
    gateway = await startTestGateway({ users, customers, demo: true })
    expect((await signIn({ as: 'customer', customerId: '13047' })).status).toBe(404)
  })

  it('knows no customer but those whom it shows', async () => {
    const many = Array.from({ length: 8 }, (_, i) => ({
      userName: `u${i}`,
      role: 'customer',
      id: `1000${i}`,
    }))
    gateway = await startTestGateway({ users: { listUsers: () => ({ users: many }) }, customers, demo: true })
    const shown = (await look()).body.customers as { customerId: string }[]
    expect(shown.map(({ customerId }) => customerId)).toStrictEqual(many.slice(0, 6).map(({ id }) => id))
    const statuses = many.map(async ({ id }) => (await signIn({ as: 'customer', customerId: id })).status)
    expect(await Promise.all(statuses)).toStrictEqual([200, 200, 200, 200, 200, 200, 404, 404])
  })

  it('has those wait who tried too often, as a sign-in with a password does', async () => {
    const signIns = { attempt: async () => ({ retryIn: 7 }) }
    gateway = await startTestGateway({ users, customers, signIns, demo: true })
    const { status, headers } = await signIn({ as: 'staff' })
    expect([status, headers.get('Retry-After')]).toStrictEqual([429, '7'])
  })

  it('is off unless it is switched on: nobody is shown, nobody comes in', async () => {
    gateway = await startTestGateway({ users, customers })
    expect((await look()).body).toStrictEqual({ on: false, customers: [], staff: false })
    for (const as of [{ as: 'staff' }, { as: 'customer', customerId: '17850' }])
      expect((await signIn(as)).status).toBe(404)
  })
})
