import { within } from './within.ts'

/** Asks one dependency something cheap; throws when it does not answer. An answer may name what is `missing` in it. */
export type Probe = { name: string; required: boolean; probe: () => Promise<unknown> }

export type Dependency = { name: string; state: 'up' | 'down'; required: boolean; missing?: string[] }
export type Readiness = { status: 'ready' | 'not_ready'; dependencies: Dependency[] }

/** In ms. Whoever asks for readiness asks often. */
const PROBES_MAY_TAKE = 1_000

export async function readinessOf(probes: readonly Probe[]): Promise<Readiness> {
  const dependencies = await Promise.all(probes.map(stateOf))
  const missing = dependencies.some(({ required, state }) => required && state === 'down')
  return { status: missing ? 'not_ready' : 'ready', dependencies }
}

async function stateOf({ name, required, probe }: Probe): Promise<Dependency> {
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
  (probes: () => readonly Probe[]) =>
  ({ method, url }: Request, response: Response): void => {
    const answer = (status: number, body: unknown) => {
      response.statusCode = status
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(body))
    }
    if (method === 'GET' && url === '/health') return answer(200, { status: 'alive' })
    if (method !== 'GET' || url !== '/ready') return answer(404, { title: 'Not found', status: 404 })
    void readinessOf(probes()).then((readiness) =>
      answer(readiness.status === 'ready' ? 200 : 503, readiness),
    )
  }
