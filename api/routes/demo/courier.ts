import type { Clients } from '#api/clients.ts'
import { type Refusal, refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import { CourierHabits } from '#contracts/rest/demo.ts'
import type { Habits } from '#generated/proto/logistics/v1/logistics_pb.ts'

const example: CourierHabits = { lose: 0.02, duplicate: 0.05, shuffle: 0.05, delay: 0.02, step: 1_000 }

/** What is about the demonstration, where there is none. */
export const noDemonstration: Refusal = refuse('not-found', 'There is no demonstration here.')

/** How badly the simulated courier works, for people who want to see what the system makes of it. */
export function courierRoutes({ courier, demo }: Pick<Clients, 'courier'> & { demo: boolean }): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/demo/courier',
      name: 'getCourier',
      access: 'staff',
      tag: 'demonstration',
      summary: 'How the simulated courier works',
      answers: { 200: { description: 'Its habits', schema: CourierHabits, example } },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ call }) => {
      if (!demo) return noDemonstration
      return { status: 200, body: viewOf((await courier.getHabits({}, call)).habits) }
    }),

    route({
      method: 'put',
      path: '/v1/demo/courier',
      name: 'putCourier',
      access: 'staff',
      tag: 'demonstration',
      summary: 'Have the simulated courier lose parcels, and tell its news twice, late or out of turn',
      description:
        'Holds for what happens from now on; how a parcel’s present step ends is settled already. A restart of the courier forgets it.',
      body: CourierHabits,
      example,
      answers: { 200: { description: 'Its habits', schema: CourierHabits, example } },
      refusals: ['not-found', 'unavailable'],
    }).handledBy(async ({ body, call }) => {
      if (!demo) return noDemonstration
      return { status: 200, body: viewOf((await courier.putHabits({ habits: body }, call)).habits) }
    }),
  ]
}

function viewOf(habits: Habits | undefined): CourierHabits {
  if (!habits) throw new Error('the courier said nothing of its habits')
  const { lose, duplicate, shuffle, delay, step } = habits
  return { lose, duplicate, shuffle, delay, step }
}
