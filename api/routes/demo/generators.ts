import { z } from 'zod'
import { type Refusal, refuse } from '#api/http/problems.ts'
import { type Route, route } from '#api/http/route.ts'
import { type OrderSource, orderSources } from '#contracts/order.ts'
import { GeneratorPart, GeneratorSettings, type Generators, GeneratorsView } from '#contracts/rest/demo.ts'
import { noDemonstration } from './courier.ts'

const example: GeneratorSettings = {
  rate: 1,
  invalid: 0.03,
  duplicate: 0.03,
  unaffordable: 0.03,
  outOfStock: 0.03,
  far: 0.03,
  running: true,
}
const exampleView: Generators = { ...example, sources: ['web', 'mobile', 'partner'] }

const noGenerator: Refusal = refuse(
  'conflict',
  'No generator has been heard of for a while: none is running.',
)

/** What the simulated sources of orders place: staff say it, and each source asks for its part. */
export function generatorRoutes({ demo, clock }: { demo: boolean; clock: () => Date }): Route[] {
  const board = createBoard(clock)
  return [
    route({
      method: 'put',
      path: '/v1/demo/generators/{source}',
      name: 'reportGenerator',
      routine: true,
      access: 'staff',
      tag: 'demonstration',
      summary: 'For a simulated source: it says what it was started for, and hears what to place',
      params: z.strictObject({ source: z.enum(orderSources) }),
      body: GeneratorPart,
      example,
      answers: { 200: { description: 'Its part', schema: GeneratorPart, example } },
      refusals: ['not-found'],
    }).handledBy(async ({ params: { source }, body }) =>
      demo ? { status: 200, body: board.report(source, body) } : noDemonstration,
    ),

    route({
      method: 'get',
      path: '/v1/demo/generators',
      name: 'getGenerators',
      access: 'staff',
      tag: 'demonstration',
      summary: 'What the simulated sources place',
      answers: { 200: { description: 'Of all together', schema: GeneratorsView, example: exampleView } },
      refusals: ['not-found'],
    }).handledBy(async () => (demo ? { status: 200, body: board.shown() } : noDemonstration)),

    route({
      method: 'put',
      path: '/v1/demo/generators',
      name: 'putGenerators',
      access: 'staff',
      tag: 'demonstration',
      summary: 'Have the simulated sources place more or fewer orders, and worse ones',
      description:
        'Each source does so within two seconds. A restart of the gateway forgets it: then they do what they were started for.',
      body: GeneratorSettings,
      example,
      answers: { 200: { description: 'Of all together', schema: GeneratorsView, example: exampleView } },
      refusals: ['not-found', 'conflict'],
    }).handledBy(async ({ body }) => {
      if (!demo) return noDemonstration
      if (board.shown().sources.length === 0) return noGenerator
      board.ask(body)
      return { status: 200, body: board.shown() }
    }),
  ]
}

/** In ms: a source that was not heard of for so long is gone. Each asks every second. */
const SILENT_FOR = 5_000

const nothing: GeneratorSettings = {
  rate: 0,
  invalid: 0,
  duplicate: 0,
  unaffordable: 0,
  outOfStock: 0,
  far: 0,
  running: false,
}

/** What was asked for, and who is there to do it. In memory: a demonstration has one gateway. */
function createBoard(clock: () => Date) {
  const heard = new Map<OrderSource, { started: GeneratorSettings; at: number }>()
  let asked: GeneratorSettings | undefined

  const present = () =>
    orderSources.flatMap((source) => {
      const found = heard.get(source)
      return found && clock().getTime() - found.at <= SILENT_FOR ? [{ source, ...found.started }] : []
    })

  return {
    ask: (settings: GeneratorSettings): void => {
      asked = settings
    },
    shown: (): Generators => {
      const all = present()
      const sources = all.map(({ source }) => source)
      const [first] = all
      if (asked || !first) return { ...(asked ?? nothing), sources }
      const { source: _, ...started } = first
      return { ...started, rate: all.reduce((sum, { rate }) => sum + rate, 0), sources }
    },
    report: (source: OrderSource, started: GeneratorSettings): GeneratorSettings => {
      heard.set(source, { started, at: clock().getTime() })
      return asked ? { ...asked, rate: asked.rate / present().length } : started
    },
  }
}
