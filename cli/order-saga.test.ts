import { describe, expect, it } from '@jest/globals'
import { exampleOrder, exampleOrderId, exampleSummary } from '#api/routes/orders/order-examples.ts'
import { about } from '#platform/testing/expect.ts'
import { against, ok, refused, run } from './fixtures.ts'

const ended = {
  ...exampleOrder,
  status: 'completed' as const,
  endedAt: '2010-12-01T09:00:00.000Z',
  waitingFor: null,
  history: [
    ...exampleOrder.history,
    {
      sequence: 60,
      type: 'completed',
      status: 'completed' as const,
      by: 'system',
      note: null,
      at: '2010-12-01T09:00:00.000Z',
    },
  ],
}
const stuck = {
  ...exampleOrder,
  stuck: { step: 'charge', since: '2010-12-01T08:30:00.000Z', error: 'connection refused' },
  stuckSteps: [
    { step: 'recall', shipmentId: 's2', since: '2010-12-01T08:30:00.000Z', error: 'the courier is away' },
    { step: 'charge', shipmentId: null, since: '2010-12-01T08:30:00.000Z', error: 'connection refused' },
  ],
}
const page = { orders: [exampleSummary], nextCursor: 'bmV4dA' }

const errorIn = (stdout: string) =>
  (JSON.parse(stdout) as { error: { exitCode: number; kind: string } }).error

describe('order-saga', () => {
  it('lists the exit codes in the help of the command and of its parts', async () => {
    for (const command of ['', 'orders decide', 'returns receive', 'audit', 'logs', 'generate', 'login']) {
      const { exitCode, stdout } = await run([...command.split(' ').filter(Boolean), '--help'])
      about(command, () => expect(exitCode).toBe(0))
      about(command, () =>
        expect(stdout).toMatch(/Exit codes:\n {2}0 {2}ok\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}4 .*\n130 /),
      )
    }
  })

  it('exits 2 with one line for bad usage', async () => {
    for (const [args, complaint] of [
      [['orders', 'nope'], /unknown command 'nope'/],
      [['orders', 'list', '--status', 'sold'], /"sold" is no status; there are pending, /],
      [['orders', 'decide', 'x'], /--amend 1=2,3=0 or --cancel/],
      [['orders', 'decide', 'x', '--amend', '1=2,1=3'], /Line 1 is duplicated/],
      [['orders', 'decide', 'x', '--amend', '1:2'], /"1:2" is not line=quantity/],
      [['o\u001b[2J\nrders'], /unknown command 'o\\u001b\[2J rders'/],
      [['order'], /unknown command 'order' \(Did you mean orders\?\)/],
      [['orders', 'list', '--status', 'x\u202e\ny'], /argument 'x\\u202e y' is invalid/],
      [['generate', '--rate', '0'], /Wanted: a number above 0/],
      [['generate', '--file', 'x', '--prefix', 'a\u001b[2Jb'], /must not have control characters/],
      [['generate', '--file', 'x', '--prefix', 'a'.repeat(116)], /must be 0 to 115 characters/],
    ] as const) {
      const { exitCode, stdout, stderr } = await run([...args])
      about(args.join(' '), () => expect([exitCode, stdout]).toStrictEqual([2, '']))
      expect(stderr).toMatch(complaint)
      expect(stderr).toMatch(/^order-saga: [^\n]*\n$/)
    }
  })

  it('shows its help and exits 2 when no command is named', async () => {
    const { exitCode, stderr } = await run([])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^Usage: order-saga/)
  })

  it('says below a list which database did not answer', async () => {
    const missing = [{ shard: 'order_2', why: 'connect ECONNREFUSED' }]
    for (const orders of [page.orders, []]) {
      const { exitCode, stdout } = await against(
        () => ({ status: 200, body: { orders, nextCursor: null, partial: true, missing } }),
        ['orders', 'list'],
      )
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^incomplete: order_2 did not answer \(connect ECONNREFUSED\)$/m)
    }
  })

  it('exits 3 with one line when the gateway is away', async () => {
    const { exitCode, stderr } = await run(['orders', 'list'], { GATEWAY_URL: 'http://127.0.0.1:1' })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^order-saga: the gateway at http:\/\/127.0.0.1:1 cannot be reached [^\n]*\n$/)
  })

  it('exits 3 when something else answers at the gateway’s address', async () => {
    const { exitCode, stderr } = await against(
      () => ({ status: 404, text: '<h1>nginx</h1>' }),
      ['orders', 'list'],
    )
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/is not the gateway: status 404/)
  })

  it('exits 3 when a service behind the gateway is away', async () => {
    const { exitCode } = await against(
      () => refused({ problem: 'unavailable', detail: 'The order service is away.' }),
      ['orders', 'list'],
    )
    expect(exitCode).toBe(3)
  })

  it('exits 3 when Kafka is away, before it registers anything', async () => {
    const { exitCode, stderr } = await run(['generate', '--brokers', '127.0.0.1:1'])
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/Kafka at 127.0.0.1:1 cannot be reached/)
  })

  it('exits 2 and names the variable when the audit does not know a database', async () => {
    const { exitCode, stderr } = await run(['audit'], { AUDIT_ORDER_DATABASE_URL: 'not a url' })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/AUDIT_ORDER_DATABASE_URL is "not a url"; wanted: a URL/)
  })
})

describe('orders', () => {
  it('list asks for what was asked for, and names the next page', async () => {
    const args = [
      'orders',
      'list',
      '--customer',
      '17850',
      '--status',
      'paid,shipping',
      '--stuck',
      '--limit',
      '5',
    ]
    const { exitCode, stdout, asked } = await against(() => ok(page), args)
    expect(exitCode).toBe(0)
    expect(asked[0]?.url).toBe('/v1/orders?customerId=17850&status=paid&status=shipping&stuck=true&limit=5')
    expect(stdout).toMatch(new RegExp(`${exampleOrderId} .* 15.30 GBP +shipping`))
    expect(stdout).toMatch(/next page: --cursor bmV4dA/)
  })

  it('list prints one JSON document with --json', async () => {
    const { stdout } = await against(() => ok(page), ['orders', 'list', '--json'])
    expect(JSON.parse(stdout)).toStrictEqual(page)
  })

  it('show tells in one look where the order is and why it is stuck', async () => {
    const { exitCode, stdout } = await against(() => ok(stuck), ['orders', 'show', exampleOrderId])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(new RegExp(`^order ${exampleOrderId} is shipping, since `))
    expect(stdout).toMatch(/stuck +at recall of s2, .*: the courier is away/)
    expect(stdout).toMatch(/stuck +at charge, since 2010-12-01 08:30:00 \(\d+ d ago\): connection refused/)
    expect(stdout).toMatch(/waits for +The courier, about 1 shipment/)
    expect(stdout).toMatch(/money +15.30 GBP/)
    expect(stdout).toMatch(/from london +sent_to_customer/)
    expect(stdout).toMatch(/2010-12-01 08:26:00 +placed +→ pending +customer:17850/)
    expect(stdout).toMatch(/http:\/\/temporal:8233\/namespaces\/default\/workflows\/order-019a8f3c/)
  })

  it('show prints the whole order with --json', async () => {
    const { stdout } = await against(() => ok(exampleOrder), ['orders', 'show', exampleOrderId, '--json'])
    expect(JSON.parse(stdout)).toStrictEqual(exampleOrder)
  })

  it('show exits 4 when there is no such order, and says so in JSON too', async () => {
    const answer = () => refused({ problem: 'not-found', detail: `There is no order ${exampleOrderId}.` })
    const { exitCode, stdout, stderr } = await against(answer, ['orders', 'show', exampleOrderId, '--json'])
    expect(exitCode).toBe(4)
    expect(stderr).toMatch(/^order-saga: .*There is no order [^\n]*\n$/)
    const { exitCode: inJson, kind } = errorIn(stdout)
    expect([inJson, kind]).toStrictEqual([4, 'not-found'])
  })

  it('a field that breaks a rule is named by its path, and is bad usage', async () => {
    const errors = [{ path: 'orderId', message: 'must be an order id' }]
    const answer = () => refused({ problem: 'invalid-parameters', detail: 'orderId: …', errors })
    const { exitCode, stderr } = await against(answer, ['orders', 'show', 'x/../y'])
    expect([exitCode, stderr]).toStrictEqual([2, 'order-saga: orderId: must be an order id\n'])
  })

  it('watch follows an order to its end, each change once', async () => {
    let looks = 0
    const answer = () => ok(++looks < 3 ? exampleOrder : ended)
    const args = ['orders', 'watch', exampleOrderId, '--every', '10ms']
    const { exitCode, stdout } = await against(answer, args)
    expect(exitCode).toBe(0)
    expect(stdout.match(/reserved/g)?.length).toBe(1)
    expect(stdout).toMatch(/… The courier, about 1 shipment/)
    expect(stdout).toMatch(new RegExp(`${exampleOrderId} is completed\n$`))
  })

  it('watch prints a JSON line per change with --json', async () => {
    let looks = 0
    const answer = () => ok(++looks < 3 ? exampleOrder : ended)
    const args = ['orders', 'watch', exampleOrderId, '--every', '10ms', '--json']
    const { stdout } = await against(answer, args)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { orderId: string; type: string })
    expect(lines.map(({ type }) => type)).toStrictEqual(ended.history.map(({ type }) => type))
    expect(lines[0]?.orderId).toBe(exampleOrderId)
  })

  it('watch outlives a gateway that goes away for a moment', async () => {
    let looks = 0
    const away = () => refused({ problem: 'unavailable', detail: 'away' })
    const answer = () => (++looks === 1 ? ok(exampleOrder) : looks < 4 ? away() : ok(ended))
    const args = ['orders', 'watch', exampleOrderId, '--every', '10ms']
    const { exitCode, stderr } = await against(answer, args)
    expect(exitCode).toBe(0)
    expect(stderr).toBe('order-saga: the gateway is unavailable, trying again\n')
  })

  it('watch without an order tells of each order that changes, until Ctrl-C', async () => {
    let looks = 0
    const answer = () =>
      ok({ orders: [++looks < 3 ? exampleSummary : { ...exampleSummary, status: 'completed' }] })
    const { exitCode, stdout } = await against(answer, ['orders', 'watch', '--every', '10ms', '--json'], {
      interruptAt: /completed/,
    })
    expect(exitCode).toBe(130)
    const seen = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: string }).status)
    expect(seen).toStrictEqual(['shipping', 'completed'])
  })

  it('watch of an order that is interrupted exits 130', async () => {
    const args = ['orders', 'watch', exampleOrderId, '--every', '10ms']
    const { exitCode } = await against(() => ok(exampleOrder), args, { interruptAt: /reserved/ })
    expect(exitCode).toBe(130)
  })

  it('cancel passes the note on', async () => {
    const accepted = { orderId: exampleOrderId, status: 'shipping', accepted: true }
    const args = ['orders', 'cancel', exampleOrderId, '--note', 'ordered twice', '--json']
    const { exitCode, stdout, asked } = await against(() => ok(accepted), args)
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toStrictEqual(accepted)
    expect(asked).toStrictEqual([
      {
        method: 'POST',
        url: `/v1/orders/${exampleOrderId}/cancel`,
        body: { note: 'ordered twice' },
      },
    ])
  })

  it('cancel exits 1 when it comes too late', async () => {
    const answer = () => refused({ problem: 'too-late', detail: 'The order is completed.' })
    const { exitCode, stderr } = await against(answer, ['orders', 'cancel', exampleOrderId])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/past the point where this can be done: The order is completed\.\n$/)
  })

  it('decide amends lines, or cancels', async () => {
    const decided = { orderId: exampleOrderId, status: 'awaiting_customer' }
    const decide = (...args: string[]) =>
      against(() => ok(decided), ['orders', 'decide', exampleOrderId, ...args])
    const amended = await decide('--amend', '1=2,3=0')
    expect(amended.exitCode).toBe(0)
    const lines = [
      { lineNumber: 1, quantity: 2 },
      { lineNumber: 3, quantity: 0 },
    ]
    expect(amended.asked[0]?.body).toStrictEqual({ kind: 'amend', lines })
    const cancelled = await decide('--cancel')
    expect(cancelled.asked[0]?.body).toStrictEqual({ kind: 'cancel' })
    expect((await decide('--cancel', '--amend', '1=2')).exitCode).toBe(2)
  })
})
