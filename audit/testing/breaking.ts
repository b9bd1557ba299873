import type { Client } from '@temporalio/client'
import { bucketOf } from '#platform/ids.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Tables } from '../fixtures.ts'
import { audit } from '../report.ts'
import type { Databases } from '../sources.ts'
import { customer, otherCustomer } from './orders.ts'

/** Audits and answers who breaks which rule, as "rule id". */
export async function accusations(databases: Databases, temporal: Client): Promise<string[]> {
  const report = await audit({ databases, temporal, settle: 20, answerWithin: 100 })
  return report.rules.flatMap(({ name, offenders }) => offenders.map(({ id }) => `${name} ${id}`)).sort()
}

/** Drops whatever in the tables forbids the break: `table.constraint`, with spaces between. */
export const unguarded = (database: Sql, constraints: string) =>
  database.query(
    constraints
      .split(' ')
      .map((name) => name.split('.'))
      .map(([table, constraint]) => `alter table ${table} drop constraint ${constraint}`)
      .join('; '),
  )

/** Nobody, with the bucket of a customer. */
export function stranger(): string {
  for (let i = 0; ; i++) if (bucketOf(`stranger-${i}`) === bucketOf(customer)) return `stranger-${i}`
}

export async function copyRows(from: Sql, to: Sql, table: string, where: string): Promise<void> {
  const rows = await from.query<{ row: unknown }>(
    `select to_jsonb(${table}) as row from ${table} where ${where}`,
  )
  for (const { row } of rows)
    await to.query(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [row])
}

/** A refund that never happened, in every book but the parcel's. */
export async function unrefund({ order, payment }: Tables, orderId: string, part: string): Promise<void> {
  const key = part === 'all' ? `refund/${orderId}` : `refund/${orderId}/${part}`
  const [moved] = await payment.query<{ id: string; amount: number }>(
    'select transfer_id as id, amount from transfers where key = $1',
    [key],
  )
  await payment.query('delete from entries where transfer_id = $1', [moved?.id])
  await payment.query('delete from transfers where transfer_id = $1', [moved?.id])
  await payment.query(`update accounts set balance = balance - $1 where customer_id = $2`, [
    moved?.amount,
    customer,
  ])
  await unguarded(payment, 'order_payments.order_payments_voided')
  await payment.query('update order_payments set refunded = refunded - $2 where order_id = $1', [
    orderId,
    moved?.amount,
  ])
  await order.query('update orders set refunded = refunded - $2 where order_id = $1', [
    orderId,
    moved?.amount,
  ])
  await order.query('update order_history set key = $3, type = $3 where order_id = $1 and key = $2', [
    orderId,
    `refunded/${part}`,
    'other',
  ])
}

/** Its trigger would forbid it at the commit, and its id is made anew each time. */
export async function unbalanced({ payment }: Tables, key: string): Promise<string> {
  const [row] = await payment.query<{ id: string }>(
    `update entries set amount = amount + 1 where account_id = 'sales' and transfer_id =
       (select transfer_id from transfers where key = $1::text) returning transfer_id as id`,
    [key],
  )
  return row?.id ?? ''
}

/** Opens the other customer's account, who never had one. */
export const otherAccount = (payment: Sql) =>
  payment.query(
    `insert into accounts (account_id, customer_id, kind, currency, balance)
     values ('customer:' || $1::text, $1, 'customer', 'GBP', 0)`,
    [otherCustomer],
  )
