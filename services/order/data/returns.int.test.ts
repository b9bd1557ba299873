import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { RequestReturn } from '#contracts/return.ts'
import type { TestDatabase } from '#platform/testing/fixtures.ts'
import { contact, newOrder, numbered, reservedFrom, startOrderService } from '../fixtures.ts'
import type { OrderStore } from '../store.ts'

let server: Omit<TestDatabase, 'drop'> & { store: OrderStore; drop(): Promise<void> }
beforeAll(async () => {
  server = await startOrderService()
})
afterAll(() => server.drop())

/** An order of three lines of 2 pieces at 100 each: lines 1 and 3 were delivered from london, line 2 was lost. */
async function delivered(): Promise<string> {
  const order = newOrder()
  const { orderId, traceparent } = order
  await server.store.recordOrder(order, { kind: 'recorded', contact }, new Date())
  const changes = numbered([
    reservedFrom(order, ['london', 'berlin']),
    { type: 'handed_off', transferId: 't1' },
    { type: 'shipment_moved', shipmentId: `${orderId}-1`, status: 'delivered' },
    { type: 'shipment_moved', shipmentId: `${orderId}-2`, status: 'lost' },
    { type: 'refunded', part: `${orderId}-2`, shipmentId: `${orderId}-2`, amount: 200 },
    { type: 'completed' },
  ])
  await server.store.recordChanges({ orderId, traceparent, changes })
  return orderId
}

const request = (orderId: string, number: number, quantity: number): RequestReturn => ({
  orderId,
  number,
  lines: [{ lineNumber: 1, quantity }],
  reason: 'too big',
  by: 'customer:17850',
  requestedAt: new Date().toISOString(),
  fingerprint: String(number),
  traceparent: '',
})
const open = (orderId: string, number: number, quantity: number) =>
  server.store.openReturn(request(orderId, number, quantity), new Date())
const move = (orderId: string, number: number, ...statuses: ('accepted' | 'received' | 'expired')[]) =>
  server.store.recordChanges({
    orderId,
    traceparent: '',
    changes: statuses.map((status) => ({
      key: `return/${number}/${status}`,
      at: new Date().toISOString(),
      by: 'staff:ann',
      change: {
        type: 'returned',
        number,
        status,
        ...(status === 'received' && {
          received: [{ lineNumber: 1, restocked: 1, writtenOff: 0 }],
          amount: 100,
        }),
      },
    })),
  })
const kindOf = async (opening: ReturnType<typeof open>) => (await opening).kind

test('a return is on record once, with its lines, its history and its event', async () => {
  const orderId = await delivered()
  const first = await open(orderId, 1, 2)
  expect(await open(orderId, 1, 2)).toStrictEqual(first)
  const order = await server.store.findOrder(orderId)
  expect(order?.returns.map((one) => ({ ...one, requestedAt: 'then' }))).toStrictEqual([
    {
      number: 1,
      status: 'requested',
      reason: 'too big',
      amount: 200,
      fingerprint: '1',
      requestedAt: 'then',
      endedAt: null,
      lines: [
        { lineNumber: 1, productId: '85120A', quantity: 2, unitPrice: 100, restocked: 0, writtenOff: 0 },
      ],
    },
  ])
  const last = order?.history.at(-1)
  expect([last?.type, last?.by, last?.note, last?.returnNumber, last?.amount]).toStrictEqual([
    'return_requested',
    'customer:17850',
    'return 1: too big',
    1,
    200,
  ])
  const events = await server.database.query(
    `select type from outbox where key = $1 and type = 'ReturnChanged'`,
    [orderId],
  )
  expect(events.length).toBe(1)
})

test('a return pays what is left of its goods: what staff gave back before does not go back again', async () => {
  const dueOf = async (givenBack: number) => {
    const orderId = await delivered()
    if (givenBack > 0) {
      const change = { type: 'refunded' as const, part: 'staff/k1', shipmentId: null, amount: givenBack }
      const keyed = {
        key: 'refunded/staff/k1',
        at: new Date().toISOString(),
        by: 'staff:ann' as const,
        change,
      }
      await server.store.recordChanges({ orderId, traceparent: '', changes: [keyed] })
    }
    await open(orderId, 1, 2)
    const { onRecord } = await move(orderId, 1, 'accepted', 'received')
    // A task that is run again hears the same.
    expect((await move(orderId, 1, 'received')).onRecord.due).toBe(onRecord.due)
    return onRecord.due
  }
  expect([await dueOf(0), await dueOf(30), await dueOf(100), await dueOf(400)]).toStrictEqual([100, 70, 0, 0])
})

test('a number is that of one return, for good', async () => {
  const orderId = await delivered()
  await open(orderId, 1, 1)
  const other = { ...request(orderId, 1, 1), fingerprint: 'another' }
  expect(await kindOf(server.store.openReturn(other, new Date()))).toBe('refused')
  await move(orderId, 1, 'accepted', 'expired')
  expect(await open(orderId, 1, 1)).toStrictEqual({
    kind: 'refused',
    problems: ['orderId: return 1 is on record already'],
  })
})

test('a later run of a return hears how far it came', async () => {
  const orderId = await delivered()
  const first = await open(orderId, 1, 2)
  await move(orderId, 1, 'accepted')
  expect(await open(orderId, 1, 2)).toStrictEqual({ ...first, reached: { status: 'accepted' } })
  await move(orderId, 1, 'received')
  const lines = [{ lineNumber: 1, restocked: 1, writtenOff: 0 }]
  expect(await open(orderId, 1, 2)).toStrictEqual({
    ...first,
    amount: 100,
    reached: { status: 'received', received: { by: 'staff:ann', lines } },
  })
})

test('a piece comes back once: ten returns at once of a line of two', async () => {
  const orderId = await delivered()
  const kinds = await Promise.all(Array.from({ length: 10 }, (_, i) => kindOf(open(orderId, i + 1, 1))))
  expect(kinds.filter((kind) => kind === 'opened').length).toBe(2)
})

test('what did not arrive can be asked for again, and so can all of a return that expired', async () => {
  const orderId = await delivered()
  await open(orderId, 1, 2)
  expect(await kindOf(open(orderId, 2, 1))).toBe('refused')
  await move(orderId, 1, 'accepted', 'received')
  expect(await kindOf(open(orderId, 3, 2))).toBe('refused')
  expect(await kindOf(open(orderId, 4, 1))).toBe('opened')
  await move(orderId, 4, 'accepted', 'expired')
  expect(await kindOf(open(orderId, 5, 1))).toBe('opened')
})

test('money that goes back after the end is on record, with who gave it', async () => {
  const orderId = await delivered()
  const refund = { type: 'refunded' as const, part: 'staff/k1', shipmentId: null, amount: 150 }
  const changes = [
    {
      key: 'refunded/staff/k1',
      at: new Date().toISOString(),
      by: 'staff:ann' as const,
      note: 'scratched',
      change: refund,
    },
  ]
  for (let i = 0; i < 2; i++) await server.store.recordChanges({ orderId, traceparent: '', changes })
  const order = await server.store.findOrder(orderId)
  expect([order?.status, order?.refunded]).toStrictEqual(['completed', 350])
  const last = order?.history.at(-1)
  expect([last?.type, last?.by, last?.note]).toStrictEqual(['refunded', 'staff:ann', '1.50 GBP: scratched'])
})
