import { type Command, Option } from 'commander'
import type { OrderDetails } from '#contracts/rest/orders.ts'
import type { PendingRefund, Refund } from '#contracts/rest/refunds.ts'
import type { Context } from '../session/context.ts'
import { pathOf } from '../session/order-path.ts'
import { confirmed } from '../session/prompt.ts'
import { Failure } from '../text/failure.ts'
import { priced } from '../text/format.ts'
import { amount, type Json, type Keyed, keyOption } from './options.ts'

type Refunded = Refund | PendingRefund
type RefundFlags = Json & Keyed & { amount?: number; all?: true; yes?: true; reason: string }

export function addRefund(orders: Command, context: Context): void {
  const refund = orders
    .command('refund')
    .argument('<id>', 'the order')
    .description('give money back: a part, or all that is left; never more than was paid')
    .addOption(new Option('--amount <pounds>', 'a part, such as 2.55').argParser(amount).conflicts('all'))
    .option('--all', 'all that is left')
    .option('--yes', 'do not ask whether all that is left is meant')
    .requiredOption('--reason <text>', 'why, for the history and the account, as staff read them')
    .addOption(keyOption())
    .option('--json', 'as one JSON document')
  refund.action(async (orderId: string, flags: RefundFlags) => {
    const { json, amount, reason, key } = flags
    if (amount === undefined && !flags.all && !flags.yes) await mustMeanAll(orderId, context, refund)
    const body = { reason, ...(amount !== undefined && { amount }) }
    const path = `${pathOf(orderId)}/refunds`
    const answer = await context.gateway().post<Refunded>(path, body, context.key(key))
    context.tell(json, answer, (done) =>
      'amount' in done
        ? `refunded: ${priced(done.amount, done.currency)}`
        : `asked for, and on its way; order-saga orders show ${orderId}`,
    )
  })
}

/** Nothing goes back that nobody named: whoever sits there is asked, and a script must say it. */
async function mustMeanAll(orderId: string, context: Context, command: Command): Promise<void> {
  if (!context.input.isTTY) command.error('error: say how much goes back: --amount 2.55, or --all')
  const { total, refunded, currency } = await context.gateway().get<OrderDetails>(pathOf(orderId))
  const left = priced(total - refunded, currency)
  if (await confirmed(`Give back all that is left of the order, ${left}?`, context)) return
  throw new Failure('refused', 'nothing was given back')
}
