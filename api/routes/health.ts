import { z } from 'zod'
import { within } from '#platform/within.ts'
import type { Probe } from '../probes.ts'
import { type Route, route } from '../route.ts'

/** In ms. Whoever asks for readiness asks often. */
const PROBES_MAY_TAKE = 1_000

const Dependency = z.object({
  name: z.string(),
  state: z.enum(['up', 'down']),
  required: z.boolean().meta({ description: 'false: without it the gateway does less, but works' }),
})

const Readiness = z
  .object({ status: z.enum(['ready', 'not_ready']), dependencies: z.array(Dependency) })
  .meta({ id: 'Readiness' })

type DependencyState = z.output<typeof Dependency>

const example = (state: DependencyState['state']): DependencyState[] => [
  { name: 'temporal', state, required: true },
  { name: 'redis', state: 'up', required: false },
]

export function healthRoutes(probes: Probe[]): Route[] {
  return [
    route({
      method: 'get',
      path: '/health',
      name: 'health',
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
      access: 'public',
      tag: 'health',
      summary: 'Whether everything that the gateway needs answers',
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
      const dependencies = await Promise.all(probes.map(stateOf))
      return dependencies.some(({ required, state }) => required && state === 'down')
        ? { status: 503, body: { status: 'not_ready', dependencies } }
        : { status: 200, body: { status: 'ready', dependencies } }
    }),
  ]
}

async function stateOf({ name, required, probe }: Probe): Promise<DependencyState> {
  try {
    await within(PROBES_MAY_TAKE, probe())
    return { name, state: 'up', required }
  } catch {
    return { name, state: 'down', required }
  }
}
