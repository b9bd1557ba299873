import { type Route, route } from '#api/http/route.ts'
import { type System, SystemView } from '#contracts/rest/system.ts'
import type { Readiness } from '#platform/process/readiness.ts'
import { createLook, type Looking } from './look.ts'

const since = '2010-12-01T08:00:00.000Z'

const example: System = {
  at: '2010-12-01T08:26:00.000Z',
  services: [
    {
      name: 'order',
      state: 'up',
      since,
      version: '0.1.0',
      why: null,
      needs: [{ name: 'database', state: 'up', since }],
    },
    { name: 'payment', state: 'down', since, version: null, why: 'no answer within 2 s', needs: [] },
  ],
  servers: [{ name: 'temporal', state: 'up', since, version: '1.31.0', why: null }],
  databases: [
    {
      service: 'order',
      name: 'order_1',
      state: 'up',
      version: '18.1',
      bytes: 12_582_912,
      outbox: { waiting: 0, oldestAt: null },
      why: null,
    },
  ],
  consumerGroups: [{ groupId: 'notification', members: 1, lag: 3, topics: { 'order.events': 3 } }],
}

type Dependencies = { system: Looking; readiness: () => Promise<Readiness>; clock: () => Date }

/** How the processes and servers are, for staff: no address is in it. */
export function systemRoute({ system, readiness, clock }: Dependencies): Route {
  const look = createLook(system, readiness, clock)
  return route({
    method: 'get',
    path: '/v1/system',
    name: 'getSystem',
    access: 'staff',
    tag: 'health',
    summary:
      'Which processes and servers are up, what waits to be published and to be read, how large the databases are',
    description: 'Each is asked at the same time and has 2 s; what does not answer is down and says so.',
    answers: { 200: { description: 'How they are', schema: SystemView, example } },
  }).handledBy(async ({ call }) => ({ status: 200, body: await look(call) }))
}
