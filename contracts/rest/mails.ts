import { z } from 'zod'
import { At, NextCursor } from './fields.ts'

export const MailView = z
  .object({
    id: z.string().meta({ description: "The event's message id" }),
    orderId: z.string(),
    customerId: z.string(),
    template: z.string().meta({ example: 'order_completed' }),
    recipient: z.string(),
    subject: z.string(),
    text: z.string(),
    at: At,
  })
  .meta({ id: 'Mail' })
export type Mail = z.output<typeof MailView>

export const MailPage = z.object({
  mails: z.array(MailView),
  nextCursor: NextCursor,
})
export type MailPage = z.output<typeof MailPage>
