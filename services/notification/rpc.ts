import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ConnectRouter } from '@connectrpc/connect'
import { NotificationService } from '#generated/proto/notification/v1/notification_pb.ts'
import { pagesOf } from '#platform/grpc/pages.ts'
import { refuseIfAny } from '#platform/grpc/refusals.ts'
import { isCursor } from './data/stream-positions.ts'
import type { ListedMail, NotificationStore } from './store.ts'

const pages = pagesOf<{ cursor: string }>({
  name: 'mails',
  usual: 50,
  largest: 200,
  write: ({ cursor }) => cursor,
  read: (cursor) => (isCursor(cursor) ? { cursor } : undefined),
})

/** What would have been sent. */
export const notificationRoutes =
  (store: Pick<NotificationStore, 'listMails'>) =>
  (router: ConnectRouter): ConnectRouter =>
    router.service(NotificationService, {
      listMails: async ({ orderId, pageSize, cursor }) => {
        const asked = pages({ pageSize, cursor }, [orderId])
        refuseIfAny(asked.problems)
        const after = asked.after?.cursor ?? ''
        const { page, nextCursor } = asked.of(
          await store.listMails({ orderId, cursor: after, limit: asked.limit }),
        )
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
