import { readFile, writeFile } from 'node:fs/promises'
import type { ServiceImpl } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CustomerService, UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import { DeadLetterService } from '#generated/proto/deadletter/v1/deadletter_pb.ts'
import { InventoryService } from '#generated/proto/inventory/v1/inventory_pb.ts'
import { CourierService } from '#generated/proto/logistics/v1/logistics_pb.ts'
import { NotificationService, WebhookService } from '#generated/proto/notification/v1/notification_pb.ts'
import { OrderService } from '#generated/proto/order/v1/order_pb.ts'
import { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import { bucketOf, newIdInBucket } from '#platform/ids.ts'
import { about, ensure } from '#platform/testing/expect.ts'
import { type Document, expected, type Operation, operationsOf, type Party } from './testing/access.ts'
import { asCustomer, asStaff, startTestGateway, type TestGateway } from './testing/fixtures.ts'
import { badTokens, goodToken } from './testing/intruders.ts'
import { samples } from './testing/samples.ts'
import { authorization } from './testing/tokens.ts'

const customerId = '17850'
const orderId = newIdInBucket(bucketOf(customerId), new Date())

/** Somebody else whose orders have the same bucket in their ids, so that the id alone tells nothing. */
const neighbour = (() => {
  for (let n = 1; ; n++) if (bucketOf(`other-${n}`) === bucketOf(customerId)) return `other-${n}`
})()

/** A table is only of all orders: a list of which a database is missing makes none. */
const answeringWhole = (orders: ServiceImpl<typeof OrderService>): ServiceImpl<typeof OrderService> => ({
  ...orders,
  listOrders: async (request, context) => ({ ...(await orders.listOrders(request, context)), missing: [] }),
})

/** What the parts of the paths could be. */
const values = {
  customerId,
  userId: customerId,
  userName: 'ada',
  orderId,
  shipmentId: 'b3d4c1f0-6a52-8c41-9a77-0d1e2f3a4b5c',
  number: '1',
  productId: '85123A',
  webhookId: '019a8f3c-8123-7b45-8c67-d89e0f1a2b3c',
  deliveryId: '019a8f3c-8123-7b45-8c67-d89e0f1a2b3d',
  activityId: '3',
  redriveId: '019a8f3c-8123-7b45-8c67-d89e0f1a2b3e',
  source: 'web',
  topic: 'order.events',
  partition: '0',
  offset: '17',
}

const page = new URL('../docs/access.md', import.meta.url)
let gateway: TestGateway
let operations: Operation[]
let requests = 0
/** Which services were asked. */
let asked: string[] = []
/** What each route answered to whom. */
const heard = new Map<Operation, Map<Party, Set<number>>>()

beforeAll(async () => {
  const said = {
    customerId,
    orderId,
    role: 'customer',
    nextCursor: '',
    topic: values.topic,
    status: 'completed',
  }
  const knowing = <S extends Parameters<typeof samples>[0]>(service: S) =>
    samples(service, said, (method) => asked.push(method))
  gateway = await startTestGateway({
    orders: answeringWhole(knowing(OrderService)),
    inventory: knowing(InventoryService),
    payments: knowing(PaymentService),
    customers: knowing(CustomerService),
    users: {
      ...knowing(UserService),
      listUsers: () => ({ users: [{ userName: 'ada', role: 'customer', id: customerId }] }),
    },
    demo: true,
    deadLetters: knowing(DeadLetterService),
    courier: knowing(CourierService),
    notifications: knowing(NotificationService),
    webhooks: knowing(WebhookService),
    redrives: { progress: async () => ({ total: 1, done: [], running: false }) },
  })
  const document = await (await fetch(`${gateway.url}/openapi.json`)).json()
  operations = operationsOf(document as Document, values)
})
afterAll(() => gateway.stop())

/** Sends the operation's request, and holds the answer to what its party must hear. */
async function tries(
  operation: Operation,
  party: Party,
  token: string | undefined,
  who: string,
): Promise<void> {
  const { method, address, body } = operation
  asked = []
  const placed = gateway.placed.length
  requests++
  const response = await fetch(gateway.url + address, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: token }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const wanted = expected(operation, party)
  const told = `${method} ${operation.path}, ${who}: ${response.status} ${text.slice(0, 300)}`
  if (wanted === 'ok') ensure(response.ok, told)
  else {
    about(told, () => expect(response.status).toBe(wanted))
    about(`${told} placed an order`, () => expect(gateway.placed.length).toBe(placed))
    about(`${told} asked a service`, () =>
      expect(asked.filter((call) => call !== 'getOrder')).toStrictEqual([]),
    )
  }
  if (wanted === 401)
    about(told, () => expect(response.headers.get('WWW-Authenticate') ?? '').toMatch(/^Bearer /))
  note(operation, party, response.status)
}

function note(operation: Operation, party: Party, status: number): void {
  const row = heard.get(operation) ?? new Map<Party, Set<number>>()
  row.set(party, (row.get(party) ?? new Set()).add(status))
  heard.set(operation, row)
}

const bearer = async (by: Parameters<typeof authorization>[0]) => (await authorization(by)).Authorization

describe('every route of the OpenAPI document', () => {
  it('answers 401 without a token, unless it is open to all', async () => {
    for (const operation of operations) await tries(operation, 'nobody', undefined, 'no token')
  })

  for (const [what, token] of Object.entries(badTokens)) {
    it(`answers 401 to a token that is ${what}, unless it is open to all`, async () => {
      for (const operation of operations) await tries(operation, 'intruder', `Bearer ${token}`, what)
    })
  }

  it('answers to staff', async () => {
    const token = await bearer(asStaff)
    for (const operation of operations) await tries(operation, 'staff', token, 'staff')
  })

  it('answers to the customer whom it is about, but 403 where it is for staff', async () => {
    const token = await bearer(asCustomer(customerId))
    for (const operation of operations) await tries(operation, 'the customer', token, 'the customer')
  })

  it("answers 404 to another customer's object, and 403 to what is for staff or done for another", async () => {
    const token = await bearer(asCustomer(neighbour))
    for (const operation of operations) await tries(operation, 'another customer', token, 'another customer')
  })

  it('that is refused here would open with the same token, were nothing wrong with it', async () => {
    const response = await fetch(`${gateway.url}/v1/auth/me`, {
      headers: { Authorization: `Bearer ${goodToken}` },
    })
    expect(response.status).toBe(200)
  })

  it('is in docs/access.md as it answered here; UPDATE_DOCS=1 writes it', async () => {
    const table = tableOf(heard, requests)
    if (process.env.UPDATE_DOCS === '1') await writeFile(page, table)
    expect(await readFile(page, 'utf8')).toBe(table)
  })
})

const parties: Party[] = ['nobody', 'intruder', 'another customer', 'the customer', 'staff']
const openTo = { public: 'all', staff: 'staff', owner: 'the owner, staff', caller: 'whoever is signed in' }

function tableOf(rows: typeof heard, requests: number): string {
  const lines = [...rows].map(([{ method, path, access }, row]) => {
    const statuses = parties.map((party) => [...(row.get(party) ?? [])].join(', '))
    return `| \`${method} ${path}\` | ${openTo[access]} | ${statuses.join(' | ')} |`
  })
  const kinds = Object.keys(badTokens).map((kind) => `- ${kind}`)
  return `# Who may use which route

Written by \`api/access.test.ts\` (with \`UPDATE_DOCS=1\`), which reads the OpenAPI document of a running gateway and sent
**${requests} requests** to its ${rows.size} routes. It fails when a route answers otherwise, or when this page is not what it found.

A refused request asks no service, but for the owner of an order. What is another customer's is answered like what does not exist.

| route | open to | no token | bad token | another customer | the customer | staff |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}

_The customer_ is the one whom the path, the body or the query names, or whose order it is; _another customer_ is signed in as well.
A bad token is right for staff in all but one thing; each kind was tried on each route:

${kinds.join('\n')}
`
}
