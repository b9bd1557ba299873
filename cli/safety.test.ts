import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { Command } from 'commander'
import { exampleOrder, exampleOrderId } from '#api/routes/orders/order-examples.ts'
import { about } from '#platform/testing/expect.ts'
import { addRefund } from './commands/refund.ts'
import { type Asked, against, ok, refused } from './fixtures.ts'
import type { Context } from './session/context.ts'
import type { Gateway } from './session/gateway.ts'
import { signedInBy } from './session/signed-in.ts'

/** Clears the screen, sets the title, turns the direction of writing, and takes a line back. */
const nasty = '\u001b[2J\u001b]0;pwned\u0007\u202egpj\u009b2Kx\rok\u200b'
const at = '2010-12-01T08:26:00.000Z'

/** The same answer with something nasty in every text of it. */
function poisoned(value: unknown, kept: readonly string[] = []): unknown {
  if (typeof value === 'string') return value === at || kept.includes(value) ? value : `${value}${nasty}`
  if (Array.isArray(value)) return value.map((one) => poisoned(one, kept))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poisoned(one, kept)]))
}

const letter = {
  id: 'order.events/0/17',
  topic: 'order.events',
  key: 'k',
  type: 'OrderCreated',
  messageId: 'm',
  reason: 'why',
  groups: ['mail'],
  at,
  redriven: { at, by: 'staff:ann' },
}
const address = { addressId: 'home', line: '1 High Street', city: 'London', postcode: 'SW1', country: 'UK' }
const customer = {
  customerId: '17850',
  name: 'Ada',
  email: 'ada@example.com',
  phone: '1',
  addresses: [{ ...address, place: { latitude: 51, longitude: 0 } }],
}
const stuckOrder = { ...exampleOrder, stuck: { step: 'charge', since: at, error: 'refused' } }
const account = { customerId: '17850', currency: 'GBP', balance: 100, createdAt: at }
const entry = { transferId: 't', kind: 'refund', amount: 5, orderId: 'o', reason: 'a scratch', at }
const delivery = {
  deliveryId: 'd',
  event: 'order.paid',
  orderId: 'o',
  status: 'failed',
  attempts: 1,
  lastAnswer: '503',
  createdAt: at,
  attemptedAt: at,
}
const product = { productId: 'p', name: 'n', price: 1, currency: 'GBP' }
const lists: [args: string[], answer: object][] = [
  [['orders', 'list'], { orders: [stuckOrder], nextCursor: 'c' }],
  [['orders', 'show', 'x'], stuckOrder],
  [['orders', 'watch', 'x', '--every', '10ms'], { ...stuckOrder, endedAt: at }],
  [['returns', 'list', 'x'], { ...exampleOrder, returns: [returned()] }],
  [['customers', 'list'], { customers: [customer], nextCursor: 'c' }],
  [['customers', 'show', 'x'], customer],
  [
    ['products', 'list'],
    { products: [{ ...product, stock: [{ warehouseId: 'w', onHand: 5, reserved: 1 }] }] },
  ],
  [['accounts', 'list'], { accounts: [account], nextCursor: 'c' }],
  [['accounts', 'show', 'x'], { ...account, entries: [entry], nextCursor: 'c' }],
  [['users', 'list'], { users: [{ userName: 'ann', role: 'staff', id: 'ann' }], nextCursor: 'c' }],
  [['mails'], { mails: [{ orderId: 'o', recipient: 'r', subject: 's', text: 'a\nb', at }], nextCursor: 'c' }],
  [['dead-letters', 'list'], { deadLetters: [letter], nextCursor: 'c' }],
  [
    ['dead-letters', 'show', 'a/0/1'],
    { ...letter, headers: { type: 'x' }, value: 'AA==', content: { name: 'y' }, undecodable: null },
  ],
  [['webhooks', 'list'], { webhooks: [{ webhookId: 'w', url: 'u', events: ['e'], createdAt: at }] }],
  [['webhooks', 'deliveries', 'x'], { deliveries: [delivery] }],
  [['whoami'], { role: 'staff', id: 'ann' }],
]

function returned() {
  const line = { lineNumber: 1, productId: 'p', quantity: 1, unitPrice: 1, restocked: 0, writtenOff: 0 }
  return {
    number: 1,
    status: 'requested',
    reason: 'too many',
    amount: 1,
    requestedAt: at,
    endedAt: null,
    lines: [line],
  }
}

const obeyed = /[^\P{C}\n\t]/u

describe('what comes from elsewhere', () => {
  for (const [args, answer] of lists) {
    it(`is only shown, and obeyed by no terminal: ${args.join(' ')}`, async () => {
      const sent = poisoned(answer) as object
      const { exitCode, stdout, stderr } = await against(() => ok(sent), args)
      about(stderr, () => expect(exitCode).toBe(0))
      expect(stdout).not.toMatch(obeyed)
      expect(stdout).toMatch(/\\u001b\[2J/)
    })
  }

  it('stays what it is for programs that read the JSON', async () => {
    const sent = poisoned({ orders: [exampleOrder], nextCursor: null }) as object
    const { stdout } = await against(() => ok(sent), ['orders', 'list', '--json'])
    expect(JSON.parse(stdout)).toStrictEqual(sent)
    expect(stdout).not.toMatch(obeyed)
  })

  it('is only shown in errors, too', async () => {
    const answer = () => refused({ problem: 'not-found', detail: `There is no order ${nasty}\nfake line` })
    const { stderr, stdout } = await against(answer, ['orders', 'show', 'x', '--json'])
    expect(stderr).toMatch(/^order-saga: [^\n]*\\u001b\[2J[^\n]*fake line[^\n]*\n$/)
    expect(`${stderr}${stdout}`).not.toMatch(obeyed)
  })

  it('cannot look like further rows of a table', async () => {
    const sent = { customers: [{ ...customer, name: 'Ada\nMallory  staff' }], nextCursor: null }
    const { stdout } = await against(() => ok(sent), ['customers', 'list'])
    expect(stdout.trimEnd().split('\n').length).toBe(2)
  })
})

describe('what must not happen twice', () => {
  const order = exampleOrderId
  const changes: string[][] = [
    ['orders', 'place', '--customer', '17850', '--line', '85123A=6'],
    ['orders', 'cancel', order],
    ['orders', 'decide', order, '--cancel'],
    ['orders', 'move', order, 's1', 'delivered'],
    ['orders', 'refund', order, '--amount', '1.00', '--reason', 'x'],
    ['returns', 'request', order, '--lines', '1=1', '--reason', 'x'],
    ['returns', 'accept', order, '1'],
    ['returns', 'refuse', order, '1'],
    ['returns', 'receive', order, '1'],
    ['products', 'restock', 'p', '--warehouse', 'w', '--change', '1', '--reason', 'x'],
    ['accounts', 'top-up', '17850', '--amount', '1.00'],
    ['webhooks', 'add', 'http://127.0.0.1:1/'],
    ['webhooks', 'redeliver', 'w', 'd'],
  ]
  const answer = () => ok({ amount: 1, currency: 'GBP', number: 1, account, status: 'paid', orderId: order })

  for (const args of changes) {
    it(`is sent with a key that is told: ${args.slice(0, 2).join(' ')}`, async () => {
      const made = await against(answer, args)
      about(made.stderr, () => expect(made.exitCode).toBe(0))
      const key = String(made.headers[0]?.['idempotency-key'])
      expect(key).toMatch(/^[0-9a-f-]{36}$/)
      expect(made.stderr).toBe(`order-saga: the same command with --key ${key} happens once\n`)
    })
  }

  it('is sent with the key that is given', async () => {
    const { headers, stderr } = await against(answer, ['orders', 'cancel', order, '--key', 'mine'])
    expect([headers[0]?.['idempotency-key'], stderr]).toStrictEqual(['mine', ''])
  })

  it('is told with its key also when nobody answers', async () => {
    const away = { GATEWAY_URL: 'http://127.0.0.1:1' }
    const { exitCode, stderr } = await against(answer, ['orders', 'cancel', order], { env: away })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(
      /^order-saga: the same command with --key [0-9a-f-]{36} happens once\norder-saga: the gateway/,
    )
  })
})

describe('a refund without an amount', () => {
  it('is bad usage where nobody can be asked, and nothing is sent', async () => {
    const args = ['orders', 'refund', exampleOrderId, '--reason', 'x']
    const { exitCode, stderr, asked } = await against(() => ok({}), args)
    expect([exitCode, asked]).toStrictEqual([2, []])
    expect(stderr).toMatch(/say how much goes back: --amount 2\.55, or --all/)
    for (const all of ['--all', '--yes']) {
      const sent = await against(() => ok({ amount: 1_530, currency: 'GBP' }), [...args, all])
      expect(sent.asked[0]?.body).toStrictEqual({ reason: 'x' })
    }
    expect((await against(() => ok({}), [...args, '--all', '--amount', '1'])).exitCode).toBe(2)
  })

  /** Somebody at a terminal who types this. */
  async function typing(answer: string) {
    const posted: unknown[] = []
    const said: string[] = []
    const gateway: Partial<Gateway> = {
      get: async <T>() => ({ ...exampleOrder, total: 1_530, refunded: 530 }) as T,
      post: async <T>(_path: string, body: unknown) => (
        posted.push(body), { amount: 1_000, currency: 'GBP' } as T
      ),
    }
    const input = Object.assign(new PassThrough(), { isTTY: true })
    input.write(`${answer}\n`)
    const context = {
      gateway: () => gateway,
      input,
      stderr: { write: (text: string) => said.push(text) },
      key: () => 'k',
      tell: () => {},
    } as unknown as Context
    const program = new Command().exitOverride()
    addRefund(program, context)
    const args = ['node', 'x', 'refund', exampleOrderId, '--reason', 'x']
    const failed = await program.parseAsync(args).then(
      () => '',
      (error: Error) => error.message,
    )
    return { posted, failed, said: said.join('') }
  }

  it('asks whoever sits at a terminal, with what would go back', async () => {
    const yes = await typing('y')
    expect(yes.said).toMatch(/Give back all that is left of the order, 10\.00 GBP\? \[y\/N\] /)
    expect(yes.posted).toStrictEqual([{ reason: 'x' }])
    for (const no of ['', 'n', 'yep']) {
      const { posted, failed } = await typing(no)
      expect([posted, failed]).toStrictEqual([[], 'nothing was given back'])
    }
  })
})

describe('placing an order', () => {
  const args = ['orders', 'place', '--customer', '17850', '--line', '85123A=6', '22423=1', '--line', 'a=b=2']
  const placed = { status: 201, body: { orderId: exampleOrderId, status: 'pending' } }

  it('sends its lines, and says how to follow it', async () => {
    const { exitCode, stdout, asked } = await against(() => placed, [...args, '--source', 'partner'])
    expect(exitCode).toBe(0)
    expect(asked[0]).toStrictEqual({
      method: 'POST',
      url: '/v1/orders',
      body: {
        lines: [
          { productId: '85123A', quantity: 6 },
          { productId: '22423', quantity: 1 },
          { productId: 'a=b', quantity: 2 },
        ],
        source: 'partner',
        customerId: '17850',
      },
    })
    expect(stdout).toMatch(
      new RegExp(`order ${exampleOrderId} is placed, and pending; order-saga orders watch`),
    )
    for (const wrong of ['85123A', '85123A=0', '=5', '85123A=x'])
      await about(wrong, async () =>
        expect((await against(() => placed, ['orders', 'place', '--line', wrong])).exitCode).toBe(2),
      )
    expect((await against(() => placed, ['orders', 'place'])).exitCode).toBe(2)
  })

  const waiting = async (status: string, json: boolean) => {
    let looks = 0
    const answer = ({ method }: Asked) => {
      if (method === 'POST') return placed
      if (++looks === 1) return refused({ problem: 'not-found', detail: 'not there yet' })
      return ok(looks < 3 ? exampleOrder : { ...exampleOrder, status, endedAt: at })
    }
    return against(answer, [...args, '--wait', ...(json ? ['--json'] : [])])
  }

  it('waits for its end on request, and says by its exit code whether it was completed', async () => {
    const done = await waiting('completed', false)
    expect(done.exitCode).toBe(0)
    expect(done.stdout).toMatch(new RegExp(`${exampleOrderId} is completed\n$`))
    expect((await waiting('cancelled', false)).exitCode).toBe(1)
    const json = await waiting('completed', true)
    expect((JSON.parse(json.stdout) as { status: string }).status).toBe('completed')
  })
})

describe('order-saga', () => {
  it('says its version', async () => {
    const { exitCode, stdout } = await against(() => ok({}), ['--version'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('counts one piece as a piece', async () => {
    const line = { lineNumber: 1, productId: '85123A', quantity: 1, unitPrice: 255 }
    const { stdout } = await against(() => ok({ ...exampleOrder, lines: [line] }), ['orders', 'show', 'x'])
    expect(stdout).toMatch(/ 1 piece /)
  })

  it('follows no redirect with what it was trusted with', async () => {
    const answer = () => ({ status: 307, text: '' })
    const { exitCode, asked } = await against(answer, ['orders', 'list'])
    expect([exitCode, asked.length]).toStrictEqual([3, 1])
  })
})

describe('the password of the running stack', () => {
  const stack = { GATEWAY_URL: 'http://127.0.0.1:3000', GATEWAY_USER: 'ann', GATEWAY_PASSWORD: 'secret' }
  const kept = { path: '', of: () => undefined, keep: () => {}, forget: () => undefined }

  it('is for its own gateway alone; elsewhere one is told to sign in', async () => {
    for (const url of [
      'https://shop.example',
      'http://127.0.0.1:3001',
      'http://localhost.evil.example:3000',
    ]) {
      const { session, advice } = signedInBy({ url, own: { GATEWAY_URL: url }, stack, kept })
      expect(await session.token()).toBeUndefined()
      expect(advice).toMatch(/not signed in at .* is for its own gateway alone: run "order-saga login"/)
    }
    const { advice } = signedInBy({ url: stack.GATEWAY_URL, own: {}, stack, kept })
    expect(advice).toMatch(/that it gave ann/)
  })

  it('is sent nowhere else', async () => {
    const env = { ORDER_SAGA_TOKEN: '', GATEWAY_USER: '', GATEWAY_PASSWORD: '' }
    const { exitCode, asked, headers } = await against(
      () => refused({ problem: 'unauthenticated', detail: 'Sign in.' }),
      ['orders', 'list'],
      { env },
    )
    expect([exitCode, asked.map(({ url }) => url)]).toStrictEqual([1, ['/v1/orders?limit=50']])
    expect(headers[0]?.authorization).toBeUndefined()
  })
})
