import { type Command, Option } from 'commander'
import type { MoveShipment } from '#contracts/logistics.ts'
import type { CancelledOrder, DecidedOrder, ResumedOrder } from '#contracts/rest/orders.ts'
import type { Context } from '../session/context.ts'
import { pathOf } from '../session/order-path.ts'
import { type Json, type Keyed, keyOption, quantities } from './options.ts'

export function addCancel(orders: Command, context: Context): void {
  orders
    .command('cancel')
    .argument('<id>', 'the order')
    .description('undo an order, at any moment before delivery')
    .option('--note <text>', 'why, for its history')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json, note, key }: Json & Keyed & { note?: string }) => {
      const path = `${pathOf(orderId)}/cancel`
      const body = note === undefined ? {} : { note }
      const answer = await context.gateway().post<CancelledOrder>(path, body, context.key(key))
      context.tell(
        json,
        answer,
        ({ status }) =>
          `accepted: the order is ${status}, its undo has begun; order-saga orders watch ${orderId}`,
      )
    })
}

const resumed = {
  resumed: 'resumed: the order goes on from its record',
  running: 'nothing to resume: its workflow is running',
  ended: 'nothing to resume: the order has ended',
}

export function addResume(orders: Command, context: Context): void {
  orders
    .command('resume')
    .argument('<id>', 'the order')
    .description('start the workflow of an order again, from its record, when it was terminated or failed')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json, key }: Json & Keyed) => {
      const path = `${pathOf(orderId)}/resume`
      const answer = await context.gateway().post<ResumedOrder>(path, {}, context.key(key))
      context.tell(json, answer, ({ workflow }) => resumed[workflow])
    })
}

type DecideFlags = { amend?: ReturnType<typeof quantities>; cancel?: true }

export function addDecide(orders: Command, context: Context): void {
  const decide = orders
    .command('decide')
    .argument('<id>', 'the order')
    .description('answer an order that waits for its customer, because lines are missing')
    .addOption(
      new Option('--amend <lines>', 'line=quantity with commas between, such as 1=2,3=0; 0 takes a line out')
        .argParser(quantities)
        .conflicts('cancel'),
    )
    .option('--cancel', 'the customer does not want the rest')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
  decide.action(async (orderId: string, { json, amend, cancel, key }: Json & Keyed & DecideFlags) => {
    if (!amend && !cancel) decide.error('error: say what is decided: --amend 1=2,3=0 or --cancel')
    const body = amend ? { kind: 'amend', lines: amend } : { kind: 'cancel' }
    const path = `${pathOf(orderId)}/decision`
    const answer = await context.gateway().post<DecidedOrder>(path, body, context.key(key))
    context.tell(json, answer, ({ status }) => `decided: the order goes on from ${status}`)
  })
}

const moves = ['created', 'sent_to_customer', 'delivered', 'lost'] as const satisfies MoveShipment['status'][]

export function addMove(orders: Command, context: Context): void {
  orders
    .command('move')
    .argument('<id>', 'the order')
    .argument('<shipment>', 'one of its shipments')
    .addArgument(orders.createArgument('<status>', 'where it is').choices(moves))
    .description('move a shipment on by hand, for a courier who tells nothing')
    .option('--note <text>', 'for the history')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(
      async (
        orderId: string,
        shipmentId: string,
        status: string,
        { json, note, key }: Json & Keyed & { note?: string },
      ) => {
        const path = `${pathOf(orderId)}/shipments/${encodeURIComponent(shipmentId)}/move`
        const body = { status, ...(note !== undefined && { note }) }
        const answer = await context.gateway().post<{ status: string }>(path, body, context.key(key))
        context.tell(json, answer, (order) => `moved: the shipment is ${status}, the order ${order.status}`)
      },
    )
}
