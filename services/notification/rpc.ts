import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ConnectRouter } from '@connectrpc/connect'
import { NotificationService } from '#generated/proto/notification/v1/notification_pb.ts'
import { pagesOf } from '#platform/grpc/pages.ts'
import { refuseIfAny } from '#platform/grpc/refusals.ts'
import { isWhole, wholeInWords } from '#platform/values/checks.ts'
import { isCursor } from './data/stream-positions.ts'
import type { Durations } from './overview/durations.ts'
import { type Overview, type OverviewStore, type StepName, steps } from './overview/store.ts'
import type { ListedMail, NotificationStore } from './store.ts'

const pages = pagesOf<{ cursor: string }>({
  name: 'mails',
  usual: 50,
  largest: 200,
  write: ({ cursor }) => cursor,
  read: (cursor) => (isCursor(cursor) ? { cursor } : undefined),
})

type Dependencies = {
  store: Pick<NotificationStore, 'listMails'>
  overview: Pick<OverviewStore, 'read'>
  clock: () => Date
}

/** What would have been sent, and what happened. */
export const notificationRoutes =
  ({ store, overview, clock }: Dependencies) =>
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
      getOverview: async ({ per, steps: many }) => {
        refuseIfAny(stepProblems(per, many))
        return asOverview(await overview.read(per as StepName, many, clock()))
      },
    })

function stepProblems(per: string, many: number): string[] {
  if (!isStepName(per)) return [`per: must be ${Object.keys(steps).join(' or ')}`]
  const { most } = steps[per]
  return isWhole(many, 1, most) ? [] : [`steps: must be ${wholeInWords(1, most)}`]
}

const isStepName = (per: string): per is StepName => Object.hasOwn(steps, per)

function asOverview({ from, to, steps, lost, parcelsLost, completion, cancellation, ...by }: Overview) {
  return {
    from: timestampFromDate(from),
    to: timestampFromDate(to),
    steps: steps.map(({ at, placed, completed, cancelled, charged, refunded }) => ({
      at: timestampFromDate(at),
      placed: BigInt(placed),
      completed: BigInt(completed),
      cancelled: BigInt(cancelled),
      charged: BigInt(charged),
      refunded: BigInt(refunded),
    })),
    placedBySource: inInt64(by.placedBySource),
    cancelledByReason: inInt64(by.cancelledByReason),
    completion: asDurations(completion),
    cancellation: asDurations(cancellation),
    parcelsLost: BigInt(parcelsLost),
    lost: BigInt(lost),
  }
}

const inInt64 = (counts: Record<string, number>): Record<string, bigint> =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, BigInt(count)]))

const asDurations = ({ count, p50, p99 }: Durations) => ({
  count: BigInt(count),
  ...(p50 !== null && { p50: BigInt(p50) }),
  ...(p99 !== null && { p99: BigInt(p99) }),
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
