import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import { isId } from '#contracts/ids.ts'
import { isCurrency } from '#contracts/money.ts'
import { PaymentService } from '#generated/proto/payment/v1/payment_pb.ts'
import { pagesOf } from '#platform/grpc/pages.ts'
import { refusal, refuseIfAny } from '#platform/grpc/refusals.ts'
import type { Entry } from './data/ledger.ts'
import { type Account, accountProblems, customerIdProblems, topUpProblems } from './domain/rules.ts'
import type { PaymentStore, TopUpResult } from './store.ts'

const pages = pagesOf<{ position: number }>({
  name: 'account-entries',
  usual: 50,
  largest: 200,
  write: ({ position }) => String(position),
  read: (text) => (/^\d{1,15}$/.test(text) ? { position: Number(text) } : undefined),
})

const accountPages = pagesOf<{ customerId: string }>({
  name: 'accounts',
  usual: 50,
  largest: 200,
  write: ({ customerId }) => customerId,
  read: (customerId) => (isId(customerId) ? { customerId } : undefined),
})

/** What the gateway asks: accounts, top-ups, and what moved. */
export const paymentRoutes = (store: PaymentStore) => (router: ConnectRouter) =>
  router.service(PaymentService, {
    createAccount: async ({ customerId, currency }) => {
      refuseIfAny(accountProblems(customerId, currency))
      if (!isCurrency(currency)) throw new TypeError('accountProblems lets no other currency through')
      return { account: asMessage(await store.createAccount(customerId, currency)) }
    },
    listAccounts: async (request) => {
      const asked = accountPages(request)
      refuseIfAny(asked.problems)
      const found = await store.listAccounts(asked.after?.customerId ?? '', asked.limit)
      const { page, nextCursor } = asked.of(found)
      return { accounts: page.map(asMessage), nextCursor }
    },
    getAccount: async ({ customerId }) => ({ account: asMessage(await existing(store, customerId)) }),
    topUp: async ({ customerId, amount, key }) => {
      const request = { customerId, amount: Number(amount), key }
      refuseIfAny(topUpProblems(request))
      return answerTopUp(customerId, await store.topUp(request))
    },
    listEntries: async ({ customerId, pageSize, cursor }) => {
      const asked = pages({ pageSize, cursor }, [customerId])
      refuseIfAny(asked.problems)
      await existing(store, customerId)
      const found = await store.listEntries(customerId, asked.limit, asked.after?.position)
      const { page, nextCursor } = asked.of(found)
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
  refusal(Code.NotFound, `customer_id: there is no account of ${customerId}`)

function answerTopUp(customerId: string, result: TopUpResult) {
  switch (result.kind) {
    case 'topped_up':
      return { account: asMessage(result.account), transferId: result.transferId }
    case 'no_account':
      throw noAccount(customerId)
    case 'key_reused':
      throw refusal(Code.AlreadyExists, 'key: was used for another amount')
    case 'account_full':
      throw refusal(Code.FailedPrecondition, `amount: too much for an account that holds ${result.balance}`)
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
