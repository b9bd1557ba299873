import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  asCustomer,
  noSuch,
  type Services,
  startTestGateway,
  type TestGateway,
} from '#api/testing/fixtures.ts'
import {
  type Customer,
  CustomerSchema,
  type ListCustomersRequest,
  type UpdateCustomerRequest,
  type User,
} from '#generated/proto/customer/v1/customer_pb.ts'
import { refusal } from '#platform/grpc/refusals.ts'

const home = {
  addressId: 'home',
  line: '1 High Street',
  city: 'London',
  postcode: 'SW1A 1AA',
  country: 'United Kingdom',
  place: { latitude: 51.5, longitude: -0.12 },
}
const ada = {
  customerId: '17850',
  name: 'Ada Example',
  email: 'ada@example.com',
  phone: '',
  addresses: [home, { ...home, addressId: 'work', line: '2 Low Street' }],
}

/** A customer service that remembers. */
function remembering() {
  const known = new Map<string, Customer>()
  const find = (customerId: string) => {
    const customer = known.get(customerId)
    if (!customer) throw noSuch('customer')
    return { customer }
  }
  const put = (customer: Customer) => {
    known.set(customer.customerId, customer)
    return { customer }
  }
  const customers: Services['customers'] = {
    getCustomer: ({ customerId }) => find(customerId),
    createCustomer: ({ customer = create(CustomerSchema) }) => {
      if (known.has(customer.customerId))
        throw refusal(Code.AlreadyExists, 'customer.customer_id: there is another customer of this id')
      return put(customer)
    },
    putCustomers: (request) => {
      request.customers.forEach(put)
      return { added: request.customers.length, changed: 0 }
    },
  }
  return customers
}

let gateway: TestGateway
const start = async (services: Services = {}) => {
  gateway = await startTestGateway(services)
  return gateway
}
afterEach(() => gateway.stop())

describe('customers', () => {
  it('are put with contact and addresses, and read as they were put', async () => {
    const { send } = await start({ customers: remembering() })
    const put = await send('PUT', '/v1/customers', { body: { customers: [ada] } })
    expect(put.body).toStrictEqual({ added: 1, changed: 0 })
    expect((await send('GET', '/v1/customers/17850')).body).toStrictEqual(ada)
    expect((await send('GET', '/v1/customers/17850', { by: asCustomer('17850') })).body).toStrictEqual(ada)
    expect((await send('GET', '/v1/customers/1')).status).toBe(404)
  })

  it('are put by older clients with one address and its place, which becomes their home', async () => {
    const { send } = await start({ customers: remembering() })
    const { addressId: _, place, ...address } = home
    const { addresses: __, ...contact } = ada
    const older = { ...contact, address, place }
    expect((await send('PUT', '/v1/customers', { body: { customers: [older] } })).status).toBe(200)
    expect((await send('GET', '/v1/customers/17850')).body).toStrictEqual({ ...ada, addresses: [home] })
    const neither = await send('PUT', '/v1/customers', { body: { customers: [contact] } })
    const both = await send('PUT', '/v1/customers', { body: { customers: [{ ...ada, address, place }] } })
    for (const { status, body } of [neither, both]) {
      expect(status).toBe(422)
      expect((body.errors as { path: string }[])[0]?.path).toBe('customers[0].addresses')
    }
  })

  it('have an email address, a place on earth, and addresses with names of their own', async () => {
    const { send } = await start()
    const lost = { ...home, place: { latitude: 91, longitude: 0 } }
    const wrong = { ...ada, email: 'ada', addresses: [lost] }
    const refused = await send('PUT', '/v1/customers', { body: { customers: [wrong] } })
    expect(refused.body.errors).toStrictEqual([
      { path: 'customers[0].email', message: 'must be an e-mail address such as name@example.com' },
      { path: 'customers[0].addresses[0].place.latitude', message: 'must be at most 90' },
    ])
    const twice = await send('POST', '/v1/customers', { body: { ...ada, addresses: [home, home] } })
    expect(twice.body.errors).toStrictEqual([
      { path: 'addresses', message: 'must have another addressId each' },
    ])
    const none = await send('POST', '/v1/customers', { body: { ...ada, addresses: [] } })
    expect(none.status).toBe(422)
  })

  it('are added once under an id', async () => {
    const { send } = await start({ customers: remembering() })
    const added = await send('POST', '/v1/customers', { body: ada })
    expect(added.status).toBe(201)
    expect(added.headers.get('Location')).toBe('/v1/customers/17850')
    expect(added.body).toStrictEqual(ada)
    const again = await send('POST', '/v1/customers', { body: ada })
    expect(again.status).toBe(409)
    expect(again.body.detail).toBe('There is another customer of this id.')
  })

  it('are listed page by page, found by a part of their id, name or e-mail address', async () => {
    const asked: ListCustomersRequest[] = []
    const { send } = await start({
      customers: {
        listCustomers: (request) => {
          asked.push(request)
          return { customers: [{ customerId: '17850', name: 'Ada' }], nextCursor: 'page-2' }
        },
      },
    })
    const { body } = await send('GET', '/v1/customers?search=ada&limit=1')
    expect(body.nextCursor).toBe('page-2')
    expect([asked[0]?.search, asked[0]?.pageSize]).toStrictEqual(['ada', 1])
    await send('GET', '/v1/customers?cursor=page-2')
    expect([asked[1]?.cursor, asked[1]?.pageSize]).toStrictEqual(['page-2', 50])
    expect((await send('GET', '/v1/customers', { by: asCustomer('17850') })).status).toBe(403)
  })

  it('are listed as far as their databases answer', async () => {
    const missing = [{ shard: 'customer_2', why: 'connect ECONNREFUSED' }]
    const { send } = await start({
      customers: { listCustomers: () => ({ customers: [{ customerId: '17850' }], missing }) },
    })
    const { status, body } = await send('GET', '/v1/customers')
    expect([status, body.partial, body.missing]).toStrictEqual([200, true, missing])
  })

  it('are changed in what is named alone', async () => {
    const asked: UpdateCustomerRequest[] = []
    const { send } = await start({
      customers: {
        updateCustomer: (request) => {
          asked.push(request)
          return { customer: { customerId: request.customerId, name: 'Ada' } }
        },
      },
    })
    const patch = (body: object) => send('PATCH', '/v1/customers/17850', { body, by: asCustomer('17850') })
    expect((await patch({ phone: '+44 1' })).status).toBe(200)
    expect((await patch({ addresses: [home] })).status).toBe(200)
    const [phone, addresses] = asked
    expect([phone?.phone, phone?.name, phone?.addressBook]).toStrictEqual(['+44 1', undefined, undefined])
    expect(addresses?.addressBook?.addresses.map(({ latitude }) => latitude)).toStrictEqual([51.5])
    for (const nothing of [{}, { customerId: '1' }]) expect((await patch(nothing)).status).toBe(422)
    expect(asked.length).toBe(2)
  })

  it("are nobody else's to change", async () => {
    const { send } = await start()
    const other = { body: { name: 'Eve' }, by: asCustomer('13047') }
    expect((await send('PATCH', '/v1/customers/17850', other)).status).toBe(404)
  })
})

describe('users', () => {
  it('are put with their passwords, which no answer and no log line repeats', async () => {
    const put: User[] = []
    const { send, logs } = await start({
      users: {
        putUsers: ({ users }) => {
          put.push(...users)
          return { added: users.length, changed: 0 }
        },
      },
    })
    const password = 'correct horse battery'
    const users = [{ userName: 'ada', password, role: 'customer', id: '17850' }]
    const { body } = await send('PUT', '/v1/users', { body: { users } })
    expect(body).toStrictEqual({ added: 1, changed: 0 })
    expect(put[0]?.password).toBe(password)
    const refused = await send('PUT', '/v1/users', {
      body: { users: [{ userName: 'ada', password: 'secret7', role: 'root', id: 'ada' }] },
    })
    expect(refused.body.errors).toStrictEqual([
      { path: 'users[0].password', message: 'must be 8 to 200 characters' },
      { path: 'users[0].role', message: 'must be one of customer, staff' },
    ])
    expect(JSON.stringify([logs, body, refused.body])).not.toMatch(/correct horse|secret7/)
  })
})
