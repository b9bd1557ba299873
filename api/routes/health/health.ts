import { z } from 'zod'
import { type Route, route } from '#api/http/route.ts'
import { At } from '#contracts/rest/fields.ts'
import type { Readiness as Found } from '#platform/process/readiness.ts'

const Dependency = z.object({
  name: z.string(),
  state: z.enum(['up', 'down']),
  since: At.meta({ description: 'Since when it is so, as far as anybody has asked' }),
  required: z.boolean().meta({ description: 'false: without it the gateway does less, but works' }),
  missing: z
    .array(z.string())
    .optional()
    .meta({ description: 'Its databases that do not answer; what belongs to the others goes on' }),
})

const Readiness = z
  .object({ status: z.enum(['ready', 'not_ready']), dependencies: z.array(Dependency) })
  .meta({ id: 'Readiness' })

type DependencyState = z.output<typeof Dependency>

const since = '2010-12-01T08:00:00.000Z'

const example = (state: DependencyState['state']): DependencyState[] => [
  { name: 'temporal', state, since, required: true },
  { name: 'redis', state: 'up', since, required: false },
]

export function healthRoutes(readiness: () => Promise<Found>): Route[] {
  return [
    route({
      method: 'get',
      path: '/health',
      name: 'health',
      routine: true,
      access: 'public',
      tag: 'health',
      summary: 'Whether the gateway is alive',
      answers: {
        200: {
          description: 'It is',
          schema: z.object({ status: z.literal('alive') }),
          example: { status: 'alive' as const },
        },
      },
    }).handledBy(async () => ({ status: 200, body: { status: 'alive' } })),

    route({
      method: 'get',
      path: '/ready',
      name: 'ready',
      routine: true,
      access: 'public',
      tag: 'health',
      summary: 'Whether the gateway can accept orders, and what is missing',
      answers: {
        200: {
          description: 'Ready',
          schema: Readiness,
          example: { status: 'ready' as const, dependencies: example('up') },
        },
        503: {
          description: 'Something is missing',
          schema: Readiness,
          example: { status: 'not_ready' as const, dependencies: example('down') },
        },
      },
    }).handledBy(async () => {
      const body = await readiness()
      return body.status === 'ready' ? { status: 200, body } : { status: 503, body }
    }),
  ]
}
