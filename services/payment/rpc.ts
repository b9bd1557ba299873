import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import { pageOf, pageProblems } from '#platform/pages.ts'
import { refuseIfAny } from '#platform/rpc.ts'
import type { Entry } from './ledger.ts'
import { type Account, accountProblems, customerIdProblems, isCurrency, topUpProblems } from './rules.ts'
import type { PaymentStore, TopUpResult } from './store.ts'

const pageRules = { usual: 50, largest: 200, isCursor: (cursor: string) => /^\d{1,15}$/.test(cursor) }

/** What the gateway asks: accounts, top-ups, and what moved. */
export const paymentRoutes = (store: PaymentStore) => (router: ConnectRouter) =>
  router.service(PaymentService, {
    createAccount: async ({ customerId, currency }) => {
      refuseIfAny(accountProblems(customerId, currency))
      if (!isCurrency(currency)) throw new TypeError('accountProblems lets no other currency through')
      return { account: asMessage(await store.createAccount(customerId, currency)) }
    },
    getAccount: async ({ customerId }) => ({ account: asMessage(await existing(store, customerId)) }),
    topUp: async ({ customerId, amount, key }) => {
      const request = { customerId, amount: Number(amount), key }
      refuseIfAny(topUpProblems(request))
      return answerTopUp(customerId, await store.topUp(request))
    },
    listEntries: async ({ customerId, pageSize, cursor }) => {
      refuseIfAny(pageProblems({ pageSize, cursor }, pageRules))
      await existing(store, customerId)
      const limit = pageSize || pageRules.usual
      const found = await store.listEntries(customerId, limit + 1, cursor === '' ? undefined : Number(cursor))
      const { page, nextCursor } = pageOf(found, limit, ({ position }) => String(position))
      return { entries: page.map(asEntry), nextCursor }
    },
  })

async function existing(store: PaymentStore, customerId: string): Promise<Account> {
  refuseIfAny(customerIdProblems(customerId))
  const account = await store.findAccount(customerId)
  if (!account) throw noAccount(customerId)
  return account
}

const noAccount = (customerId: string) =>
  new ConnectError(`customer_id: ${customerId} has no account`, Code.NotFound)

function answerTopUp(customerId: string, result: TopUpResult) {
  switch (result.kind) {
    case 'topped_up':
      return { account: asMessage(result.account), transferId: result.transferId }
    case 'no_account':
      throw noAccount(customerId)
    case 'key_reused':
      throw new ConnectError('key: was used for another amount', Code.AlreadyExists)
    case 'account_full':
      throw new ConnectError(
        `amount: too much for an account that holds ${result.balance}`,
        Code.FailedPrecondition,
      )
  }
}

const asMessage = ({ customerId, currency, balance, createdAt }: Account) => ({
  customerId,
  currency,
  balance: BigInt(balance),
  createdAt: timestampFromDate(createdAt),
})

const asEntry = ({ transferId, kind, amount, orderId, reason, at }: Entry) => ({
  transferId,
  kind,
  amount: BigInt(amount),
  orderId: orderId ?? '',
  reason,
  at: timestampFromDate(at),
})
