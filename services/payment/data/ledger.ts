import type { Currency, Minor } from '#contracts/money.ts'
import { derivedId } from '#platform/ids.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Int8 } from '#platform/values/int8.ts'
import type { Account } from '../domain/rules.ts'

/** Money between a customer's account and one of the house's. */
export type Movement = {
  key: string
  kind: 'top_up' | 'charge' | 'refund'
  customerId: string
  house: 'cash' | 'sales'
  /** What the customer's balance gains, in minor units: negative for a charge, never 0. */
  gain: Minor
  currency: Currency
  orderId: string | null
  reason: string
  at: Date
}

export type Entry = {
  transferId: string
  kind: Movement['kind']
  amount: Int8
  orderId: string | null
  reason: string
  at: Date
  position: number
}

export const transferIdOf = (key: string): string => derivedId(key)

/** Writes the transfer with its two entries and moves the kept balance. The database refuses a balance below zero. */
export async function book(tx: Sql, movement: Movement): Promise<void> {
  const { key, kind, orderId, gain, currency, reason, at, customerId, house } = movement
  await tx.query(
    `with transfer as (
       insert into transfers (transfer_id, key, kind, order_id, amount, currency, reason, created_at)
       values ($1, $2, $3, $4, abs($5::bigint), $6, $7, $8)
     ), customer as (
       update accounts set balance = balance + $5 where customer_id = $9 returning account_id
     )
     insert into entries (transfer_id, account_id, amount)
     select $1::uuid, account_id, $5 from customer union all select $1, $10, -$5`,
    [transferIdOf(key), key, kind, orderId, gain, currency, reason, at, customerId, house],
  )
}

/** The amount that moved under this key, if any did. */
export async function findAmount(sql: Sql, key: string): Promise<Minor | undefined> {
  const rows = await sql.query<{ amount: Minor }>('select amount from transfers where key = $1', [key])
  return rows[0]?.amount
}

const account = 'customer_id as "customerId", currency, balance, created_at as "createdAt"'

/** By customer, from the one after `after`. */
export function findAccounts(sql: Sql, after: string, limit: number): Promise<Account[]> {
  return sql.query<Account>(
    `select ${account} from accounts where customer_id > $1 order by customer_id limit $2`,
    [after, limit],
  )
}

export async function findAccount(sql: Sql, customerId: string): Promise<Account | undefined> {
  const rows = await sql.query<Account>(`select ${account} from accounts where customer_id = $1`, [
    customerId,
  ])
  return rows[0]
}

/** The account, which nobody else can change before this transaction ends. */
export async function lockAccount(tx: Sql, customerId: string): Promise<Account | undefined> {
  const rows = await tx.query<Account>(
    `select ${account} from accounts where customer_id = $1 for no key update`,
    [customerId],
  )
  return rows[0]
}

export async function addAccount(sql: Sql, opened: Account): Promise<void> {
  const { customerId, currency, balance, createdAt } = opened
  await sql.query(
    `insert into accounts (account_id, customer_id, kind, currency, balance, created_at)
     values ('customer:' || $1::text, $1, 'customer', $2, $3, $4) on conflict do nothing`,
    [customerId, currency, balance, createdAt],
  )
}

/** Newest first, from the entry before position `before`. */
export function findEntries(sql: Sql, customerId: string, limit: number, before?: number): Promise<Entry[]> {
  return sql.query<Entry>(
    `select transfer_id as "transferId", kind, entries.amount, order_id as "orderId", reason, created_at as at, position
     from entries join transfers using (transfer_id)
     where account_id = 'customer:' || $1::text and ($3::bigint is null or position < $3)
     order by position desc limit $2`,
    [customerId, limit, before ?? null],
  )
}
