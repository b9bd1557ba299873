import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { isoAt } from '#api/http/from-protobuf.ts'
import { type Route, route } from '#api/http/route.ts'
import { Cursor, limit, OrderId } from '#contracts/rest/fields.ts'
import type { MailView } from '#contracts/rest/mails.ts'
import { MailPage } from '#contracts/rest/mails.ts'
import type { Mail } from '#generated/proto/notification/v1/notification_pb.ts'
import { exampleOrderId } from '../orders/order-examples.ts'

const example: z.output<typeof MailView> = {
  id: '019a8f3c-6b11-7d04-8c22-5e6f70819203',
  orderId: exampleOrderId,
  customerId: '17850',
  template: 'order_completed',
  recipient: 'ada@example.com',
  subject: 'Your order has arrived',
  text: 'Dear Ada Example, …',
  at: '2010-12-01T08:31:00.000Z',
}

export function mailRoutes({ notifications }: Pick<Clients, 'notifications'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/mails',
      name: 'listMails',
      access: 'staff',
      tag: 'notifications',
      summary: 'What was written to customers, newest first',
      query: z.strictObject({
        orderId: OrderId.optional(),
        cursor: Cursor.optional(),
        limit: limit(50, 200),
      }),
      answers: {
        200: {
          description: 'A page of mails',
          schema: MailPage,
          example: { mails: [example], nextCursor: null },
        },
      },
      refusals: ['unavailable', 'invalid-body'],
    }).handledBy(async ({ query: { orderId = '', cursor = '', limit: pageSize }, call }) => {
      const page = await notifications.listMails({ orderId, cursor, pageSize }, call)
      return { status: 200, body: { mails: page.mails.map(viewOf), nextCursor: page.nextCursor || null } }
    }),
  ]
}

const viewOf = (mail: Mail): z.output<typeof MailView> => ({
  id: mail.id,
  orderId: mail.orderId,
  customerId: mail.customerId,
  template: mail.template,
  recipient: mail.recipient,
  subject: mail.subject,
  text: mail.text,
  at: isoAt(mail.at),
})
