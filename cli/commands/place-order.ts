import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { maxQuantity } from '#contracts/lines.ts'
import { orderSources } from '#contracts/order.ts'
import type { NewOrderLine, OrderDetails, PendingOrder, PlacedOrder } from '#contracts/rest/orders.ts'
import type { Context } from '../session/context.ts'
import type { Gateway } from '../session/gateway.ts'
import { pathOf } from '../session/order-path.ts'
import { exitCodes, Failure } from '../text/failure.ts'
import { clean } from '../text/text.ts'
import { type Json, type Keyed, keyOption } from './options.ts'
import { looks, type Watch, watchOrder } from './watch-order.ts'

type Flags = Json &
  Keyed & { customer?: string; line: NewOrderLine[]; source: string; address?: string; wait?: true }
type Placed = PlacedOrder | PendingOrder

/** How often the gateway is asked, in ms; and how many times for an order that it does not know yet. */
const [EVERY, TRIES] = [500, 120]

export function addPlace(orders: Command, context: Context): void {
  orders
    .command('place')
    .description('place an order, at the prices of the catalogue')
    .option('--customer <id>', 'whose order it is; a customer who is signed in need not say it')
    .addOption(
      new Option('--line <product=quantity...>', 'what is ordered, such as 85123A=6; again for each line')
        .argParser(line)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--source <name>', 'where it comes from').choices(orderSources).default('web'))
    .option('--address <id>', 'one of the customer’s addresses; without it the first')
    .option('--wait', 'follow it to its end; exits 1 unless it is completed')
    .addOption(keyOption())
    .option('--json', 'as one JSON document; with --wait the order as it ended')
    .action(async ({ json, customer, line, source, address, wait, key }: Flags) => {
      const gateway = context.gateway()
      const body = {
        lines: line,
        source,
        ...(customer !== undefined && { customerId: customer }),
        ...(address !== undefined && { addressId: address }),
      }
      const placed = await gateway.post<Placed>('/v1/orders', body, context.key(key))
      if (!wait) return context.tell(json, placed, inWords)
      if (!json) context.print(inWords(clean(placed)))
      const order = await followed(placed.orderId, json ?? false, gateway, context)
      if (order?.status !== 'completed') context.setExitCode(exitCodes.refused)
    })
}

const inWords = ({ orderId, status }: Placed) =>
  `order ${orderId} is placed, and ${status}; order-saga orders watch ${orderId}`

/** Until nothing more happens by itself. */
async function followed(orderId: string, json: boolean, gateway: Gateway, context: Context) {
  const find = () => gateway.get<OrderDetails>(pathOf(orderId))
  const watch: Watch = { ...context, json: false, every: EVERY, signal: context.untilInterrupted() }
  await onRecord(find, watch.signal)
  if (!json) return watchOrder(find, watch)
  for await (const order of looks(find, watch)) {
    if (!order.endedAt && order.status !== 'awaiting_customer') continue
    context.tell(true, order, () => '')
    return order
  }
  return undefined
}

/** An order that was placed is on record soon, and not always at once. */
async function onRecord(find: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      await find()
      return
    } catch (error) {
      const isMissing = error instanceof Failure && error.exitCode === exitCodes.notFound
      if (!isMissing || tries === TRIES) throw error
    }
    await sleep(EVERY, undefined, { signal }).catch(() => {})
  }
}

/** For commander: 85123A=6. */
function line(text: string, before: NewOrderLine[] | undefined): NewOrderLine[] {
  const [, productId, quantity] = /^(.+)=(\d{1,7})$/.exec(text) ?? []
  const pieces = Number(quantity)
  if (productId === undefined || pieces < 1 || pieces > maxQuantity)
    throw new InvalidArgumentError(`"${text}" is not product=quantity, such as 85123A=6.`)
  return [...(before ?? []), { productId, quantity: pieces }]
}
