import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exampleOrder, exampleOrderId } from '#api/routes/orders/order-examples.ts'
import { against, ok, refused, run } from '../fixtures.ts'

const path = `/v1/orders/${exampleOrderId}`
const returned = {
  ...exampleOrder,
  refunded: 1_275,
  returns: [
    {
      number: 1,
      status: 'refunded',
      reason: 'too many',
      amount: 1_020,
      requestedAt: '2010-12-02T08:26:00.000Z',
      endedAt: '2010-12-03T08:26:00.000Z',
      lines: [
        { lineNumber: 1, productId: '85123A', quantity: 4, unitPrice: 255, restocked: 3, writtenOff: 1 },
      ],
    },
  ],
  history: [
    ...exampleOrder.history,
    ...[
      ['return_requested', 'customer:17850', 'return 1, 10.20 GBP: too many'],
      ['return_accepted', 'staff:ann', 'return 1'],
      ['refunded', 'system', '10.20 GBP for return 1'],
      ['return_refunded', 'system', 'return 1, 10.20 GBP'],
      ['return_requested', 'customer:17850', 'return 10, 2.55 GBP'],
      ['refunded', 'staff:bob', '2.55 GBP: scratched'],
    ].map(([type, by, note], i) => ({
      sequence: 100 + i,
      type,
      by,
      note,
      status: 'completed',
      at: '2010-12-02T08:26:00.000Z',
    })),
  ],
}

describe('what staff do by hand', () => {
  it('moves a shipment on', async () => {
    const args = ['orders', 'move', exampleOrderId, 's1', 'delivered', '--note', 'seen at the door']
    const { exitCode, stdout, asked } = await against(() => ok({ status: 'shipping' }), args)
    assert.deepEqual([exitCode, stdout], [0, 'moved: the shipment is delivered, the order shipping\n'])
    assert.deepEqual(asked, [
      {
        method: 'POST',
        url: `${path}/shipments/s1/move`,
        body: { status: 'delivered', note: 'seen at the door' },
      },
    ])
    assert.equal((await run(['orders', 'move', exampleOrderId, 's1', 'cancelled'])).exitCode, 2)
  })

  it('resumes an order whose workflow is gone', async () => {
    const args = ['orders', 'resume', exampleOrderId]
    const { stdout, asked } = await against(() => ok({ workflow: 'resumed' }), args)
    assert.match(stdout, /^resumed: /)
    assert.equal(asked[0]?.url, `${path}/resume`)
    const again = await against(() => ok({ workflow: 'running' }), args)
    assert.match(again.stdout, /^nothing to resume: its workflow is running/)
  })

  it('refunds a part or the rest, under a key when one is given', async () => {
    const done = () => ok({ orderId: exampleOrderId, amount: 255, currency: 'GBP' })
    const refund = (...args: string[]) =>
      against(done, ['orders', 'refund', exampleOrderId, '--reason', 'scratched', ...args])
    const { stdout, asked, headers } = await refund('--amount', '2.55', '--key', 'k1')
    assert.equal(stdout, 'refunded: 2.55 GBP\n')
    assert.deepEqual(
      [asked[0]?.url, asked[0]?.body, headers[0]?.['idempotency-key']],
      [`${path}/refunds`, { amount: 255, reason: 'scratched' }, 'k1'],
    )
    assert.deepEqual((await refund('--all')).asked[0]?.body, { reason: 'scratched' })
    for (const wrong of ['0', '2.555', 'all']) assert.equal((await refund('--amount', wrong)).exitCode, 2)
  })

  it('exits 1 when more is asked back than was paid', async () => {
    const answer = () => refused({ problem: 'not-refundable', detail: '1.00 GBP can be given back at most.' })
    const { exitCode, stderr } = await against(answer, [
      'orders',
      'refund',
      exampleOrderId,
      '--all',
      '--reason',
      'x',
    ])
    assert.equal(exitCode, 1)
    assert.match(stderr, /1\.00 GBP can be given back at most/)
  })

  it('adds stock, and takes it away', async () => {
    const stock = { productId: '85123A', warehouseId: 'london', onHand: 505, reserved: 6 }
    const restock = (change: string) =>
      against(
        () => ok(stock),
        ['products', 'restock', '85123A', '--warehouse', 'london', '--change', change, '--reason', 'found'],
      )
    const { stdout, asked } = await restock('5')
    assert.equal(stdout, 'london has 505 pieces of 85123A, 6 of them reserved\n')
    assert.deepEqual(asked, [
      {
        method: 'POST',
        url: '/v1/products/85123A/stock',
        body: { warehouseId: 'london', change: 5, reason: 'found' },
      },
    ])
    const [taken] = (await restock('-5')).asked
    assert.deepEqual(taken?.body, { warehouseId: 'london', change: -5, reason: 'found' })
    assert.equal((await restock('0')).exitCode, 2)
  })
})

describe('returns', () => {
  it('are asked for by line', async () => {
    const answer = () => ({ status: 201, body: { orderId: exampleOrderId, number: 2, amount: 510 } })
    const args = ['returns', 'request', exampleOrderId, '--lines', '1=2', '--reason', 'too many']
    const { stdout, asked } = await against(answer, args)
    assert.match(stdout, /return 2 is on record: 5\.10 GBP go back .*; order-saga returns accept \S+ 2\n$/)
    assert.deepEqual(asked[0]?.body, { lines: [{ lineNumber: 1, quantity: 2 }], reason: 'too many' })
    assert.equal((await run(['returns', 'request', exampleOrderId, '--reason', 'x'])).exitCode, 2)
  })

  it('are accepted, refused and received', async () => {
    const done = () => ok({ orderId: exampleOrderId, number: 1, status: 'accepted' })
    const tell = (...args: string[]) => against(done, ['returns', ...args])
    const accepted = await tell('accept', exampleOrderId, '1')
    assert.equal(accepted.stdout, 'return 1 is accepted\n')
    const refusing = await tell('refuse', exampleOrderId, '1', '--note', 'too late')
    const all = await tell('receive', exampleOrderId, '1')
    const part = await tell('receive', exampleOrderId, '1', '--lines', '1=3/1,2=4', '--json')
    assert.deepEqual(
      [accepted, refusing, all, part].map(({ asked }) => [asked[0]?.url?.replace(path, ''), asked[0]?.body]),
      [
        ['/returns/1/decision', { accept: true }],
        ['/returns/1/decision', { accept: false, note: 'too late' }],
        ['/returns/1/receipt', {}],
        [
          '/returns/1/receipt',
          {
            lines: [
              { lineNumber: 1, restocked: 3, writtenOff: 1 },
              { lineNumber: 2, restocked: 4, writtenOff: 0 },
            ],
          },
        ],
      ],
    )
    assert.equal((await tell('accept', exampleOrderId, 'first')).exitCode, 2)
  })

  it('are listed with their goods', async () => {
    const { stdout } = await against(() => ok(returned), ['returns', 'list', exampleOrderId])
    assert.match(stdout, /^return +status +/)
    assert.match(
      stdout,
      /1 +refunded +2010-12-02 08:26:00 +4 × 85123A \(line 1; 3 into stock; 1 written off\) +10\.20 GBP +too many/,
    )
    const json = await against(() => ok(returned), ['returns', 'list', exampleOrderId, '--json'])
    assert.deepEqual(JSON.parse(json.stdout), { orderId: exampleOrderId, returns: returned.returns })
  })

  it('and refunds stand in the order with who did it', async () => {
    const { stdout } = await against(() => ok(returned), ['orders', 'show', exampleOrderId])
    assert.match(stdout, /money +15\.30 GBP, 12\.75 GBP given back/)
    assert.match(
      stdout,
      /\nreturns\n +1 +refunded +4 × 85123A +10\.20 GBP +too many +requested by customer:17850, accepted by staff:ann\n/,
    )
    assert.match(
      stdout,
      /\nrefunds\n.* by system +10\.20 GBP for return 1\n.* by staff:bob +2\.55 GBP: scratched\n/,
    )
  })
})
