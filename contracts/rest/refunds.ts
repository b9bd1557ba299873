import { z } from 'zod'
import { Amount, Money, Note } from './fields.ts'

export const RefundBody = z
  .strictObject({
    amount: Amount.optional().meta({ description: 'Minor units; without it, all that is left' }),
    reason: Note.meta({ description: 'For the history and the account, as staff read them' }),
  })
  .meta({ id: 'RefundOrder' })

export const RefundView = z
  .object({ orderId: z.string(), amount: Money, currency: z.string() })
  .meta({ id: 'Refund', description: 'What went back' })
export type Refund = z.output<typeof RefundView>

export const PendingRefund = z
  .object({ orderId: z.string(), status: z.literal('pending'), location: z.string() })
  .meta({ id: 'PendingRefund', description: 'It shows in the history of the order there' })
export type PendingRefund = z.output<typeof PendingRefund>
