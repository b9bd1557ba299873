import { type Command, Option } from 'commander'
import type { MoveShipment } from '#contracts/logistics.ts'
import type { Context } from './context.ts'
import { amount, type Json, keyOption, quantities } from './options.ts'
import { pathOf } from './order-path.ts'
import { priced } from './words.ts'

export function addCancel(orders: Command, context: Context): void {
  orders
    .command('cancel')
    .argument('<id>', 'the order')
    .description('undo an order, at any moment before delivery')
    .option('--note <text>', 'why, for its history')
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json, note }: Json & { note?: string }) => {
      const body = note === undefined ? {} : { note }
      const answer = await context.gateway().post<{ status: string }>(`${pathOf(orderId)}/cancel`, body)
      context.print(
        json
          ? JSON.stringify(answer)
          : `accepted: the order is ${answer.status}, its undo has begun; order-saga orders watch ${orderId}`,
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
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json }: Json) => {
      const answer = await context
        .gateway()
        .post<{ workflow: keyof typeof resumed }>(`${pathOf(orderId)}/resume`, {})
      context.print(json ? JSON.stringify(answer) : resumed[answer.workflow])
    })
}

type Amendment = ReturnType<typeof quantities>

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
    .option('--json', 'as one JSON document')
  decide.action(
    async (orderId: string, { json, amend, cancel }: Json & { amend?: Amendment; cancel?: true }) => {
      if (!amend && !cancel) decide.error('error: say what is decided: --amend 1=2,3=0 or --cancel')
      const body = amend ? { kind: 'amend', lines: amend } : { kind: 'cancel' }
      const answer = await context.gateway().post<{ status: string }>(`${pathOf(orderId)}/decision`, body)
      context.print(json ? JSON.stringify(answer) : `decided: the order goes on from ${answer.status}`)
    },
  )
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
    .option('--json', 'as one JSON document')
    .action(
      async (
        orderId: string,
        shipmentId: string,
        status: string,
        { json, note }: Json & { note?: string },
      ) => {
        const path = `${pathOf(orderId)}/shipments/${encodeURIComponent(shipmentId)}/move`
        const body = { status, ...(note !== undefined && { note }) }
        const answer = await context.gateway().post<{ status: string }>(path, body)
        context.print(
          json ? JSON.stringify(answer) : `moved: the shipment is ${status}, the order ${answer.status}`,
        )
      },
    )
}

type Refunded = { amount: number; currency: string } | { status: 'pending'; location: string }
type RefundFlags = Json & { amount?: number; reason: string; key?: string }

export function addRefund(orders: Command, context: Context): void {
  orders
    .command('refund')
    .argument('<id>', 'the order')
    .description('give money back: all that is left, or a part; never more than was paid')
    .addOption(new Option('--amount <pounds>', 'a part, such as 2.55').argParser(amount))
    .requiredOption('--reason <text>', 'why, for the history and the account')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json, amount, reason, key }: RefundFlags) => {
      const body = { reason, ...(amount !== undefined && { amount }) }
      const answer = await context.gateway().post<Refunded>(`${pathOf(orderId)}/refunds`, body, key)
      const text =
        'amount' in answer
          ? `refunded: ${priced(answer.amount, answer.currency)}`
          : `asked for, and on its way; order-saga orders show ${orderId}`
      context.print(json ? JSON.stringify(answer) : text)
    })
}
