import type { Currency, Minor } from '#contracts/money.ts'
import type { Prisma } from '#generated/prisma/payment/client.ts'
import type { AccountModel } from '#generated/prisma/payment/models.ts'
import { derivedId } from '#platform/ids.ts'
import { fromBigInt, type Int8, numberOf } from '#platform/values/int8.ts'
import type { Account } from '../domain/rules.ts'

/** The client or a transaction of it. */
type Client = Prisma.TransactionClient

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
export async function postTransfer(tx: Client, movement: Movement): Promise<void> {
  const { key, kind, orderId, gain, currency, reason, at, customerId, house } = movement
  const transferId = transferIdOf(key)
  await tx.$executeRaw`
    with transfer as (
      insert into transfers (transfer_id, key, kind, order_id, amount, currency, reason, created_at)
      values (${transferId}::uuid, ${key}, ${kind}, ${orderId}::uuid, abs(${gain}::bigint), ${currency}, ${reason},
        ${at}::timestamptz)
    ), customer as (
      update accounts set balance = balance + ${gain}::bigint where customer_id = ${customerId} returning account_id
    )
    insert into entries (transfer_id, account_id, amount)
    select ${transferId}::uuid, account_id, ${gain}::bigint from customer
    union all select ${transferId}::uuid, ${house}, -${gain}::bigint`
}

/** The amount that moved under this key, if any did. */
export async function findAmount(prisma: Client, key: string): Promise<Minor | undefined> {
  const transfer = await prisma.transfer.findUnique({ where: { key }, select: { amount: true } })
  return transfer ? numberOf(transfer.amount) : undefined
}

type AccountRow = Pick<AccountModel, 'customerId' | 'currency' | 'balance' | 'createdAt'>

const accountColumns = { customerId: true, currency: true, balance: true, createdAt: true } as const

function asAccount({ customerId, currency, balance, createdAt }: AccountRow): Account {
  if (customerId === null || balance === null) throw new Error("an account of the house is no customer's")
  return { customerId, currency: currency as Currency, balance: fromBigInt(balance), createdAt }
}

/** By customer, from the one after `after`. */
export async function findAccounts(prisma: Client, after: string, limit: number): Promise<Account[]> {
  const rows = await prisma.account.findMany({
    where: { customerId: { gt: after } },
    orderBy: { customerId: 'asc' },
    take: limit,
    select: accountColumns,
  })
  return rows.map(asAccount)
}

export async function findAccount(prisma: Client, customerId: string): Promise<Account | undefined> {
  const row = await prisma.account.findUnique({ where: { customerId }, select: accountColumns })
  return row ? asAccount(row) : undefined
}

/** The account, which nobody else can change before this transaction ends. */
export async function lockAccount(tx: Client, customerId: string): Promise<Account | undefined> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    select customer_id as "customerId", currency, balance, created_at as "createdAt"
    from accounts where customer_id = ${customerId} for no key update`
  return row ? asAccount(row) : undefined
}

/** Leaves an account that exists as it is. */
export async function addAccount(
  prisma: Client,
  opened: Omit<Account, 'balance'> & { balance: Minor },
): Promise<void> {
  await prisma.account.createMany({
    data: { ...opened, accountId: accountIdOf(opened.customerId), kind: 'customer' },
    skipDuplicates: true,
  })
}

const accountIdOf = (customerId: string) => `customer:${customerId}`

/** Newest first, from the entry before position `before`. */
export async function findEntries(
  prisma: Client,
  customerId: string,
  limit: number,
  before?: number,
): Promise<Entry[]> {
  const entries = await prisma.entry.findMany({
    where: { accountId: accountIdOf(customerId), ...(before !== undefined && { position: { lt: before } }) },
    orderBy: { position: 'desc' },
    take: limit,
    include: { transfer: true },
  })
  return entries.map(({ transferId, amount, position, transfer: { kind, orderId, reason, createdAt } }) => ({
    transferId,
    kind: kind as Entry['kind'],
    amount: fromBigInt(amount),
    orderId,
    reason,
    at: createdAt,
    position: numberOf(position),
  }))
}
