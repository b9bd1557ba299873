import { z } from 'zod'
import type { Clients } from '#api/clients.ts'
import { actorOf } from '#api/http/auth.ts'
import { noSuchThing } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import type { AttemptAction, StepAttempt } from '#contracts/clients.ts'
import { OrderId } from '#contracts/rest/fields.ts'
import { type Attempt, AttemptList, AttemptReason } from '#contracts/rest/orders.ts'
import { exampleOrderId } from './order-examples.ts'

const ActivityId = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/, 'must be the activityId of one of the order’s attempts')
  .meta({ example: '3' })

const example: Attempt = {
  activityId: '3',
  activityType: 'chargeOrder',
  service: 'payment',
  state: 'waiting',
  attempt: 7,
  scheduledAt: '2010-12-01T08:26:01.000Z',
  lastStartedAt: '2010-12-01T08:31:00.000Z',
  nextRetryAt: '2010-12-01T08:36:00.000Z',
  lastFailure: 'payment: connection refused',
  lastWorker: '4711@payment',
  workerSeenAt: '2010-12-01T08:31:00.000Z',
  paused: null,
}

const actions: Record<AttemptAction, { name: string; summary: string }> = {
  retry: { name: 'retryAttempt', summary: 'Try a step now, as if for the first time' },
  pause: { name: 'pauseAttempt', summary: 'Let a step rest: it is not tried again until it is resumed' },
  resume: { name: 'resumeAttempt', summary: 'Let a paused step go on, at once' },
}

/** Why does it not move, and how do I get it moving? Temporal's own view of an order's pending steps. */
export function attemptRoutes({ attempts }: Pick<Clients, 'attempts'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/orders/{orderId}/attempts',
      name: 'listAttempts',
      access: 'staff',
      tag: 'orders',
      summary: 'The steps that wait for another service: attempt, last failure, next retry, worker',
      params: z.strictObject({ orderId: OrderId }),
      answers: {
        200: {
          description: 'None when nothing is pending there, or no workflow of the order runs',
          schema: AttemptList,
          example: { orderId: exampleOrderId, attempts: [example] },
        },
      },
      refusals: ['unavailable'],
    }).handledBy(async ({ params: { orderId }, about }) => {
      about(orderId)
      const found = await attempts.list(orderId)
      return { status: 200, body: { orderId, attempts: found.map(viewOf) } }
    }),
    ...(Object.keys(actions) as AttemptAction[]).map((action) => actionRoute(attempts, action)),
  ]
}

const actionRoute = (attempts: Clients['attempts'], action: AttemptAction): Route =>
  route({
    method: 'post',
    path: `/v1/orders/{orderId}/attempts/{activityId}/${action}`,
    ...actions[action],
    access: 'staff',
    tag: 'orders',
    params: z.strictObject({ orderId: OrderId, activityId: ActivityId }),
    body: AttemptReason,
    example: action === 'pause' ? { reason: 'the bank is asleep until nine' } : {},
    answers: {
      200: {
        description: 'Done; what is pending now',
        schema: AttemptList,
        example: { orderId: exampleOrderId, attempts: [example] },
      },
    },
    refusals: ['not-found', 'unavailable'],
  }).handledBy(async ({ params: { orderId, activityId }, body, caller, about }) => {
    about(orderId)
    const isDone = await attempts.act(action, orderId, activityId, actorOf(caller), body.reason)
    if (!isDone) return noSuchThing('activityId', `no such step of order ${orderId} is pending`)
    return { status: 200, body: { orderId, attempts: (await attempts.list(orderId)).map(viewOf) } }
  })

const isoOf = (date: Date | null): string | null => date?.toISOString() ?? null

const viewOf = (attempt: StepAttempt): Attempt => ({
  ...attempt,
  scheduledAt: isoOf(attempt.scheduledAt),
  lastStartedAt: isoOf(attempt.lastStartedAt),
  nextRetryAt: isoOf(attempt.nextRetryAt),
  workerSeenAt: isoOf(attempt.workerSeenAt),
  paused: attempt.paused && { ...attempt.paused, at: isoOf(attempt.paused.at) },
})
