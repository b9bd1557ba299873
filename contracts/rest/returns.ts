import { z } from 'zod'
import { highestLineNumber, maxLines, maxQuantity } from '../lines.ts'
import { returnStatuses } from '../return.ts'
import { At, Money, NextCursor, Note, partialFields, whole } from './fields.ts'

const ReturnedLine = z
  .object({
    lineNumber: z.int(),
    productId: z.string(),
    quantity: z.int(),
    unitPrice: Money,
    restocked: z.int().meta({ description: 'Of what has arrived' }),
    writtenOff: z.int(),
  })
  .meta({ id: 'ReturnedLine' })

export const ReturnView = z
  .object({
    number: z.int(),
    status: z.enum(returnStatuses),
    reason: z.string().nullable().meta({ description: 'Null for customers when staff wrote it' }),
    amount: Money.meta({ description: 'What the goods cost: those asked for, once arrived those' }),
    requestedAt: At,
    endedAt: At.nullable(),
    lines: z.array(ReturnedLine),
  })
  .meta({ id: 'Return', description: 'Goods that come back after delivery' })
export type Return = z.output<typeof ReturnView>

const LineNumber = whole(1, highestLineNumber).meta({ example: 1 })

const pieces = (least: number) => whole(least, maxQuantity)

const note = Note.optional().meta({ description: 'For the history' })

export const ReturnBody = z
  .strictObject({
    lines: z
      .array(z.strictObject({ lineNumber: LineNumber, quantity: pieces(1) }))
      .min(1)
      .max(maxLines),
    reason: Note,
  })
  .meta({ id: 'RequestReturn' })

export const ReturnDecisionBody = z.strictObject({ accept: z.boolean(), note }).meta({ id: 'ReturnDecision' })

export const ReceiptBody = z
  .strictObject({
    lines: z
      .array(
        z.strictObject({ lineNumber: LineNumber, restocked: pieces(0), writtenOff: pieces(0).default(0) }),
      )
      .min(1)
      .max(maxLines)
      .optional()
      .meta({ description: 'What arrived. Without lines all of it did, and goes back to stock' }),
    note,
  })
  .meta({ id: 'ReturnReceipt' })

export const OpenedReturn = z
  .object({
    orderId: z.string(),
    number: z.int(),
    amount: Money.meta({ description: 'What the goods cost, in minor units: it goes back when they arrive' }),
  })
  .meta({ id: 'OpenedReturn' })
export type OpenedReturn = z.output<typeof OpenedReturn>

export const PendingReturn = z
  .object({ orderId: z.string(), number: z.int(), status: z.literal('pending'), location: z.string() })
  .meta({ id: 'PendingReturn', description: 'Durably asked for; judged and on record later, or refused' })
export type PendingReturn = z.output<typeof PendingReturn>

export const ReturnAnswer = z
  .object({
    orderId: z.string(),
    number: z.int(),
    status: z.enum(returnStatuses),
    amount: Money.optional().meta({
      description:
        'What goes back, once received: what the goods cost, less what was given back for them before',
    }),
  })
  .meta({ id: 'ReturnAnswer' })
export type ReturnAnswer = z.output<typeof ReturnAnswer>

export const ReturnOfOrder = ReturnView.extend({
  orderId: z.string(),
  customerId: z.string(),
  currency: z.string(),
  by: z.string().meta({ description: 'Who asked for it', example: 'customer:17850' }),
  since: At.meta({ description: 'When it came to its status' }),
}).meta({ id: 'ReturnOfOrder' })
export type ReturnOfOrder = z.output<typeof ReturnOfOrder>

export const ReturnPage = z.object({
  returns: z.array(ReturnOfOrder),
  nextCursor: NextCursor,
  ...partialFields,
})
export type ReturnPage = z.output<typeof ReturnPage>
