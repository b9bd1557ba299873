import { describe, expect, it } from '@jest/globals'
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
    ...(
      [
        ['return_requested', 'customer:17850', 'return 1, 10.20 GBP: too many', 1],
        ['return_accepted', 'staff:ann', 'return 1', 1],
        ['refunded', 'system', '10.20 GBP for return 1', 1],
        ['return_refunded', 'system', 'return 1, 10.20 GBP', 1],
        ['return_requested', 'customer:17850', 'return 10, 2.55 GBP', 10],
        ['refunded', 'staff:bob', '2.55 GBP: scratched', null],
      ] as const
    ).map(([type, by, note, returnNumber], i) => ({
      returnNumber,
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
    expect([exitCode, stdout]).toStrictEqual([0, 'moved: the shipment is delivered, the order shipping\n'])
    expect(asked).toStrictEqual([
      {
        method: 'POST',
        url: `${path}/shipments/s1/move`,
        body: { status: 'delivered', note: 'seen at the door' },
      },
    ])
    expect((await run(['orders', 'move', exampleOrderId, 's1', 'cancelled'])).exitCode).toBe(2)
  })

  it('resumes an order whose workflow is gone', async () => {
    const args = ['orders', 'resume', exampleOrderId]
    const { stdout, asked } = await against(() => ok({ workflow: 'resumed' }), args)
    expect(stdout).toMatch(/^resumed: /)
    expect(asked[0]?.url).toBe(`${path}/resume`)
    const again = await against(() => ok({ workflow: 'running' }), args)
    expect(again.stdout).toMatch(/^nothing to resume: its workflow is running/)
  })

  it('refunds a part or the rest, under a key when one is given', async () => {
    const done = () => ok({ orderId: exampleOrderId, amount: 255, currency: 'GBP' })
    const refund = (...args: string[]) =>
      against(done, ['orders', 'refund', exampleOrderId, '--reason', 'scratched', ...args])
    const { stdout, asked, headers } = await refund('--amount', '2.55', '--key', 'k1')
    expect(stdout).toBe('refunded: 2.55 GBP\n')
    expect([asked[0]?.url, asked[0]?.body, headers[0]?.['idempotency-key']]).toStrictEqual([
      `${path}/refunds`,
      { amount: 255, reason: 'scratched' },
      'k1',
    ])
    expect((await refund('--all')).asked[0]?.body).toStrictEqual({ reason: 'scratched' })
    for (const wrong of ['0', '2.555', 'all']) expect((await refund('--amount', wrong)).exitCode).toBe(2)
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
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/1\.00 GBP can be given back at most/)
  })

  it('adds stock, and takes it away', async () => {
    const stock = { productId: '85123A', warehouseId: 'london', onHand: 505, reserved: 6 }
    const restock = (change: string) =>
      against(
        () => ok(stock),
        ['products', 'restock', '85123A', '--warehouse', 'london', '--change', change, '--reason', 'found'],
      )
    const { stdout, asked } = await restock('5')
    expect(stdout).toBe('london has 505 pieces of 85123A, 6 of them reserved\n')
    expect(asked).toStrictEqual([
      {
        method: 'POST',
        url: '/v1/products/85123A/stock',
        body: { warehouseId: 'london', change: 5, reason: 'found' },
      },
    ])
    const [taken] = (await restock('-5')).asked
    expect(taken?.body).toStrictEqual({ warehouseId: 'london', change: -5, reason: 'found' })
    expect((await restock('0')).exitCode).toBe(2)
  })
})

describe('returns', () => {
  it('are asked for by line', async () => {
    const answer = () => ({ status: 201, body: { orderId: exampleOrderId, number: 2, amount: 510 } })
    const args = ['returns', 'request', exampleOrderId, '--lines', '1=2', '--reason', 'too many']
    const { stdout, asked } = await against(answer, args)
    expect(stdout).toMatch(/return 2 is on record: 5\.10 GBP go back .*; order-saga returns accept \S+ 2\n$/)
    expect(asked[0]?.body).toStrictEqual({ lines: [{ lineNumber: 1, quantity: 2 }], reason: 'too many' })
    expect((await run(['returns', 'request', exampleOrderId, '--reason', 'x'])).exitCode).toBe(2)
  })

  it('are accepted, refused and received', async () => {
    const done = () => ok({ orderId: exampleOrderId, number: 1, status: 'accepted' })
    const tell = (...args: string[]) => against(done, ['returns', ...args])
    const accepted = await tell('accept', exampleOrderId, '1')
    expect(accepted.stdout).toBe('return 1 is accepted\n')
    const refusing = await tell('refuse', exampleOrderId, '1', '--note', 'too late')
    const all = await tell('receive', exampleOrderId, '1')
    const part = await tell('receive', exampleOrderId, '1', '--lines', '1=3/1,2=4', '--json')
    expect(
      [accepted, refusing, all, part].map(({ asked }) => [asked[0]?.url?.replace(path, ''), asked[0]?.body]),
    ).toStrictEqual([
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
    ])
    expect((await tell('accept', exampleOrderId, 'first')).exitCode).toBe(2)
  })

  it('are listed with their goods', async () => {
    const { stdout } = await against(() => ok(returned), ['returns', 'list', exampleOrderId])
    expect(stdout).toMatch(/^return +status +/)
    expect(stdout).toMatch(
      /1 +refunded +2010-12-02 08:26:00 +4 × 85123A \(line 1; 3 into stock; 1 written off\) +10\.20 GBP +too many/,
    )
    const json = await against(() => ok(returned), ['returns', 'list', exampleOrderId, '--json'])
    expect(JSON.parse(json.stdout)).toStrictEqual({ orderId: exampleOrderId, returns: returned.returns })
  })

  it('and refunds stand in the order with who did it', async () => {
    const { stdout } = await against(() => ok(returned), ['orders', 'show', exampleOrderId])
    expect(stdout).toMatch(/money +15\.30 GBP, 12\.75 GBP given back/)
    expect(stdout).toMatch(
      /\nreturns\n +1 +refunded +4 × 85123A +10\.20 GBP +too many +requested by customer:17850, accepted by staff:ann\n/,
    )
    expect(stdout).toMatch(
      /\nrefunds\n.* by system +10\.20 GBP for return 1\n.* by staff:bob +2\.55 GBP: scratched\n/,
    )
  })
})
