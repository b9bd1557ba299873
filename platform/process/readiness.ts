import { within } from './within.ts'

/** Asks one dependency something cheap; throws when it does not answer. An answer may name what is `missing` in it. */
export type Probe = { name: string; required: boolean; probe: () => Promise<unknown> }

/** `since`: ISO 8601; since when it is so, as far as anybody has asked. */
export type Dependency = {
  name: string
  state: 'up' | 'down'
  since: string
  required: boolean
  missing?: string[]
}
export type Readiness = { status: 'ready' | 'not_ready'; dependencies: Dependency[] }

/** In ms. Whoever asks for readiness asks often. */
const PROBES_MAY_TAKE = 1_000

/** The result asks all of them each time, and remembers since when each is as it is. */
export function watchReadiness(
  probes: () => readonly Probe[],
  clock = () => new Date(),
): () => Promise<Readiness> {
  const sinceWhen = createStates(clock)
  return async () => {
    const states = await Promise.all(probes().map(stateOf))
    const dependencies = states.map(({ name, state, ...rest }) => ({
      name,
      state,
      since: sinceWhen(name, state),
      ...rest,
    }))
    const missing = dependencies.some(({ required, state }) => required && state === 'down')
    return { status: missing ? 'not_ready' : 'ready', dependencies }
  }
}

/** Told each state that is found, the result says since when it is that: ISO 8601. */
export function createStates(clock: () => Date): (name: string, state: 'up' | 'down') => string {
  const known = new Map<string, { state: 'up' | 'down'; since: string }>()
  return (name, state) => {
    const before = known.get(name)
    if (before?.state === state) return before.since
    const since = clock().toISOString()
    known.set(name, { state, since })
    return since
  }
}

async function stateOf({ name, required, probe }: Probe): Promise<Omit<Dependency, 'since'>> {
  try {
    const missing = missingIn(await within(PROBES_MAY_TAKE, probe()))
    return { name, state: 'up', required, ...(missing.length > 0 && { missing }) }
  } catch {
    return { name, state: 'down', required }
  }
}

/** The shards that did not answer, whose work waits while that of the others goes on. */
function missingIn(answer: unknown): string[] {
  const { missing = [] } = (answer ?? {}) as { missing?: readonly { shard: string }[] }
  return missing.map(({ shard }) => shard)
}

/** What a process needs, while it starts: each counts as down until it is told how to ask. */
export function createReadiness<Name extends string>(...names: readonly Name[]) {
  const asking = new Map<Name, Probe['probe']>()
  const starting = () => Promise.reject(new Error('starting'))
  return {
    ask: (name: Name, probe: Probe['probe']): void => void asking.set(name, probe),
    probes: (): Probe[] =>
      names.map((name) => ({ name, required: true, probe: asking.get(name) ?? starting })),
  }
}

/** HTTP/1 or HTTP/2. */
type Request = { method?: string | undefined; url?: string | undefined }
type Response = {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(text: string): unknown
}

/** Answers `GET /health`, and `GET /ready` with what is missing. */
export const answerHealth =
  (readiness: () => Promise<Readiness>) =>
  ({ method, url }: Request, response: Response): void => {
    const answer = (status: number, body: unknown) => {
      response.statusCode = status
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(body))
    }
    if (method === 'GET' && url === '/health') return answer(200, { status: 'alive' })
    if (method !== 'GET' || url !== '/ready') return answer(404, { title: 'Not found', status: 404 })
    void readiness().then((found) => answer(found.status === 'ready' ? 200 : 503, found))
  }
