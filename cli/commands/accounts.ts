import { type Command, Option } from 'commander'
import type { Account, AccountPage, EntryPage, TopUp } from '#contracts/rest/accounts.ts'
import type { Context } from '../session/context.ts'
import { nextPage, type Paged, paged } from '../session/pages.ts'
import { inUtc, priced } from '../text/format.ts'
import { table } from '../text/table.ts'
import { amount, type Json, type Keyed, keyOption } from './options.ts'

const path = '/v1/accounts'
const pathOf = (customerId: string) => `${path}/${encodeURIComponent(customerId)}`

export function addAccountCommands(program: Command, context: Context): void {
  const accounts = program.command('accounts').description('what customers have, and what came and went')
  addList(accounts, context)
  addShow(accounts, context)
  addTopUp(accounts, context)
}

function addList(accounts: Command, context: Context): void {
  paged(accounts.command('list'), 200)
    .description('accounts with their balances, by customer')
    .action(async ({ json, ...query }: Paged) => {
      const page = await context.gateway().get<AccountPage>(path, query)
      context.tell(json, page, accountsTable)
    })
}

function accountsTable({ accounts, nextCursor }: AccountPage): string {
  if (accounts.length === 0) return 'no accounts'
  const rows = accounts.map(({ customerId, balance, currency, createdAt }) => [
    customerId,
    priced(balance, currency),
    inUtc(createdAt),
  ])
  return [table(rows, ['customer', 'balance', 'since']), ...nextPage(nextCursor)].join('\n')
}

function addShow(accounts: Command, context: Context): void {
  paged(accounts.command('show'), 200)
    .argument('<customer>', 'whose account')
    .description('the balance, and what came and went, newest first')
    .action(async (customerId: string, { json, ...query }: Paged) => {
      const gateway = context.gateway()
      const account = await gateway.get<Account>(pathOf(customerId))
      const page = await gateway.get<EntryPage>(`${pathOf(customerId)}/entries`, query)
      context.tell(json, { ...account, ...page }, accountInWords)
    })
}

function accountInWords({ customerId, balance, currency, entries, nextCursor }: Account & EntryPage): string {
  const rows = entries.map(({ at, kind, amount, orderId, reason }) => [
    `  ${inUtc(at)}`,
    kind,
    `${amount > 0 ? '+' : ''}${priced(amount, currency)}`,
    orderId ?? '',
    reason ?? '',
  ])
  const moved = rows.length === 0 ? [] : ['', table(rows)]
  return [`customer ${customerId} has ${priced(balance, currency)}`, ...moved, ...nextPage(nextCursor)].join(
    '\n',
  )
}

type TopUpFlags = Json & Keyed & { amount: number }

function addTopUp(accounts: Command, context: Context): void {
  accounts
    .command('top-up')
    .argument('<customer>', 'whose account')
    .description('put money on an account')
    .addOption(new Option('--amount <pounds>', 'such as 100.00').argParser(amount).makeOptionMandatory())
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
    .action(async (customerId: string, { json, amount, key }: TopUpFlags) => {
      const done = await context
        .gateway()
        .post<TopUp>(`${pathOf(customerId)}/top-ups`, { amount }, context.key(key))
      context.tell(
        json,
        done,
        ({ account }) => `customer ${account.customerId} has ${priced(account.balance, account.currency)}`,
      )
    })
}
