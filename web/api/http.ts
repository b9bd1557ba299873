import { currentSession, endSession } from './session.ts'

/** Where the gateway is: whoever serves these pages, unless they are served for development. */
export const gatewayUrl: string = import.meta.env.DEV
  ? (import.meta.env.VITE_GATEWAY_URL ?? 'http://127.0.0.1:3000')
  : window.location.origin

export type FieldError = { path: string; message: string }

/** An answer that says no, as the gateway says it: application/problem+json. */
export class Problem extends Error {
  readonly status: number
  /** The last part of its type, such as `not-found`. */
  readonly kind: string
  readonly errors: readonly FieldError[]
  /** Finds the request in the logs. */
  readonly traceId: string | null
  /** In seconds. */
  readonly retryAfter: number | null

  constructor(
    answer: Response,
    body: { type?: string; title?: string; detail?: string; errors?: FieldError[] },
  ) {
    super(body.detail ?? body.title ?? `The gateway answered ${answer.status}.`)
    this.status = answer.status
    this.kind = body.type?.split('/').at(-1) ?? ''
    this.errors = body.errors ?? []
    this.traceId = answer.headers.get('Trace-Id')
    this.retryAfter = Number(answer.headers.get('Retry-After')) || null
  }
}

/** Nobody answered: offline, or the gateway is restarting. */
export class Unreachable extends Error {}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>

type RequestOptions = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  query?: Query | undefined
  body?: unknown
  /** One key, one effect, however often it is sent. */
  idempotencyKey?: string | undefined
  signal?: AbortSignal | undefined
}

/** Asks the gateway as whoever is signed in. Throws a `Problem` for a no, `Unreachable` when nobody answers. */
export async function ask<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const answer = await send(path, options)
  if (answer.status === 204) return undefined as T
  const body: unknown = await answer.json().catch(() => ({}))
  if (answer.ok) return body as T
  // The token has run out: the router asks for a new one, and comes back to the same page.
  if (answer.status === 401 && currentSession()) endSession()
  throw new Problem(answer, body as ConstructorParameters<typeof Problem>[1])
}

/** The same for what is no JSON, such as a table to keep. */
export async function download(path: string, query: Query): Promise<Blob> {
  const answer = await send(path, { query })
  if (answer.ok) return answer.blob()
  throw new Problem(answer, (await answer.json().catch(() => ({}))) as { detail?: string })
}

async function send(path: string, { method = 'GET', query, body, idempotencyKey, signal }: RequestOptions) {
  const session = currentSession()
  try {
    return await fetch(urlOf(path, query), {
      method,
      headers: {
        Accept: 'application/json',
        ...(session && { Authorization: `Bearer ${session.token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Unreachable('The gateway does not answer.', { cause: error })
  }
}

function urlOf(path: string, query: Query = {}): URL {
  const url = new URL(path, gatewayUrl)
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat())
      if (one !== undefined && one !== null && one !== '') url.searchParams.append(name, String(one))
  }
  return url
}
