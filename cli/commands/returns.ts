import { type Command, Option } from 'commander'
import { defaultCurrency } from '#contracts/money.ts'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import type { OpenedReturn, PendingReturn, ReturnAnswer } from '#contracts/rest/returns.ts'
import type { Context } from '../session/context.ts'
import { pathOf } from '../session/order-path.ts'
import { priced } from '../text/format.ts'
import { returnsTable } from '../text/returns.ts'
import { type Json, type Keyed, keyOption, ordinal, perLine, quantities } from './options.ts'

/** Goods that come back after delivery. */
export function addReturnCommands(program: Command, context: Context): void {
  const returns = program
    .command('returns')
    .description('goods that come back after delivery: ask for it, decide, receive')
  addList(returns, context)
  addRequest(returns, context)
  addDecision(returns, context, { name: 'accept', accept: true, description: 'let the goods come back' })
  addDecision(returns, context, { name: 'refuse', accept: false, description: 'do not take the goods back' })
  addReceive(returns, context)
}

function addList(returns: Command, context: Context): void {
  returns
    .command('list')
    .argument('<id>', 'the order')
    .description("an order's returns")
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json }: Json) => {
      const { returns, currency } = await context.gateway().get<OrderDetails>(pathOf(orderId))
      if (json) return context.tell(true, { orderId, returns }, () => '')
      context.tell(false, { returns, currency }, (order) => returnsTable(order.returns, order.currency))
    })
}

type Opened = OpenedReturn | PendingReturn
type RequestFlags = Json & Keyed & { lines: ReturnType<typeof quantities>; reason: string }

function addRequest(returns: Command, context: Context): void {
  returns
    .command('request')
    .argument('<id>', 'the order')
    .description('ask to give back what was delivered')
    .addOption(
      new Option('--lines <lines>', 'line=quantity with commas between, such as 1=2,3=1')
        .argParser(quantities)
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json, lines, reason, key }: RequestFlags) => {
      const body = { lines, reason }
      const path = `${pathOf(orderId)}/returns`
      const answer = await context.gateway().post<Opened>(path, body, context.key(key))
      const next = `order-saga returns accept ${orderId} ${answer.number}`
      const text =
        'amount' in answer
          ? `return ${answer.number} is on record: ${priced(answer.amount, defaultCurrency)} go back when the goods arrive; ${next}`
          : `return ${answer.number} is asked for, and not on record yet; order-saga returns list ${orderId}`
      context.tell(json, answer, () => text)
    })
}

type Decision = { name: string; accept: boolean; description: string }

function addDecision(returns: Command, context: Context, { name, accept, description }: Decision): void {
  numbered(returns, name)
    .description(description)
    .action(
      async (orderId: string, number: number, { json, note, key }: Json & Keyed & { note?: string }) => {
        const body = { accept, ...(note !== undefined && { note }) }
        const path = `${pathOf(orderId)}/returns/${number}/decision`
        tell(await context.gateway().post<ReturnAnswer>(path, body, context.key(key)), json, context)
      },
    )
}

type Received = { lineNumber: number; restocked: number; writtenOff: number }

function addReceive(returns: Command, context: Context): void {
  numbered(returns, 'receive')
    .description('the goods have arrived: into stock or written off, and the money goes back')
    .addOption(
      new Option(
        '--lines <lines>',
        'what arrived: line=restocked, or line=restocked/written off, such as 1=2,3=0/1; without it all, into stock',
      ).argParser(received),
    )
    .action(
      async (
        orderId: string,
        number: number,
        { json, note, lines, key }: Json & Keyed & { note?: string; lines?: Received[] },
      ) => {
        const body = { ...(lines && { lines }), ...(note !== undefined && { note }) }
        const path = `${pathOf(orderId)}/returns/${number}/receipt`
        tell(await context.gateway().post<ReturnAnswer>(path, body, context.key(key)), json, context)
      },
    )
}

const received = (text: string): Received[] =>
  perLine(text, /^(\d{1,9})(?:\/(\d{1,9}))?$/, ([, restocked, writtenOff = '0']) => ({
    restocked: Number(restocked),
    writtenOff: Number(writtenOff),
  }))

const numbered = (returns: Command, name: string): Command =>
  returns
    .command(name)
    .argument('<id>', 'the order')
    .argument('<number>', 'the return, as the list shows it', ordinal)
    .option('--note <text>', 'for the history')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')

function tell(answer: ReturnAnswer, json: boolean | undefined, context: Context): void {
  context.tell(json, answer, ({ number, status }) => `return ${number} is ${status}`)
}
