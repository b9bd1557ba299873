import { hasEnded } from './order-facts.ts'
import { type Rule, ruleInSql, verdict } from './rules.ts'

const everyTransfer = {
  database: 'payment',
  counts: 'transfers',
  counted: 'select count(*) as counted from transfers',
} as const

const everyAccount = {
  database: 'payment',
  counts: 'accounts of customers',
  counted: `select count(*) as counted from accounts where kind = 'customer'`,
} as const

/** What the ledger says about each order. */
const byOrder = `select order_id,
    count(*) filter (where kind = 'charge') as charges,
    coalesce(sum(amount) filter (where kind = 'charge'), 0) as charged,
    coalesce(sum(amount) filter (where kind = 'refund'), 0) as refunded
  from transfers where order_id is not null group by order_id`

const everyCharge = {
  database: 'payment',
  counts: 'orders with transfers',
  counted: 'select count(distinct order_id) as counted from transfers',
} as const

export const moneyRules: Rule[] = [
  ruleInSql({
    name: 'money.transfers',
    says: 'Every transfer takes from one account what it gives to another: its entries sum to zero.',
    ...everyTransfer,
    offenders: `select transfer_id::text as id,
        format('%s %s: entries %s', kind, transfers.amount, coalesce(string_agg(entries.amount::text, ' + '), 'none'))
          as found
      from transfers left join entries using (transfer_id) group by transfer_id
      having coalesce(sum(entries.amount), 1) <> 0 or max(entries.amount) <> transfers.amount order by id`,
  }),
  ruleInSql({
    name: 'money.balances',
    says: 'A customer’s balance is the sum of the account’s entries.',
    ...everyAccount,
    offenders: `select account_id as id,
        format('balance %s, entries sum to %s', balance, coalesce(sum(amount), 0)) as found
      from accounts left join entries using (account_id) where kind = 'customer' group by account_id
      having balance <> coalesce(sum(amount), 0) order by id`,
  }),
  ruleInSql({
    name: 'money.overdrawn',
    says: 'No customer’s account was ever below zero.',
    ...everyAccount,
    offenders: `select account_id as id, format('went down to %s', min(after)) as found
      from (
        select account_id, sum(amount) over (partition by account_id order by position) as after from entries
        union all select account_id, balance from accounts
      ) as story join accounts using (account_id) where kind = 'customer' group by account_id
      having min(after) < 0 order by id`,
  }),
  ruleInSql({
    name: 'money.once',
    says: 'No order is charged twice.',
    ...everyCharge,
    offenders: `select order_id::text as id, format('%s charges, %s together', charges, charged) as found
      from (${byOrder}) as ledger where charges > 1 order by id`,
  }),
  ruleInSql({
    name: 'money.refunds',
    says: 'No order gets back more than it was charged.',
    ...everyCharge,
    offenders: `select order_id::text as id, format('charged %s, refunded %s', charged, refunded) as found
      from (${byOrder}) as ledger where refunded > charged order by id`,
  }),
  ruleInSql({
    name: 'money.kept',
    says: 'What is kept about an order’s payment is what its transfers say.',
    database: 'payment',
    counts: 'payments of orders',
    counted: 'select count(*) as counted from order_payments',
    offenders: `select order_id::text as id,
        format('kept: %s charged, %s refunded; transfers: %s and %s', coalesce(kept.amount, 0),
          coalesce(kept.refunded, 0), coalesce(charged, 0), coalesce(ledger.refunded, 0)) as found
      from order_payments as kept full join (${byOrder}) as ledger using (order_id)
      where coalesce(kept.amount, 0) <> coalesce(charged, 0)
        or coalesce(kept.refunded, 0) <> coalesce(ledger.refunded, 0) order by id`,
  }),
  {
    kind: 'order',
    name: 'money.charges',
    says: 'Every charge belongs to an order that runs or is completed, or was given back in full.',
    counts: 'charges',
    judge({ order, payment }) {
      if (!payment || payment.amount === 0) return undefined
      const { amount, refunded } = payment
      const mayKeep = order !== undefined && order.status !== 'cancelled'
      const whose = order ? 'the order is cancelled' : 'there is no such order'
      return verdict(mayKeep || refunded === amount, `charged ${amount}, refunded ${refunded}; ${whose}`)
    },
  },
  {
    kind: 'order',
    name: 'money.totals',
    says: 'A completed order was charged its total.',
    counts: 'completed orders',
    judge({ order, payment }) {
      if (order?.status !== 'completed') return undefined
      const charged = payment?.amount ?? 0
      return verdict(charged === order.total, `its total is ${order.total}, it was charged ${charged}`)
    },
  },
  {
    kind: 'order',
    name: 'money.refunded',
    says: 'No order has more refunds on record than its customer got; an ended one has all of them.',
    counts: 'orders',
    judge({ order, payment }) {
      if (!order) return undefined
      const given = payment?.refunded ?? 0
      const right = hasEnded(order) ? order.refunded === given : order.refunded <= given
      return verdict(right, `${order.refunded} refunded on record, ${given} by the ledger`)
    },
  },
  {
    kind: 'order',
    name: 'money.history',
    says: 'Each refund by staff in an order’s history has its transfer; once it ended, each refund is in its history.',
    counts: 'orders with refunds',
    judge({ order, payment }) {
      const moved = Object.keys(payment?.refunds ?? {})
      if (!order || moved.length + order.refundedParts.length === 0) return undefined
      const byStaff = order.refundedParts.filter((part) => part.startsWith('staff/'))
      const wrong = [
        ...byStaff.filter((part) => !moved.includes(part)).map((part) => `${part} has no transfer`),
        ...(hasEnded(order) ? moved : [])
          .filter((part) => !order.refundedParts.includes(part))
          .map((part) => `the transfer of ${part} is not in the history`),
      ]
      return verdict(wrong.length === 0, wrong.join('; '))
    },
  },
]
