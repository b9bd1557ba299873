import type { OrderSource } from '#contracts/order.ts'
import type { Invoice, LogLine, OrderLog } from '../log/log.ts'
import { farCustomer, farMore, poorCustomer } from './catalogue.ts'

const orderKinds = ['plain', 'invalid', 'unaffordable', 'outOfStock', 'far'] as const
export type OrderKind = (typeof orderKinds)[number]

export type PreOrderLine = { productId: string; quantity: number; agreedPrice?: number }

export type PreOrder = {
  source: OrderSource
  reference: string
  customerId: string
  placedAt: Date
  lines: PreOrderLine[]
}

/** An order and when it is due, in ms after the start; `repeat` when it has been placed before. */
export type Placement = { after: number; kind: OrderKind; repeat: boolean; order: PreOrder }

/** Shares of all orders, 0 to 1; what remains are plain orders. `duplicate`: how many are placed twice. */
export type Shares = Record<Exclude<OrderKind, 'plain'> | 'duplicate', number>

type ReplayOptions = { source: OrderSource; prefix: string; speed: number }

/** The log's invoices in the order of their times, `speed` times as fast, at the prices agreed then. */
export function* replay(invoices: Invoice[], { source, prefix, speed }: ReplayOptions): Generator<Placement> {
  const start = Date.parse(invoices[0]?.at ?? '')
  for (const { invoice, customerId, at, lines } of invoices) {
    yield {
      after: (Date.parse(at) - start) / speed,
      kind: 'plain',
      repeat: false,
      order: {
        source,
        reference: `${prefix}${invoice}`,
        customerId,
        placedAt: new Date(at),
        lines: lines.map(({ productId, quantity, unitPrice }) => ({
          productId,
          quantity,
          agreedPrice: unitPrice,
        })),
      },
    }
  }
}

export type DrawOptions = {
  source: OrderSource
  /** Begins every reference: a restart must not number its orders like the run before. */
  run: string
  /** Orders a second. */
  rate: number
  /** Ends after so many ms, or so many orders; with neither it goes on for ever. */
  lasts?: number | undefined
  count?: number | undefined
  shares: Shares
  random: () => number
  now: () => number
}

/** Orders by chance: baskets and customers from the log, arriving as a Poisson process. */
export function* draw(log: OrderLog, options: DrawOptions): Generator<Placement> {
  const { source, run, lasts = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY } = options
  const { shares, random, now, rate } = options
  const customers = customersOf(log)
  for (let n = 1, after = gap(rate, random); n <= count && after < lasts; n++, after += gap(rate, random)) {
    yield* drawOne(log, { customers, reference: `${run}-${n}`, after, source, shares, random, now })
  }
}

type DrawOne = Pick<DrawOptions, 'source' | 'shares' | 'random' | 'now'> & {
  customers: readonly string[]
  reference: string
  after: number
}

/** An order by chance, and now and then its repeat. */
function* drawOne(log: OrderLog, options: DrawOne): Generator<Placement> {
  const { customers, reference, after, source, shares, random, now } = options
  const kind = kindOf(random(), shares)
  const asked = twist(kind, oneOf(customers, random), basket(log, random), random)
  const order = { source, reference, placedAt: new Date(now()), ...asked }
  yield { after, kind, repeat: false, order }
  if (random() < shares.duplicate) yield { after, kind, repeat: true, order }
}

type DrawNext = Pick<DrawOptions, 'source' | 'run' | 'random' | 'now'>

/** As `draw`, one at a time, each with other shares if need be; when it is due is the caller's to say. */
export function drawing(log: OrderLog, { run, ...options }: DrawNext): (shares: Shares) => Placement[] {
  const customers = customersOf(log)
  let drawn = 0
  return (shares) => [
    ...drawOne(log, { ...options, shares, customers, reference: `${run}-${++drawn}`, after: 0 }),
  ]
}

function customersOf({ invoices }: OrderLog): string[] {
  const customers = [...new Set(invoices.map(({ customerId }) => customerId))]
  if (customers.length === 0) throw new Error('the log has no customer to draw orders for')
  return customers
}

/** The time to the next arrival, in ms: exponentially distributed, so that the arrivals are a Poisson process. */
export const gap = (rate: number, random: () => number): number => (-Math.log(1 - random()) / rate) * 1_000

function kindOf(drawn: number, shares: Shares): OrderKind {
  let below = 0
  for (const kind of orderKinds) {
    if (kind === 'plain') continue
    below += shares[kind]
    if (drawn < below) return kind
  }
  return 'plain'
}

/** Without prices: what the catalogue says holds. */
const basket = ({ baskets }: OrderLog, random: () => number): PreOrderLine[] =>
  oneOf<LogLine[]>(baskets, random).map(({ productId, quantity }) => ({ productId, quantity }))

type Asked = Pick<PreOrder, 'customerId' | 'lines'>

/** Makes an order of its kind from a plain one. */
function twist(kind: OrderKind, customerId: string, lines: PreOrderLine[], random: () => number): Asked {
  switch (kind) {
    case 'plain':
      return { customerId, lines }
    case 'unaffordable':
      return { customerId: poorCustomer, lines }
    case 'far':
      return { customerId: farCustomer, lines }
    case 'outOfStock':
      return { customerId, lines: withOne(lines, random, (line) => ({ ...line, quantity: farMore })) }
    case 'invalid':
      return oneOf(wrongs, random)({ customerId, lines }, random)
  }
}

const wrongs: ((asked: Asked, random: () => number) => Asked)[] = [
  ({ lines }) => ({ customerId: 'nobody-1', lines }),
  (asked, random) => ({
    ...asked,
    lines: withOne(asked.lines, random, (line) => ({ ...line, quantity: 0 })),
  }),
  (asked, random) => ({
    ...asked,
    lines: withOne(asked.lines, random, (line) => ({ ...line, productId: 'NO-SUCH-PRODUCT' })),
  }),
]

function withOne<T>(items: T[], random: () => number, change: (item: T) => T): T[] {
  const chosen = oneOf(items, random)
  return items.map((item) => (item === chosen ? change(item) : item))
}

function oneOf<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('the log has nothing to draw from')
  return item
}
