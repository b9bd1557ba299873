import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Role } from '#contracts/actor.ts'
import { CustomerService, UserService } from '#generated/proto/customer/v1/customer_pb.ts'
import { InventoryService } from '#generated/proto/inventory/v1/inventory_pb.ts'
import { NotificationService, WebhookService } from '#generated/proto/notification/v1/notification_pb.ts'
import { HistoryEntrySchema, type Order, OrderService } from '#generated/proto/order/v1/order_pb.ts'
import { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import { bucketOf, newIdInBucket } from '#platform/ids.ts'
import { about, ensure } from '#platform/testing/expect.ts'
import { type Document, type Operation, operationsOf } from './testing/access.ts'
import { asCustomer, asStaff, startTestGateway, type TestGateway } from './testing/fixtures.ts'
import { samples } from './testing/samples.ts'
import { authorization } from './testing/tokens.ts'

const customerId = '17850'
const orderId = newIdInBucket(bucketOf(customerId), new Date())

/** Every text that a service says names its field, but for these, which choose a way or are the customer's own. */
const real: Record<string, string> = {
  customerId,
  orderId,
  role: 'customer',
  nextCursor: '',
  status: 'shipping',
  source: 'web',
  currency: 'GBP',
  kind: 'refund',
}
const said = new Proxy(real, { get: (known, field) => known[String(field)] ?? `canary-${String(field)}` })

type Entry = { type: string; by: string; note: string }
const secret = 'canary-note'
/** What others said about each kind of change, as the order service writes it down. */
const overheard: Entry[] = [
  ['placed', ''],
  ['refused', secret],
  ['missing', secret],
  ['amended', `2 lines: ${secret}`],
  ['reserved', `6.00 GBP from london, berlin: ${secret}`],
  ['paid', `transfer 0190: ${secret}`],
  ['handed_off', `2 shipments: ${secret}`],
  ['shipment_moved', `${orderId}-1 delivered: ${secret}`],
  ['refunded', `2.55 GBP for return 1: ${secret}`],
  ['refunded', `2.55 GBP for ${secret}`.replace('for', 'back:')],
  ['cancelling', `staff: ${secret}`],
  ['cancel_refused', secret],
  ['cancelled', `staff: ${secret}`],
  ['completed', secret],
  ['stuck', `canary-step: connect ECONNREFUSED 10.0.0.7:5432 ${secret}`],
  ['unstuck', 'canary-step'],
  ['return_requested', `return 1: ${secret}`],
  ['return_accepted', `return 1: ${secret}`],
  ['return_refunded', `return 1, 2.55 GBP: ${secret}`],
  ['whatever_comes_next', secret],
].flatMap(([type = '', note = '']) =>
  ['system', 'courier', 'staff:canary-by', 'customer:canary-by', 'canary-by'].map((by) => ({
    type,
    by,
    note,
  })),
)

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
  redriveId: '019a8f3c-8123-7b45-8c67-d89e0f1a2b3e',
  activityId: '3',
  source: 'web',
  topic: 'order.events',
  partition: '0',
  offset: '17',
}

let gateway: TestGateway
let operations: Operation[]

beforeAll(async () => {
  const knowing = <S extends Parameters<typeof samples>[0]>(service: S) => samples(service, said, () => {})
  const orders = knowing(OrderService)
  gateway = await startTestGateway({
    orders: {
      ...orders,
      getOrder: async (request, context) => {
        const { order } = await orders.getOrder(request, context)
        const { endedAt: _, ...running } = order as Order
        const history = overheard.map((entry, i) => ({ sequence: i * 10, status: 'shipping', ...entry }))
        return { order: { ...running, history: history.map((row) => create(HistoryEntrySchema, row)) } }
      },
    },
    inventory: knowing(InventoryService),
    payments: knowing(PaymentService),
    customers: knowing(CustomerService),
    users: knowing(UserService),
    notifications: knowing(NotificationService),
    webhooks: knowing(WebhookService),
    workflows: {
      progress: async () => ({
        orderId,
        status: 'shipping',
        reason: null,
        waitingFor: 'Stuck at canary-waitingFor',
        total: 0,
        shipments: [],
        missing: [],
        stuck: [],
      }),
    },
  })
  const document = await (await fetch(`${gateway.url}/openapi.json`)).json()
  // Readiness is for whoever runs the system, and names its databases.
  operations = operationsOf(document as Document, values).filter(({ path }) => path !== '/ready')
})
afterAll(() => gateway.stop())

/** The fields whose texts a role reads somewhere in all that it is answered. */
async function readBy(role: Role): Promise<string[]> {
  const { Authorization } = await authorization(role === 'staff' ? asStaff : asCustomer(customerId))
  const found = new Set<string>()
  for (const { method, address, body, path } of operations) {
    const response = await fetch(gateway.url + address, {
      method,
      headers: {
        ...(Authorization && { Authorization }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    for (const [, field = ''] of text.matchAll(/canary-(\w+)/g)) found.add(field)
    if (role === 'customer')
      about(`${method} ${path}`, () => expect(text).not.toMatch(/ECONNREFUSED|10\.0\.0\.7|staff:/))
  }
  return [...found].sort()
}

describe('what is told', () => {
  it('to a customer is the order, the goods, the account and who they are themselves, in all answers together', async () => {
    const theirOwn = [
      'addressId',
      'city',
      'country',
      'customerName',
      'email',
      'line',
      'name',
      'phone',
      'postcode',
    ]
    const oftheOrder = ['productId', 'reference', 'shipmentId', 'transferId', 'warehouseId']
    expect(await readBy('customer')).toStrictEqual([...theirOwn, ...oftheOrder, 'id'].sort())
  })

  it('to staff is what holds an order up, who did what and why', async () => {
    const all = await readBy('staff')
    for (const field of ['by', 'note', 'stuckError', 'stuckStep', 'reason', 'waitingFor', 'text'])
      ensure(all.includes(field), field)
  })

  it('to customers of what holds an order up is what it means to them', async () => {
    const { Authorization = '' } = await authorization(asCustomer(customerId))
    const asked = await fetch(`${gateway.url}/v1/orders/${orderId}`, { headers: { Authorization } })
    const { stuck, waitingFor, history } = (await asked.json()) as {
      stuck: object
      waitingFor: string
      history: Entry[]
    }
    expect({ ...stuck, since: '' }).toStrictEqual({
      step: null,
      since: '',
      error: 'we are having trouble finishing your order; nothing is lost',
    })
    expect(waitingFor).toBe('Your parcels are on their way.')
    expect(new Set(history.map(({ by }) => by))).toStrictEqual(new Set(['system', 'courier', 'staff']))
    const moved = history.find(({ type }) => type === 'shipment_moved')
    expect(moved?.note).toBe(`${orderId}-1 delivered`)
  })

  it('of a fault in a service is nothing', async () => {
    const faults = [Code.Unknown, Code.Internal, Code.Unavailable, Code.ResourceExhausted, Code.DataLoss]
    for (const code of faults) {
      const failing = await startTestGateway({
        payments: {
          getAccount: () => {
            throw new ConnectError('connect ECONNREFUSED 10.0.0.7:5432', code)
          },
        },
      })
      const path = `/v1/accounts/${customerId}`
      const { status, text } = await failing.send('GET', path, { by: asCustomer(customerId) })
      await failing.stop()
      expect(status).toBeGreaterThanOrEqual(500)
      expect(text).not.toMatch(/ECONNREFUSED|10\.0\.0\.7/)
    }
  })
})
