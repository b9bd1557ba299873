import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { z } from 'zod'
import { topics } from '#contracts/topics.ts'
import { CustomerService, UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import { closeRpcTransports, rpcTransport } from '#platform/grpc/rpc.ts'
import { connectKafka, kafkaVariables, messagesWithin } from '#platform/kafka/kafka.ts'
import { createLogger } from '#platform/process/logger.ts'
import { cleanUpAfterEach } from '#platform/testing/clean-up.ts'
import { satisfying } from '#platform/testing/expect.ts'
import {
  createTestDatabase,
  randomName,
  type TestDatabase,
  testServer,
  until,
} from '#platform/testing/fixtures.ts'
import { aCustomer, anAddress } from '#services/customer/fixtures.ts'
import { startCustomer } from '#workers/customer.ts'
import { type CustomerDirectory, createCustomerDirectory } from './customer.ts'

const cleanUp = cleanUpAfterEach()

const password = 'a secret of the staff'
const lines: string[] = []
const logger = createLogger({ process: 'test', destination: { write: (line) => void lines.push(line) } })
const { signal } = new AbortController()
let server: TestDatabase
let running: Awaited<ReturnType<typeof startCustomer>>
let customers: Client<typeof CustomerService>
let users: Client<typeof UserService>
let directory: CustomerDirectory

const start = () =>
  startCustomer(
    { logger, signal },
    {
      CUSTOMER_DATABASE_URL: server.url,
      RPC_HOST: '127.0.0.1',
      CUSTOMER_RPC_PORT: 0,
      ...z.object(kafkaVariables).parse({ KAFKA_BROKERS: testServer('TEST_KAFKA_BROKERS') }),
      DATABASE_POOL: 4,
      REDIS_URL: testServer('TEST_REDIS_URL'),
      CACHE_LIFETIME: 60_000,
      STAFF_USER: 'Ann',
      STAFF_PASSWORD: password,
    },
  )

beforeAll(async () => {
  server = await createTestDatabase('customer')
  running = await start()
  const transport = rpcTransport(`http://127.0.0.1:${running.port}`)
  customers = createClient(CustomerService, transport)
  users = createClient(UserService, transport)
  directory = createCustomerDirectory({ client: customers })
})
afterAll(async () => {
  await running.stop()
  closeRpcTransports()
  await server.drop()
})

const refusedWith = (code: Code, message: RegExp) => (error: unknown) => {
  const { code: given, rawMessage } = ConnectError.from(error)
  expect(given).toBe(code)
  expect(rawMessage).toMatch(message)
  return true
}

test('takes customers in, and the directory finds their contacts, with the first address or the named one', async () => {
  const customer = {
    ...aCustomer('17850'),
    addresses: [anAddress(), { ...anAddress('work'), city: 'Leeds' }],
  }
  const { added, changed } = await customers.putCustomers({ customers: [customer] })
  expect({ added, changed }).toStrictEqual({ added: 1, changed: 0 })
  const { addressId: _, latitude, longitude, ...address } = anAddress()
  const { name, email, phone } = customer
  const contact = { name, email, phone, address, place: { latitude, longitude } }
  expect(await directory.find('17850')).toStrictEqual({ kind: 'found', contact })
  expect(await directory.find('17850', 'work')).toStrictEqual({
    kind: 'found',
    contact: { ...contact, address: { ...address, city: 'Leeds' } },
  })
  expect(await directory.find('17850', 'x')).toStrictEqual({ kind: 'no_address', addressId: 'x' })
  expect(await directory.find('17851')).toStrictEqual({ kind: 'no_customer' })
  expect(await directory.find('no id\u0000')).toStrictEqual({ kind: 'no_customer' })
})

test('creates, changes and lists customers, and refuses what is wrong', async () => {
  const customer = aCustomer(randomName('c'))
  const { customerId } = customer
  await customers.createCustomer({ customer })
  await expect(customers.createCustomer({ customer: { ...customer, name: 'Another' } })).rejects.toThrow(
    satisfying(refusedWith(Code.AlreadyExists, /another customer/)),
  )
  const changed = await customers.updateCustomer({ customerId, name: 'Zoë' })
  expect([changed.customer?.name, changed.customer?.email]).toStrictEqual(['Zoë', customer.email])
  expect((await customers.getCustomer({ customerId })).customer?.name).toBe('Zoë')

  await customers.putCustomers({ customers: [1, 2].map((n) => aCustomer(`${customerId}-${n}`)) })
  const ids: string[] = []
  for (let cursor = ''; ; ) {
    const page = await customers.listCustomers({ search: customerId, pageSize: 2, cursor })
    ids.push(...page.customers.map((one) => one.customerId))
    cursor = page.nextCursor
    if (cursor === '') break
  }
  expect(ids).toStrictEqual([customerId, `${customerId}-1`, `${customerId}-2`])

  const wrong: [() => Promise<unknown>, Code, RegExp][] = [
    [() => customers.getCustomer({ customerId: 'nobody' }), Code.NotFound, /no such customer/],
    [
      () => customers.updateCustomer({ customerId: 'nobody', name: 'Zoë' }),
      Code.NotFound,
      /no such customer/,
    ],
    [
      () => customers.updateCustomer({ customerId, addressBook: {} }),
      Code.InvalidArgument,
      /^addresses: must/,
    ],
    [() => customers.createCustomer({}), Code.InvalidArgument, /^customer: is missing/],
    [() => customers.createCustomer({ customer: {} }), Code.InvalidArgument, /^customer\.customer_id: must/],
    [() => customers.listCustomers({ pageSize: 201 }), Code.InvalidArgument, /^page_size/],
    [() => customers.listCustomers({ cursor: '%' }), Code.InvalidArgument, /^cursor/],
  ]
  for (const [call, code, message] of wrong)
    await expect(call).rejects.toThrow(satisfying(refusedWith(code, message)))
  const crowd = Array.from({ length: 500 }, () => ({ ...customer, addresses: [] }))
  await expect(customers.putCustomers({ customers: crowd })).rejects.toThrow(
    satisfying(refusedWith(Code.InvalidArgument, /customers\[0\]\.addresses: must be 1 to 20;.* more$/)),
  )
})

test('tells Kafka of each change', async () => {
  const kafka = connectKafka({
    brokers: [testServer('TEST_KAFKA_BROKERS')],
    clientId: 'test',
    logger,
    signal,
  })
  const reader = kafka.reader()
  cleanUp(() => reader.stop())
  const customerId = randomName('told')
  await customers.putCustomers({ customers: [aCustomer(customerId)] })
  await until('it is told', async () => {
    for (const bounds of await reader.bounds([topics.customerEvents]))
      for await (const messages of messagesWithin(reader, bounds))
        if (messages.some(({ key }) => key === customerId)) return true
    return false
  })
})

test('staff of the environment sign in, users that are put do, and nobody reads a password in the log', async () => {
  const { role, id } = await users.signIn({ userName: 'ann', password })
  expect({ role, id }).toStrictEqual({ role: 'staff', id: 'Ann' })
  const secret = 'zoe’s own secret'
  await users.putUsers({ users: [{ userName: 'zoe', password: secret, role: 'customer', id: '17850' }] })
  expect((await users.signIn({ userName: 'zoe', password: secret })).id).toBe('17850')
  for (const userName of ['zoe', 'nobody'])
    await expect(users.signIn({ userName, password: 'wrong horse' })).rejects.toThrow(
      satisfying(refusedWith(Code.Unauthenticated, /^the user name or the password is wrong$/)),
    )
  await expect(
    users.putUsers({ users: [{ userName: 'zoe', password: 'hunter2', role: 'customer', id: '17850' }] }),
  ).rejects.toThrow(
    satisfying(refusedWith(Code.InvalidArgument, /^users\[0\]\.password: must be 8 to 200 characters$/)),
  )
  expect(lines.join('')).not.toMatch(/secret|hunter2|wrong horse/)
})

test('a password that staff gave themselves outlives two restarts', async () => {
  const own = 'a password of her own'
  await users.putUsers({ users: [{ userName: 'ann', password: own, role: 'staff', id: 'Ann' }] })
  for (const _ of ['once', 'twice']) {
    const again = await start()
    const restarted = createClient(UserService, rpcTransport(`http://127.0.0.1:${again.port}`))
    expect((await restarted.signIn({ userName: 'ann', password: own })).id).toBe('Ann')
    await expect(restarted.signIn({ userName: 'ann', password })).rejects.toThrow(
      satisfying(refusedWith(Code.Unauthenticated, /wrong/)),
    )
    await again.stop()
  }
})
