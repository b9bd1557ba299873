import { ruleInSql, type SourceRule } from './rule.ts'

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

const everyCharge = {
  database: 'payment',
  counts: 'payments of orders',
  counted: 'select count(*) as counted from order_payments',
} as const

/** What has changed since `$1`; everything when that is null. */
const touchedTransfers = '($1::timestamptz is null or transfers.created_at >= $1)'
const touchedAccounts = `($1::timestamptz is null or account_id in (
  select account_id from entries join transfers using (transfer_id) where created_at >= $1))`
const touchedOrders = `($1::timestamptz is null or order_id in (
  select order_id from transfers where created_at >= $1
  union select order_id from order_payments where updated_at >= $1))`

/** What the ledger says about each order. */
const byOrder = `select order_id,
    count(*) filter (where kind = 'charge') as charges,
    coalesce(sum(amount) filter (where kind = 'charge'), 0) as charged,
    coalesce(sum(amount) filter (where kind = 'refund'), 0) as refunded
  from transfers where order_id is not null and ${touchedOrders} group by order_id`

/** The ledger as a whole. */
export const ledgerRules: SourceRule[] = [
  ruleInSql({
    name: 'money.transfers',
    says: 'Every transfer takes from one account what it gives to another: its entries sum to zero.',
    ...everyTransfer,
    offenders: `select transfer_id::text as id,
        format('%s %s: entries %s', kind, transfers.amount, coalesce(string_agg(entries.amount::text, ' + '), 'none'))
          as found
      from transfers left join entries using (transfer_id) where ${touchedTransfers} group by transfer_id
      having coalesce(sum(entries.amount), 1) <> 0 or max(entries.amount) <> transfers.amount`,
  }),
  ruleInSql({
    name: 'money.accounts',
    says: 'Every entry is in an account that exists, in its transfer’s currency; what is for an order names it.',
    ...everyTransfer,
    offenders: `select transfers.transfer_id::text as id, string_agg(format('%s %s in %s', kind_of.what, entries.account_id,
        coalesce(accounts.currency, 'no account')), ', ') as found
      from transfers cross join lateral (select format('%s in %s:', transfers.kind, transfers.currency) as what) as kind_of
        left join entries using (transfer_id) left join accounts using (account_id)
      where ${touchedTransfers} and (entries.transfer_id is not null and accounts.currency is distinct from transfers.currency
        or (transfers.kind in ('charge', 'refund')) <> (transfers.order_id is not null))
      group by transfers.transfer_id`,
  }),
  ruleInSql({
    name: 'money.balances',
    says: 'A customer’s balance is the sum of the account’s entries.',
    ...everyAccount,
    offenders: `select account_id as id,
        format('balance %s, entries sum to %s', coalesce(balance::text, 'none'), coalesce(sum(amount), 0)) as found
      from accounts left join entries using (account_id) where kind = 'customer' and ${touchedAccounts} group by account_id
      having balance is distinct from coalesce(sum(amount), 0)`,
  }),
  ruleInSql({
    name: 'money.overdrawn',
    says: 'No customer’s account was ever below zero.',
    ...everyAccount,
    offenders: `select account_id as id, format('went down to %s', min(after)) as found
      from (
        select account_id, sum(amount) over (partition by account_id order by position) as after
        from entries join accounts using (account_id) where kind = 'customer' and ${touchedAccounts}
        union all select account_id, balance from accounts where kind = 'customer'
      ) as story group by account_id having min(after) < 0`,
  }),
  ruleInSql({
    name: 'money.once',
    says: 'No order is charged twice.',
    ...everyCharge,
    offenders: `select order_id::text as id, format('%s charges, %s together', charges, charged) as found
      from (${byOrder}) as ledger where charges > 1`,
  }),
  ruleInSql({
    name: 'money.refunds',
    says: 'No order gets back more than it was charged.',
    ...everyCharge,
    offenders: `select order_id::text as id, format('charged %s, refunded %s', charged, refunded) as found
      from (${byOrder}) as ledger where refunded > charged`,
  }),
  ruleInSql({
    name: 'money.kept',
    says: 'What is kept about an order’s payment is what its transfers say.',
    ...everyCharge,
    offenders: `select order_id::text as id,
        format('kept: %s charged, %s refunded; transfers: %s and %s', coalesce(kept.amount, 0),
          coalesce(kept.refunded, 0), coalesce(charged, 0), coalesce(ledger.refunded, 0)) as found
      from (select * from order_payments where ${touchedOrders}) as kept full join (${byOrder}) as ledger using (order_id)
      where coalesce(kept.amount, 0) <> coalesce(charged, 0)
        or coalesce(kept.refunded, 0) <> coalesce(ledger.refunded, 0)`,
  }),
]
