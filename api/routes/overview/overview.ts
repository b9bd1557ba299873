import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { isoAt } from '#api/http/from-protobuf.ts'
import { type Route, route } from '#api/http/route.ts'
import { amountOf, partialOf } from '#api/http/unreadable.ts'
import { wholeText } from '#contracts/rest/fields.ts'
import { OpenOrders } from '#contracts/rest/orders.ts'
import { type Overview, OverviewView } from '#contracts/rest/overview.ts'
import type {
  Durations,
  GetOverviewResponse,
  OverviewStep,
} from '#generated/proto/notification/v1/notification_pb.ts'

const step = {
  at: '2010-12-01T08:26:00.000Z',
  placed: 12,
  completed: 9,
  cancelled: 1,
  charged: 15_300,
  refunded: 1_530,
}

const example: Overview = {
  from: step.at,
  to: '2010-12-01T08:26:40.000Z',
  perMinute: [step],
  perHour: [],
  placedBySource: { web: 8, mobile: 4 },
  cancelledByReason: { out_of_stock: 1 },
  completion: { count: 9, p50: 4_200, p99: 9_800 },
  cancellation: { count: 1, p50: 21_000, p99: 21_000 },
  money: { charged: 15_300, refunded: 1_530, lost: 255 },
  parcelsLost: 1,
}

/** What happens, in numbers. */
export const overviewRoutes = ({
  notifications,
  orders,
}: Pick<Clients, 'notifications' | 'orders'>): Route[] => [
  route({
    method: 'get',
    path: '/v1/overview',
    name: 'getOverview',
    access: 'staff',
    tag: 'orders',
    summary: 'How many orders were placed and how they ended, per minute or per hour',
    query: z.strictObject({
      minutes: wholeText(1, 1_440).default(60).meta({ description: 'How far back, up to now', example: 60 }),
      hours: wholeText(1, 720)
        .optional()
        .meta({ description: 'How far back per hour, instead of per minute', example: 24 }),
    }),
    answers: { 200: { description: 'The numbers', schema: OverviewView, example } },
    refusals: ['unavailable', 'invalid-body'],
  }).handledBy(async ({ query: { minutes, hours }, call }) => {
    const asked = hours === undefined ? { per: 'minute', steps: minutes } : { per: 'hour', steps: hours }
    const found = await notifications.getOverview(asked, call)
    const steps = found.steps.map(stepOf)
    return { status: 200, body: viewOf(found, hours === undefined ? [steps, []] : [[], steps]) }
  }),

  route({
    method: 'get',
    path: '/v1/overview/open-orders',
    name: 'countOpenOrders',
    access: 'staff',
    tag: 'orders',
    summary: 'How many orders have not ended, by status',
    answers: {
      200: {
        description: 'A status that no order has is left out',
        schema: OpenOrders,
        example: { byStatus: { paid: 2, shipping: 40 }, ...partialOf({}) },
      },
    },
    refusals: ['unavailable'],
  }).handledBy(async ({ call }) => {
    const { byStatus, missing } = await orders.countOpenOrders({}, call)
    return { status: 200, body: { byStatus: inNumbers(byStatus), ...partialOf({ missing }) } }
  }),
]

type Step = Overview['perMinute'][number]

const viewOf = (found: GetOverviewResponse, [perMinute, perHour]: [Step[], Step[]]): Overview => ({
  from: isoAt(found.from),
  to: isoAt(found.to),
  perMinute,
  perHour,
  placedBySource: inNumbers(found.placedBySource),
  cancelledByReason: inNumbers(found.cancelledByReason),
  completion: durationsOf(found.completion),
  cancellation: durationsOf(found.cancellation),
  money: {
    charged: sumOf([...perMinute, ...perHour], 'charged'),
    refunded: sumOf([...perMinute, ...perHour], 'refunded'),
    lost: amountOf('lost', found.lost),
  },
  parcelsLost: Number(found.parcelsLost),
})

const stepOf = ({ at, placed, completed, cancelled, charged, refunded }: OverviewStep): Step => ({
  at: isoAt(at),
  placed: Number(placed),
  completed: Number(completed),
  cancelled: Number(cancelled),
  charged: amountOf('charged', charged),
  refunded: amountOf('refunded', refunded),
})

const sumOf = (steps: readonly Step[], field: 'charged' | 'refunded'): number =>
  steps.reduce((sum, step) => sum + step[field], 0)

const inNumbers = (counts: Record<string, bigint>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)]))

const durationsOf = (found: Durations | undefined): Overview['completion'] => ({
  count: Number(found?.count ?? 0),
  p50: found?.p50 === undefined ? null : Number(found.p50),
  p99: found?.p99 === undefined ? null : Number(found.p99),
})
