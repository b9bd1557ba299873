import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ConnectRouter } from '@connectrpc/connect'
import { NotificationService } from '#generated/proto/notification/v1/notification_pb.ts'
import { pageOf } from '#platform/pages.ts'
import { refuseIfAny } from '#platform/rpc.ts'
import { isCursor } from './places.ts'
import type { ListedMail, NotificationStore } from './store.ts'

const usualPage = 50
const longestPage = 200

/** What would have been sent. */
export const notificationRoutes =
  (store: Pick<NotificationStore, 'listMails'>) =>
  (router: ConnectRouter): ConnectRouter =>
    router.service(NotificationService, {
      listMails: async ({ orderId, pageSize, cursor }) => {
        refuseIfAny(pageProblems(pageSize, cursor))
        const limit = pageSize || usualPage
        const found = await store.listMails({ orderId, cursor, limit: limit + 1 })
        const { page, nextCursor } = pageOf(found, limit, (last) => last.cursor)
        return { mails: page.map(asMessage), nextCursor }
      },
    })

const asMessage = ({ id, orderId, customerId, template, recipient, subject, text, at }: ListedMail) => ({
  id,
  orderId,
  customerId,
  template,
  recipient,
  subject,
  text,
  at: timestampFromDate(new Date(at)),
})

function pageProblems(pageSize: number, cursor: string): string[] {
  return [
    ...(pageSize >= 0 && pageSize <= longestPage ? [] : [`page_size: must be from 1 to ${longestPage}`]),
    ...(cursor === '' || isCursor(cursor) ? [] : ['cursor: is not one that this list gave']),
  ]
}
