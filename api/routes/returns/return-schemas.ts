import { z } from 'zod'
import { Money, Note, OrderId, whole, wholeText } from '#api/http/schemas.ts'
import { highestLineNumber, maxLines, maxQuantity } from '#contracts/lines.ts'
import { returnStatuses } from '#contracts/return.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

const LineNumber = whole(1, highestLineNumber).meta({ example: 1 })
const pieces = (least: number) => whole(least, maxQuantity)
const note = Note.optional().meta({ description: 'For the history' })

export const orderParams = z.strictObject({ orderId: OrderId })

export const returnParams = orderParams.extend({
  number: wholeText(1, 1_000_000).meta({
    description: 'Returns of an order are numbered from 1',
    example: 1,
  }),
})

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

export const OpenedView = z
  .object({
    orderId: z.string(),
    number: z.int(),
    amount: Money.meta({ description: 'What the goods cost, in minor units: it goes back when they arrive' }),
  })
  .meta({ id: 'OpenedReturn' })

export const PendingReturn = z
  .object({ orderId: z.string(), number: z.int(), status: z.literal('pending'), location: z.string() })
  .meta({ id: 'PendingReturn', description: 'Durably asked for; judged and on record later, or refused' })

export const ReturnAnswerView = z
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

export const exampleReturn = { orderId: exampleOrderId, number: 1 }
