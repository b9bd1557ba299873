import { z } from 'zod'
import { reasonOf } from '#platform/logger.ts'
import { type ExitCode, exitCodes, Failure } from './failure.ts'

export type Query = Record<string, string | readonly string[] | undefined>

/** The gateway's REST. A refusal and a gateway that is away are thrown as Failure. */
export type Gateway = {
  get<T>(path: string, query?: Query): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}

/** In ms; the gateway itself gives up after ten seconds. */
const PATIENCE = 12_000

export function createGateway(url: string): Gateway {
  const call = async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE),
    }).catch((error: unknown) => {
      throw away(url, error)
    })
    const text = await response.text().catch((error: unknown) => {
      throw away(url, error)
    })
    if (!response.ok) throw refusal(url, response.status, text)
    return jsonOf(text) as T
  }
  return {
    get: (path, query = {}) => call('GET', `${path}${queryString(query)}`),
    post: (path, body) => call('POST', path, body),
  }

  function jsonOf(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new Failure('unreachable', `what answers at ${url} is not the gateway`, { cause: error })
    }
  }
}

function queryString(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}

function away(url: string, error: unknown): Failure {
  // fetch says "fetch failed" and hides in its cause what failed.
  const cause = error instanceof Error && error.cause ? error.cause : error
  const message = `the gateway at ${url} cannot be reached (${reasonOf(cause)}); is it running? "npm start" runs it`
  return new Failure('unreachable', message, { cause: error })
}

const Problem = z.object({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
})

/** One line from problem+json, with the paths of the fields that are wrong. */
function refusal(url: string, status: number, text: string): Failure {
  const problem = Problem.safeParse(parsed(text)).data
  if (!problem) {
    return new Failure('unreachable', `what answers at ${url} is not the gateway: status ${status}`)
  }
  const { type, title, detail, instance, errors } = problem
  const kind = type.replace('/problems/', '')
  const fields = errors.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; ')
  const trace = status >= 500 ? ` (trace id ${instance})` : ''
  return new Failure(exitOf(status, kind), fields || `${title}: ${detail}${trace}`, { kind, fields: errors })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function exitOf(status: number, kind: string): keyof typeof exitCodes {
  if (kind === 'not-found') return 'notFound'
  if (status === 400 || kind === 'invalid-body') return 'usage'
  return status >= 500 || status === 404 || status === 405 ? 'unreachable' : 'refused'
}

export const isAway = (error: unknown): boolean =>
  error instanceof Failure && (error.exitCode satisfies ExitCode) === exitCodes.unreachable
