import { pipeline } from 'node:stream/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { orderStatuses } from '#contracts/order.ts'
import type { OrderDetails, OrderPage } from '#contracts/rest/orders.ts'
import { duration } from '#platform/process/durations.ts'
import { reasonOf } from '#platform/process/logger.ts'
import type { Context } from '../session/context.ts'
import type { Gateway } from '../session/gateway.ts'
import { pathOf } from '../session/order-path.ts'
import { Failure } from '../text/failure.ts'
import { orderInWords, ordersTable } from '../text/orders.ts'
import { visible } from '../text/text.ts'
import { addCancel, addDecide, addMove, addResume } from './change-order.ts'
import type { Json } from './options.ts'
import { addPlace } from './place-order.ts'
import { addRefund } from './refund.ts'
import { watchOrder } from './watch-order.ts'
import { watchOrders } from './watch-orders.ts'

type Filters = { customer?: string; status?: string[]; stuck?: boolean }
type PageOf = Filters & { limit: string; cursor?: string }

export function addOrderCommands(program: Command, context: Context): void {
  const orders = program.command('orders').description('look at orders, and change them')
  addList(orders, context)
  addPlace(orders, context)
  addShow(orders, context)
  addWatch(orders, context)
  addExport(orders, context)
  addCancel(orders, context)
  addDecide(orders, context)
  addMove(orders, context)
  addResume(orders, context)
  addRefund(orders, context)
}

const withFilters = (command: Command): Command =>
  command
    .option('--customer <id>', 'only of this customer')
    .addOption(
      new Option('--status <list>', 'only in these statuses, with commas between').argParser(statuses),
    )
    .option('--stuck', 'only with a step that fails')

const paged = (command: Command): Command =>
  withFilters(command).option('--limit <n>', 'so many, 1 to 200', '50').option('--json', 'as JSON')

const filterOf = ({ customer, status, stuck }: Filters) => ({
  customerId: customer,
  status,
  stuck: stuck ? 'true' : undefined,
})

const queryOf = ({ limit, cursor, ...filters }: PageOf) => ({ ...filterOf(filters), limit, cursor })

function addList(orders: Command, context: Context): void {
  paged(orders.command('list'))
    .description('orders, newest first')
    .option('--cursor <text>', 'the next page, as the page before named it')
    .action(async ({ json, ...filters }: PageOf & Json) => {
      const page = await context.gateway().get<OrderPage>('/v1/orders', queryOf(filters))
      context.tell(json, page, ordersTable)
    })
}

function addShow(orders: Command, context: Context): void {
  orders
    .command('show')
    .argument('<id>', 'the order')
    .description('where an order is, and why it is stuck')
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json }: Json) => {
      const order = await findOrder(context.gateway(), orderId)
      context.tell(json, order, (clean) => orderInWords(clean, context.view()))
    })
}

const findOrder = (gateway: Gateway, orderId: string) => gateway.get<OrderDetails>(pathOf(orderId))

function addWatch(orders: Command, context: Context): void {
  paged(orders.command('watch'))
    .argument('[id]', 'the order; without it, a live list')
    .description('follow one order to its end, or the list of all (until Ctrl-C)')
    .addOption(new Option('--every <time>', 'how often to look').argParser(duration).default(1_000, '1s'))
    .action(
      async (orderId: string | undefined, { json, every, ...filters }: PageOf & Json & { every: number }) => {
        const gateway = context.gateway()
        const watch = { ...context, json: json ?? false, every, signal: context.untilInterrupted() }
        if (orderId !== undefined) await watchOrder(() => findOrder(gateway, orderId), watch)
        else await watchOrders(() => gateway.get<OrderPage>('/v1/orders', queryOf(filters)), watch)
      },
    )
    .addHelpText('after', '\nWith --json each change is one line of JSON.')
}

function addExport(orders: Command, context: Context): void {
  withFilters(orders.command('export'))
    .description(
      'all of the list as CSV on standard output, as it comes: order-saga orders export > orders.csv',
    )
    .action(async (filters: Filters) => {
      const table = await context.gateway().stream('/v1/orders.csv', filterOf(filters), 'text/csv')
      await pipeline(table, shown(context.terminal), context.terminal, { end: false }).catch(
        (error: unknown) => {
          const message = `the export broke off, what is written is not all of it: ${reasonOf(error)}`
          throw new Failure('unreachable', message, { cause: error })
        },
      )
    })
}

/** A file gets the table as it is; a terminal nothing that it would obey. */
const shown = ({ isTTY }: NodeJS.WriteStream) =>
  async function* (pieces: AsyncIterable<Buffer>) {
    const decoder = new TextDecoder()
    for await (const piece of pieces)
      yield isTTY ? visible(decoder.decode(piece, { stream: true }).replaceAll('\r\n', '\n')) : piece
  }

function statuses(text: string): string[] {
  const given = text.split(',').map((one) => one.trim())
  const unknown = given.find((one) => !(orderStatuses as readonly string[]).includes(one))
  if (unknown === undefined) return given
  throw new InvalidArgumentError(`"${unknown}" is no status; there are ${orderStatuses.join(', ')}.`)
}
