import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Context } from './context.ts'

export type Json = { json?: boolean }

export const pathOf = (orderId: string): string => `/v1/orders/${encodeURIComponent(orderId)}`

const behalf = () =>
  new Option('--as <role>', 'in whose name').choices(['staff', 'customer']).default('staff')

export function addCancel(orders: Command, context: Context): void {
  orders
    .command('cancel')
    .argument('<id>', 'the order')
    .description('undo an order, at any moment before delivery')
    .option('--note <text>', 'why, for its history')
    .addOption(behalf())
    .option('--json', 'as one JSON document')
    .action(async (orderId: string, { json, note, as }: Json & { note?: string; as: string }) => {
      const body = { as, ...(note !== undefined && { note }) }
      const answer = await context.gateway().post<{ status: string }>(`${pathOf(orderId)}/cancel`, body)
      context.print(
        json
          ? JSON.stringify(answer)
          : `accepted: the order is ${answer.status}, its undo has begun; order-saga orders watch ${orderId}`,
      )
    })
}

type Amendment = { lineNumber: number; quantity: number }

export function addDecide(orders: Command, context: Context): void {
  const decide = orders
    .command('decide')
    .argument('<id>', 'the order')
    .description('answer an order that waits for its customer, because lines are missing')
    .addOption(
      new Option('--amend <lines>', 'line=quantity with commas between, such as 1=2,3=0; 0 takes a line out')
        .argParser(amendments)
        .conflicts('cancel'),
    )
    .option('--cancel', 'the customer does not want the rest')
    .addOption(behalf())
    .option('--json', 'as one JSON document')
  decide.action(
    async (
      orderId: string,
      { json, amend, cancel, as }: Json & { amend?: Amendment[]; cancel?: true; as: string },
    ) => {
      if (!amend && !cancel) decide.error('error: say what is decided: --amend 1=2,3=0 or --cancel')
      const body = amend ? { kind: 'amend', lines: amend, as } : { kind: 'cancel', as }
      const answer = await context.gateway().post<{ status: string }>(`${pathOf(orderId)}/decision`, body)
      context.print(json ? JSON.stringify(answer) : `decided: the order goes on from ${answer.status}`)
    },
  )
}

function amendments(text: string): Amendment[] {
  const lines = text.split(',').map((one) => {
    const match = /^\s*(\d{1,6})=(\d{1,9})\s*$/.exec(one)
    if (!match) throw new InvalidArgumentError(`"${one}" is not line=quantity, such as 1=2.`)
    return { lineNumber: Number(match[1]), quantity: Number(match[2]) }
  })
  const twice = lines.find((line, i) => lines.findIndex((one) => one.lineNumber === line.lineNumber) !== i)
  if (twice) throw new InvalidArgumentError(`Line ${twice.lineNumber} is there twice.`)
  return lines
}
