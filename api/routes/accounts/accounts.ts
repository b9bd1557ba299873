import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { isoAt, orNull } from '#api/http/from-protobuf.ts'
import { effectKey } from '#api/http/ids.ts'
import { type Route, route } from '#api/http/route.ts'
import { amountOf, partialOf, readEach } from '#api/http/unreadable.ts'
import type { Role } from '#contracts/actor.ts'
import { defaultCurrency } from '#contracts/money.ts'
import type { entryKinds } from '#contracts/rest/accounts.ts'
import {
  type AccountEntry,
  AccountPage,
  AccountView,
  EntryPage,
  TopUpView,
} from '#contracts/rest/accounts.ts'
import { Amount, CurrencyCode, Cursor, CustomerId, limit } from '#contracts/rest/fields.ts'
import { reasonFor } from '#contracts/views.ts'
import type { Account, Entry } from '#generated/proto/payment/v1/payment_pb.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

const params = z.strictObject({ customerId: CustomerId })

const example = {
  customerId: '17850',
  currency: 'GBP' as const,
  balance: 10_000,
  createdAt: '2010-12-01T08:00:00.000Z',
}
const exampleTransfer = 'c5a1e0de-2f7b-8d34-a1b2-c3d4e5f60718'

/** A customer has one account, named by the customer's id. */
export function accountRoutes({ payments }: Pick<Clients, 'payments'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/accounts',
      name: 'createAccount',
      access: 'staff',
      tag: 'accounts',
      summary: "Open a customer's account; one that exists is answered as it is",
      body: z.strictObject({ customerId: CustomerId, currency: CurrencyCode.default(defaultCurrency) }),
      example: { customerId: '17850', currency: 'GBP' },
      answers: {
        201: {
          description: 'The account',
          schema: AccountView,
          example: { ...example, balance: 0 },
          headers: { Location: 'Where the account is' },
        },
      },
      refusals: ['unavailable'],
    }).handledBy(async ({ body, call }) => {
      const { account } = await payments.createAccount(body, call)
      const headers = { Location: `/v1/accounts/${body.customerId}` }
      return { status: 201, headers, body: viewOf(account) }
    }),

    route({
      method: 'get',
      path: '/v1/accounts',
      name: 'listAccounts',
      access: 'staff',
      tag: 'accounts',
      summary: 'Accounts with their balances, by customer',
      query: z.strictObject({ cursor: Cursor.optional(), limit: limit(50, 200) }),
      answers: {
        200: {
          description: 'A page of accounts',
          schema: AccountPage,
          example: { accounts: [example], nextCursor: null, ...partialOf({}) },
        },
      },
      refusals: ['unavailable', 'invalid-body'],
    }).handledBy(async ({ query: { cursor = '', limit: pageSize }, call }) => {
      const page = await payments.listAccounts({ cursor, pageSize }, call)
      const { views, unreadable } = readEach(page.accounts, ({ customerId }) => customerId, viewOf)
      return {
        status: 200,
        body: { accounts: views, nextCursor: page.nextCursor || null, ...partialOf({ unreadable }) },
      }
    }),

    route({
      method: 'get',
      path: '/v1/accounts/{customerId}',
      name: 'getAccount',
      access: 'owner',
      tag: 'accounts',
      summary: 'An account with its balance',
      params,
      answers: { 200: { description: 'The account', schema: AccountView, example } },
      refusals: ['not-found', 'unreadable-record', 'unavailable'],
    }).handledBy(async ({ params: { customerId }, call }) => {
      const { account } = await payments.getAccount({ customerId }, call)
      return { status: 200, body: viewOf(account) }
    }),

    route({
      method: 'post',
      path: '/v1/accounts/{customerId}/top-ups',
      name: 'topUp',
      access: 'owner',
      tag: 'accounts',
      summary: 'Put money on an account',
      description: 'With an Idempotency-Key a repeat never counts twice.',
      params,
      body: z.strictObject({ amount: Amount }),
      example: { amount: 10_000 },
      answers: {
        201: {
          description: 'Done',
          schema: TopUpView,
          example: { transferId: exampleTransfer, account: example },
        },
      },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ params: { customerId }, body, idempotencyKey, caller, call }) => {
      const key = effectKey(`top-up/${customerId}`, actorOf(caller), idempotencyKey)
      const request = { customerId, amount: BigInt(body.amount), key }
      const { account, transferId } = await payments.topUp(request, call)
      return { status: 201, body: { transferId, account: viewOf(account) } }
    }),

    route({
      method: 'get',
      path: '/v1/accounts/{customerId}/entries',
      name: 'listEntries',
      access: 'owner',
      tag: 'accounts',
      summary: 'What came and went, newest first',
      params,
      query: z.strictObject({ cursor: Cursor.optional(), limit: limit(50, 200) }),
      answers: {
        200: {
          description: 'A page of entries',
          schema: EntryPage,
          example: {
            entries: [
              {
                transferId: exampleTransfer,
                kind: 'charge' as const,
                amount: -1530,
                orderId: exampleOrderId,
                reason: null,
                at: '2010-12-01T08:26:02.000Z',
              },
            ],
            nextCursor: null,
            ...partialOf({}),
          },
        },
      },
      refusals: ['not-found', 'unavailable', 'invalid-body'],
    }).handledBy(
      async ({ params: { customerId }, query: { cursor = '', limit: pageSize }, caller, call }) => {
        const page = await payments.listEntries({ customerId, cursor, pageSize }, call)
        const { views, unreadable } = readEach(
          page.entries,
          ({ transferId }) => transferId,
          (entry) => entryOf(caller.role, entry),
        )
        return {
          status: 200,
          body: {
            entries: views,
            nextCursor: page.nextCursor || null,
            ...partialOf({ unreadable }, caller.role),
          },
        }
      },
    ),
  ]
}

function viewOf(account: Account | undefined): z.output<typeof AccountView> {
  if (!account) throw new Error('the payment service answered without an account')
  const { customerId, currency, balance, createdAt } = account
  return { customerId, currency, balance: amountOf('balance', balance), createdAt: isoAt(createdAt) }
}

const entryOf = (viewer: Role, { transferId, kind, amount, orderId, reason, at }: Entry): AccountEntry => ({
  transferId,
  kind: kind as (typeof entryKinds)[number],
  amount: amountOf('amount', amount),
  orderId: orNull(orderId),
  reason: reasonFor(viewer, reason),
  at: isoAt(at),
})
