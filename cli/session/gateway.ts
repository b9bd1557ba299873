import { Readable } from 'node:stream'
import { z } from 'zod'
import { jsonOf, type RestRequest } from '#clients/rest/ask.ts'
import { createRest } from '#clients/rest/rest.ts'
import { SignInRefused } from '#clients/rest/session.ts'
import { reasonOf } from '#platform/process/logger.ts'
import { type ExitCode, exitCodes, Failure } from '../text/failure.ts'
import { asking } from './patience.ts'
import { type SignedIn, whoIs } from './signed-in.ts'

export type Query = Record<string, string | readonly string[] | undefined>

/** The gateway's REST. A refusal and a gateway that is away are thrown as Failure. */
export type Gateway = {
  get<T>(path: string, query?: Query): Promise<T>
  /** The same key and body are the same request; what changes nothing needs none. */
  post<T>(path: string, body: unknown, key?: string): Promise<T>
  remove(path: string): Promise<void>
  /** Text as it comes, however long that takes. */
  stream(path: string, query: Query, contentType: string): Promise<Readable>
}

export function createGateway(url: string, signedIn: SignedIn): Gateway {
  const rest = createRest({ ...asking(url), session: signedIn.session })
  const call = async (request: RestRequest): Promise<Response> => {
    const response = await rest(request).catch((error: unknown) => {
      throw faultOf(url, error)
    })
    if (!response.ok) throw await refusalOf(url, response.status, await textOf(response), signedIn)
    return response
  }
  const textOf = (response: Response): Promise<string> =>
    response.text().catch((error: unknown) => {
      throw faultOf(url, error)
    })
  const json = async <T>(request: RestRequest): Promise<T> => {
    const read = jsonOf(await textOf(await call(request)))
    if (read === undefined) throw new Failure('unreachable', `what answers at ${url} is not the gateway`)
    return read as T
  }
  return {
    get: (path, query = {}) => json({ method: 'GET', path: withQuery(path, query) }),
    post: (path, body, key) =>
      json({ method: 'POST', path, body, ...(key !== undefined && { headers: { 'idempotency-key': key } }) }),
    remove: async (path) => void (await call({ method: 'DELETE', path })),
    stream: async (path, query, contentType) => {
      const headers = { accept: contentType }
      const { body } = await call({ method: 'GET', path: withQuery(path, query), headers, mayTake: 0 })
      return body ? Readable.fromWeb(body) : Readable.from([])
    },
  }
}

function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  )
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`
}

/** Why there is no answer. */
export function faultOf(url: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof SignInRefused) {
    if (error.status === 401) return new Failure('refused', error.message, { kind: 'unauthenticated' })
    return problemOf(url, error.status, error.text)
  }
  const message = `the gateway at ${url} cannot be reached (${reasonOf(error)}); is it running? "npm start" runs it`
  return new Failure('unreachable', message, { cause: error })
}

async function refusalOf(url: string, status: number, text: string, signedIn: SignedIn): Promise<Failure> {
  const failure = problemOf(url, status, text)
  if (failure.kind === 'unauthenticated')
    return new Failure('refused', signedIn.advice, { kind: failure.kind })
  if (failure.kind !== 'forbidden') return failure
  const message = `${failure.message} You are ${await whoIs(signedIn)}; "order-saga login" makes you somebody else.`
  return new Failure('refused', message, { kind: failure.kind })
}

const Problem = z.object({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
})

/** One line from problem+json, with the paths of the fields that are wrong. */
function problemOf(url: string, status: number, text: string): Failure {
  const problem = Problem.safeParse(jsonOf(text)).data
  if (!problem) {
    return new Failure('unreachable', `what answers at ${url} is not the gateway: status ${status}`)
  }
  const { type, title, detail, instance, errors } = problem
  const kind = type.replace('/problems/', '')
  const fields = errors.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; ')
  const trace = status >= 500 ? ` (trace id ${instance})` : ''
  return new Failure(exitOf(status, kind), fields || `${title}: ${detail}${trace}`, { kind, fields: errors })
}

function exitOf(status: number, kind: string): keyof typeof exitCodes {
  if (kind === 'not-found') return 'notFound'
  if (status === 400 || kind === 'invalid-body') return 'usage'
  return status >= 500 || status === 404 || status === 405 ? 'unreachable' : 'refused'
}

export const isAway = (error: unknown): boolean =>
  error instanceof Failure && (error.exitCode satisfies ExitCode) === exitCodes.unreachable
