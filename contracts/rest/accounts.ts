import { z } from 'zod'
import { At, Money, NextCursor, partialFields } from './fields.ts'

export const AccountView = z
  .object({ customerId: z.string(), currency: z.string(), balance: Money, createdAt: At })
  .meta({ id: 'Account' })
export type Account = z.output<typeof AccountView>

export const entryKinds = ['top_up', 'charge', 'refund'] as const

const EntryView = z
  .object({
    transferId: z.string(),
    kind: z.enum(entryKinds),
    amount: Money.meta({ description: 'Signed: what it changed the balance by, in minor units' }),
    orderId: z.string().nullable(),
    reason: z.string().nullable().meta({ description: 'What staff wrote is for staff' }),
    at: At,
  })
  .meta({ id: 'AccountEntry' })
export type AccountEntry = z.output<typeof EntryView>

export const TopUpView = z.object({ transferId: z.string(), account: AccountView }).meta({ id: 'TopUp' })
export type TopUp = z.output<typeof TopUpView>

export const AccountPage = z.object({
  accounts: z.array(AccountView),
  nextCursor: NextCursor,
  ...partialFields,
})
export type AccountPage = z.output<typeof AccountPage>

export const EntryPage = z.object({
  entries: z.array(EntryView),
  nextCursor: NextCursor,
  ...partialFields,
})
export type EntryPage = z.output<typeof EntryPage>
