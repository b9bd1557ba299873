import type { Currency } from '#contracts/money.ts'
import type { ChargeOrder, ChargeResult, RefundOrder, RefundResult } from '#contracts/payment.ts'
import { commitAndPublish } from '#platform/messaging/outbox.ts'
import { storable } from '#platform/values/storable.ts'
import {
  addAccount,
  type Entry,
  findAccount,
  findAccounts,
  findAmount,
  findEntries,
  lockAccount,
  postTransfer,
  transferIdOf,
} from './data/ledger.ts'
import { chargeOrder, refundOrder } from './data/order-payments.ts'
import type { PaymentDatabase } from './database.ts'
import { type Account, fullAccount, type TopUp, transferKey } from './domain/rules.ts'

export type TopUpResult =
  | { kind: 'topped_up'; account: Account; transferId: string }
  | { kind: 'no_account' }
  /** The key was used for another amount. */
  | { kind: 'key_reused' }
  | { kind: 'account_full'; balance: number }

/** The payment service's own database. A refusal is an answer; whatever throws is a fault, and may be tried again. */
export type PaymentStore = {
  /** An account that exists is answered as it is. */
  createAccount(customerId: string, currency: Currency): Promise<Account>
  findAccount(customerId: string): Promise<Account | undefined>
  /** By customer, from the one after `after`. */
  listAccounts(after: string, limit: number): Promise<Account[]>
  /** Once per customer and key. */
  topUp(request: TopUp): Promise<TopUpResult>
  /** Newest first, from the entry before position `before`. */
  listEntries(customerId: string, limit: number, before?: number): Promise<Entry[]>
  /** Once per order. */
  chargeOrder(request: ChargeOrder): Promise<ChargeResult>
  /** Once per order, and once per named part of it; never more than was charged. */
  refundOrder(request: RefundOrder): Promise<RefundResult>
}

type Dependencies = { database: PaymentDatabase; clock: () => Date }

export function createPaymentStore({ database, clock }: Dependencies): PaymentStore {
  return {
    createAccount: (customerId, currency) => createAccount(database, customerId, currency, clock()),
    findAccount: (customerId) => findAccount(database.prisma, customerId),
    listAccounts: (after, limit) => findAccounts(database.prisma, after, limit),
    topUp: (request) => topUp(database, request, clock()),
    listEntries: (customerId, limit, before) => findEntries(database.prisma, customerId, limit, before),
    chargeOrder: (request) => commitAndPublish(database, (tx) => chargeOrder(tx, request, clock())),
    refundOrder: (request) =>
      commitAndPublish(database, (tx) =>
        refundOrder(tx, { ...request, reason: storable(request.reason) }, clock()),
      ),
  }
}

async function createAccount(
  database: PaymentDatabase,
  customerId: string,
  currency: Currency,
  createdAt: Date,
) {
  await addAccount(database.prisma, { customerId, currency, balance: 0, createdAt })
  const account = await findAccount(database.prisma, customerId)
  if (!account) throw new Error(`the account of ${customerId} was just made and is not there`)
  return account
}

function topUp(
  database: PaymentDatabase,
  { customerId, amount, key: name }: TopUp,
  at: Date,
): Promise<TopUpResult> {
  return database.transaction(async (tx) => {
    const account = await lockAccount(tx.prisma, customerId)
    if (!account) return { kind: 'no_account' }
    const key = transferKey.topUp(customerId, name)
    const transferId = transferIdOf(key)
    const earlier = await findAmount(tx.prisma, key)
    if (earlier === amount) return { kind: 'topped_up', account, transferId }
    if (earlier !== undefined) return { kind: 'key_reused' }
    const held = Number(account.balance)
    const balance = held + amount
    if (balance > fullAccount) return { kind: 'account_full', balance: held }
    const { currency } = account
    await postTransfer(tx.prisma, {
      key,
      kind: 'top_up',
      customerId,
      house: 'cash',
      gain: amount,
      currency,
      orderId: null,
      reason: 'top-up',
      at,
    })
    return { kind: 'topped_up', account: { ...account, balance }, transferId }
  })
}
