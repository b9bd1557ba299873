import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Client } from '@temporalio/client'
import { refundWorkflowId, workflowTypes } from '#contracts/temporal.ts'
import { topics } from '#contracts/topics.ts'
import { bucketOf, derivedId } from '#platform/ids.ts'
import { ensure } from '#platform/testing/expect.ts'
import { createTestSources, type Tables, type TestSources, tablesOf } from './fixtures.ts'
import { type AuditReport, audit } from './report.ts'
import type { Databases } from './sources.ts'
import { unguarded } from './testing/breaking.ts'
import { customer, ids, shipmentId } from './testing/orders.ts'
import { move, sent, shardFor, transfer } from './testing/writing.ts'

let sources: TestSources
/** The same workflows, each with a task that nobody has done yet. */
let busy: Client
beforeAll(async () => {
  sources = await createTestSources()
  busy = await sources.inTemporal((order) => ({
    ...order,
    workflow: order.workflow === 'idle' ? 'busy' : order.workflow,
    returnsAreBusy: true,
  }))
  const workflowId = refundWorkflowId(ids.delivered, 'b', 'rest')
  await busy.workflow.start(workflowTypes.refund, { taskQueue: 'nobody', workflowId })
})
afterAll(() => sources.drop())

/** The books at one moment of an order's way; the rule that sees a difference, and why it is none as yet. */
type Moment = [
  what: string,
  rule: string,
  offender: string,
  because: RegExp,
  happen: (tables: Tables, databases: Databases) => Promise<unknown>,
]

const lost = { orderId: ids.halfway }
const first = shipmentId(lost, 0)

const moments: Moment[] = [
  [
    'stock is reserved, and the order does not say so yet',
    'stock.idle',
    ids.waiting,
    /its workflow has a task to do/,
    ({ inventory }) =>
      inventory.query(
        `insert into reservations values ('${ids.waiting}', 1, 'open', 0, 'GBP', now(), now());
         insert into reserved_lines values ('${ids.waiting}', 'london', 1, 'x', 'A1', 1, 1, 'reserved');
         update stock set reserved = 1 where product_id = 'A1'`,
      ),
  ],
  [
    'the customer is charged, and the order is not handed off yet',
    'money.charges',
    ids.waiting,
    /its workflow has a task to do/,
    async ({ payment }) => {
      const orderId = ids.waiting
      await transfer(payment, { key: `charge/${orderId}`, kind: 'charge', orderId, gain: -500 })
      await payment.query(
        `insert into order_payments (order_id, customer_id, status, amount, updated_at) values ($1, $2, 'charged', 500, now())`,
        [orderId, customer],
      )
    },
  ],
  [
    'a parcel is lost, and its money has not gone back yet',
    'money.parcels',
    ids.halfway,
    /its workflow has a task to do/,
    async ({ payment, order }) => {
      const key = `refund/${ids.halfway}/${first}`
      await payment.query(
        'delete from entries where transfer_id in (select transfer_id from transfers where key = $1)',
        [key],
      )
      await payment.query('delete from transfers where key = $1', [key])
      await payment.query(`update accounts set balance = balance - 200 where kind = 'customer'`)
      await payment.query('update order_payments set refunded = 0 where order_id = $1', [ids.halfway])
      await payment.query(`delete from outbox where key = $1 and type = 'PaymentRefunded'`, [ids.halfway])
      await unrecorded(order)
    },
  ],
  [
    'the money of a lost parcel has gone back, and the order does not say so yet',
    'money.history',
    ids.halfway,
    /its workflow has a task to do/,
    ({ order }) => unrecorded(order),
  ],
  [
    'the record is ahead of what the workflow shows',
    'workflows.agree',
    ids.shipping,
    /its workflow has a task to do/,
    async (_tables, databases) => {
      const order = shardFor(databases.order, bucketOf(customer))
      await order.query(
        `insert into order_history (order_id, sequence, key, type, status, by, note, at)
         select order_id, sequence + 10, 'cancelling', 'cancelling', 'cancelling', 'system', '', now()
         from orders where order_id = $1`,
        [ids.shipping],
      )
      const [row] = await order.query<{ sequence: number }>(
        `update orders set status = 'cancelling', sequence = sequence + 10 where order_id = $1 returning sequence`,
        [ids.shipping],
      )
      await sent(order, {
        id: derivedId(`${ids.shipping}/${row?.sequence}/OrderStatusChanged`),
        topic: topics.orderEvents,
        key: ids.shipping,
        type: 'OrderStatusChanged',
      })
    },
  ],
  [
    'an order is accepted, and not on record yet',
    'workflows.recorded',
    ids.waiting,
    /its workflow has a task to do/,
    ({ order }) =>
      order.query(
        `with history as (delete from order_history where order_id = '${ids.waiting}'),
              sent as (delete from outbox where key = '${ids.waiting}')
         delete from orders where order_id = '${ids.waiting}'`,
      ),
  ],
  [
    'staff gave money back, and the order does not say so yet',
    'money.history',
    ids.delivered,
    /a refund by staff is between two steps/,
    async ({ payment }) => {
      const orderId = ids.delivered
      await transfer(payment, { key: `refund/${orderId}/staff/b`, kind: 'refund', orderId, gain: 10 })
      await payment.query('update order_payments set refunded = 10 where order_id = $1', [orderId])
    },
  ],
  [
    'returned goods are on the shelf, and the return does not say so yet',
    'returns.stock',
    ids.returned,
    /a return is between two steps/,
    ({ inventory }) =>
      move(inventory, {
        key: 'return/2',
        product: 'E1',
        warehouse: 'london',
        kind: 'restocked',
        quantity: 1,
        orderId: ids.returned,
        number: 2,
      }),
  ],
]

/** The order is as it was before it wrote down that its first parcel's money went back. */
async function unrecorded(order: Tables['order']): Promise<void> {
  await order.query('update orders set refunded = 0, sequence = sequence - 10 where order_id = $1', [
    ids.halfway,
  ])
  await order.query('delete from order_history where order_id = $1 and key = $2', [
    ids.halfway,
    `refunded/${first}`,
  ])
}

const lookAt = (databases: Databases, temporal: Client) =>
  audit({ databases, temporal, settle: 20, answerWithin: 100 })

const accused = ({ rules }: AuditReport) =>
  rules.flatMap(({ name, offenders }) => offenders.map(({ id, found }) => `${name} ${id} ${found}`))
const waiting = ({ rules }: AuditReport) =>
  rules.flatMap(({ name, waiting }) => waiting.map((one) => ({ name, ...one })))

describe('nobody is accused while a workflow is between two steps:', () => {
  for (const [what, rule, id, because, happen] of moments) {
    it(what, () =>
      sources.breaking(async (copy) => {
        await happen(tablesOf(copy), copy)
        const report = await lookAt(copy, busy)
        expect(accused(report)).toStrictEqual([])
        const seen = waiting(report).find((one) => one.name === rule && one.id === id)
        expect(seen?.because ?? `nothing waits but ${JSON.stringify(waiting(report))}`).toMatch(because)
        ensure(report.unsettled?.includes(id))
      }),
    )

    it(`${what}, and it is wrong once nothing is under way`, () =>
      sources.breaking(async (copy) => {
        await happen(tablesOf(copy), copy)
        const report = await lookAt(copy, sources.temporal)
        ensure(
          accused(report).some((one) => one.startsWith(`${rule} ${id} `)),
          accused(report).join(),
        )
      }))
  }
})

/** Delivered, and inventory has not heard of it. */
async function undelivered({ inventory }: Tables): Promise<void> {
  await inventory.query(
    `update reserved_lines set state = 'reserved' where order_id = '${ids.delivered}';
     update reservations set status = 'open' where order_id = '${ids.delivered}';
     update stock set on_hand = on_hand + 6, reserved = 6 where product_id = 'A1'`,
  )
}

describe('an order has ended, and its stock is on the books:', () => {
  it('nobody is accused while the event is in the outbox', () =>
    sources.breaking(async (copy) => {
      const tables = tablesOf(copy)
      await undelivered(tables)
      await tables.order.query(
        `update outbox set processed_at = null where key = $1
           and position = (select max(position) from outbox where key = $1)`,
        [ids.delivered],
      )
      const report = await lookAt(copy, sources.temporal)
      expect(accused(report)).toStrictEqual([])
      expect(waiting(report)[0]?.because ?? '').toMatch(/its end is in the outbox/)
      expect(report.rules.find(({ name }) => name === 'outboxes.drain')?.reasons['not sent yet']).toBe(1)
    }))

  it('it is wrong once the event was sent and heard', () =>
    sources.breaking(async (copy) => {
      await undelivered(tablesOf(copy))
      const report = await lookAt(copy, sources.temporal)
      expect(accused(report).some((one) => one.startsWith(`stock.returned ${ids.delivered}`))).toBeTruthy()
    }))
})

describe('what is on its way', () => {
  it('is looked at again, and forgotten when it has arrived', () =>
    sources.breaking(async (copy) => {
      const { order } = tablesOf(copy)
      await order.query('update orders set refunded = 1 where order_id = $1', [ids.shipping])
      let looks = 0
      // It arrives after the third time that somebody asked.
      const counting = copy.payment.map(({ name, sql }) => ({
        name,
        sql: {
          query: async <Row>(text: string, values?: readonly unknown[]) => {
            if (/from order_payments where order_id = any/.test(text) && ++looks === 3)
              await order.query('update orders set refunded = 0 where order_id = $1', [ids.shipping])
            return sql.query<Row>(text, values)
          },
        },
      }))
      const report = await audit({
        databases: { ...copy, payment: counting },
        temporal: busy,
        settle: 20_000,
        answerWithin: 100,
      })
      expect([report.clean, report.inFlight, report.unsettled]).toStrictEqual([true, 0, []])
      expect(looks).toBeGreaterThan(3)
    }))

  it('is wrong at once when nothing could excuse it', () =>
    sources.breaking(async (copy) => {
      const { payment } = tablesOf(copy)
      await unguarded(payment, 'order_payments.order_payments_why')
      await payment.query(`update order_payments set status = 'declined' where order_id = $1`, [ids.shipping])
      const report = await lookAt(copy, busy)
      expect(report.rules.filter(({ offending }) => offending > 0).map(({ name }) => name)).toStrictEqual([
        'money.shipped',
      ])
    }))
})
