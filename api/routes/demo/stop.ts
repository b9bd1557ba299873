import { z } from 'zod'
import { refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import type { SystemControl } from '#contracts/clients.ts'
import { whole } from '#contracts/rest/fields.ts'
import { type RpcService, rpcServices } from '#contracts/services.ts'
import { noDemonstration } from './courier.ts'

type Dependencies = { demo: boolean; control: SystemControl | undefined; clock: () => Date }

const example = { service: 'inventory' as const, seconds: 30 }

/** Has a service away for a while, to see what waits for it and that nothing is lost. */
export function stopRoute({ demo, control, clock }: Dependencies): Route {
  return route({
    method: 'post',
    path: '/v1/demo/stop',
    name: 'stopService',
    access: 'staff',
    tag: 'demonstration',
    summary: 'Stop the process of a service, and start it again after a while',
    description:
      'Where `npm start` runs the processes. It is asked to end what it has in hand, and told to start again.',
    body: z.strictObject({
      service: z.enum(rpcServices as [RpcService, ...RpcService[]]),
      seconds: whole(1, 120),
    }),
    example,
    answers: {
      202: {
        description: 'It is being stopped',
        schema: z.object({ service: z.string(), until: z.string().meta({ format: 'date-time' }) }),
        example: { service: 'inventory', until: '2010-12-01T08:26:30.000Z' },
      },
    },
    refusals: ['not-found', 'conflict'],
  }).handledBy(async ({ body: { service, seconds } }) => {
    if (!demo || !control) return noDemonstration
    const until = new Date(clock().getTime() + seconds * 1_000).toISOString()
    switch (await control.stop(service, seconds)) {
      case 'unknown':
        return refuse('conflict', `There is no process ${service} here.`)
      case 'stopped':
        return refuse('conflict', `${service} is down just now.`)
      default:
        return { status: 202, body: { service, until } }
    }
  })
}
