import { expect, test } from '@jest/globals'
import { type Call, withServer } from '#clients/rest/fixtures.ts'
import { withToken } from '#clients/rest/session.ts'
import { silent } from '#platform/testing/fixtures.ts'
import { createReturnDesk, type DeskOrder } from '../fixtures.ts'
import { createGateway } from '../place/gateway.ts'
import type { PlannedReturn } from '../plan/returns.ts'
import { type Returns, returnLines, returnsOf } from '../report/return-summary.ts'
import { createReturnCalls } from './return-calls.ts'
import { playReturns, type TakenBack } from './returns.ts'

const planned = (invoice: string, order: string, ...lines: [number, number][]): PlannedReturn => ({
  invoice,
  order: { invoice: order, customerId: 'ada' },
  lines: lines.map(([lineNumber, quantity]) => ({ lineNumber, productId: `1000${lineNumber}`, quantity })),
})
const products = ['10001', '10002', '10003']
const delivered = (...lines: [number, number][]): DeskOrder => ({
  status: 'completed',
  products,
  shipments: [
    { status: 'delivered', lines: lines.map(([lineNumber, quantity]) => ({ lineNumber, quantity })) },
  ],
})

async function against(
  orders: Record<string, DeskOrder>,
  plan: PlannedReturn[],
  use: (taken: TakenBack[], again: () => Promise<TakenBack[]>, calls: Call[]) => void | Promise<void>,
  patience = 5_000,
) {
  const desk = createReturnDesk(orders)
  await withServer(desk, async (url, calls) => {
    const gateway = createGateway({ url, session: withToken('mine'), logger: silent })
    const run = () =>
      playReturns(plan, {
        calls: createReturnCalls({ gateway, logger: silent }),
        orderIdOf: ({ invoice }) => (invoice === 'refused' ? undefined : `id-${invoice}`),
        patience,
        signal: new AbortController().signal,
        onProgress: () => {},
      })
    await use(await run(), run, calls)
  })
}

test('a return is asked for, accepted, received and refunded; a second run makes nothing twice', async () => {
  await against(
    { 'id-1': delivered([1, 6], [2, 3]) },
    [planned('C1', '1', [1, 4], [2, 3])],
    async (taken, again, calls) => {
      const refunded = { invoice: 'C1', kind: 'refunded', pieces: 7, amount: 700, unmatched: [] }
      expect(taken).toStrictEqual([refunded])
      const asked = calls.filter(({ request }) => request === 'POST /v1/orders/id-1/returns')
      expect(asked[0]?.key).toBe('log-return/C1/id-1')
      expect(JSON.parse(asked[0]?.body ?? '')).toStrictEqual({
        lines: [
          { lineNumber: 1, quantity: 4 },
          { lineNumber: 2, quantity: 3 },
        ],
        reason: 'cancellation invoice C1',
      })
      expect(await again()).toStrictEqual([refunded])
      expect(calls.every(({ request }) => !request.includes('/returns/2'))).toBeTruthy()
    },
  )
})

test('what was not delivered does not come back, and is said', async () => {
  const lost: DeskOrder = {
    status: 'completed',
    products,
    shipments: [
      { status: 'delivered', lines: [{ lineNumber: 1, quantity: 2 }] },
      {
        status: 'lost',
        lines: [
          { lineNumber: 1, quantity: 4 },
          { lineNumber: 2, quantity: 1 },
        ],
      },
    ],
  }
  await against(
    { 'id-1': lost },
    [planned('C1', '1', [1, 3], [2, 1]), planned('C2', '1', [2, 1])],
    (taken) => {
      expect(taken).toStrictEqual([
        {
          invoice: 'C1',
          kind: 'refunded',
          pieces: 2,
          amount: 200,
          unmatched: [
            { invoice: 'C1', productId: '10001', quantity: 1, reason: 'not_delivered' },
            { invoice: 'C1', productId: '10002', quantity: 1, reason: 'not_delivered' },
          ],
        },
        {
          invoice: 'C2',
          kind: 'nothing',
          unmatched: [{ invoice: 'C2', productId: '10002', quantity: 1, reason: 'not_delivered' }],
        },
      ])
    },
  )
})

test('nothing comes back from an order that was cancelled, is unknown, is another one, was refused, or whose goods came back otherwise', async () => {
  const orders = {
    'id-1': { status: 'cancelled', products, shipments: [] },
    'id-4': { ...delivered([1, 6]), products: ['22960'] },
    'id-3': { ...delivered([1, 6]), left: 0 },
  }
  await against(
    orders,
    [
      planned('C1', '1', [1, 1]),
      planned('C2', '2', [1, 1]),
      planned('C3', '3', [1, 1]),
      planned('C4', '4', [1, 1]),
      planned('C5', 'refused', [1, 1]),
    ],
    (taken) => {
      expect(
        taken
          .map(({ unmatched }) => unmatched[0])
          .map((line) => `${line?.invoice} ${line?.reason}`)
          .toSorted(),
      ).toStrictEqual([
        'C1 order_cancelled',
        'C2 order_unknown',
        'C3 not_taken_back',
        'C4 order_unknown',
        'C5 order_refused',
      ])
    },
  )
})

test('a return whose order does not end is open when the patience is over', async () => {
  const orders = { 'id-1': { status: 'shipping', products, shipments: [] } }
  await against(orders, [planned('C1', '1', [1, 1])], (taken) => expect(taken[0]?.kind).toBe('open'), 250)
})

const cancellation = (invoice: string) => ({ invoice, customerId: 'ada', at: '', lines: [] })
const facts = {
  cancellations: [cancellation('C1'), cancellation('C2'), cancellation('C3')],
  planned: [planned('C1', '1', [1, 2]), planned('C2', '1', [1, 1])],
  unmatched: [{ invoice: 'C3', productId: 'D', quantity: 1, reason: 'not_a_product' as const }],
}

test('each cancellation invoice is returned, unmatched or open', () => {
  const counts = ({ invoices, returned, unmatched, open }: Returns) => [invoices, returned, unmatched, open]
  expect(counts(returnsOf({ ...facts, taken: null }))).toStrictEqual([3, 0, 1, 2])
  const refunded: TakenBack = { invoice: 'C1', kind: 'refunded', pieces: 2, amount: 250, unmatched: [] }
  const summary = returnsOf({ ...facts, taken: [refunded, { invoice: 'C2', kind: 'open', unmatched: [] }] })
  expect(counts(summary)).toStrictEqual([3, 1, 1, 1])
  expect(returnLines(summary, true).filter(Boolean)).toStrictEqual([
    'returned          1 of 3 cancellation invoices: 2 pieces, 2.50 GBP back',
    'returns open      1',
    'unmatched         1, lines: not_a_product 1',
    '  C3 not_a_product: 1 × D',
  ])
})
