import { setTimeout as sleep } from 'node:timers/promises'

export type RestRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With the query. */
  path: string
  /** Sent as JSON. */
  body?: unknown
  headers?: Record<string, string>
  /** Until all of the answer is here, in ms; 0 for ever. Instead of what the client was made with. */
  mayTake?: number
}

export type Asking = {
  url: string
  /** Until all of an answer is here, in ms. */
  mayTake: number
  /** The longest that a gateway with too many requests may ask to wait, in ms; longer, and its 429 is the answer. */
  patience: number
  signal?: AbortSignal | undefined
}

/** As nobody in particular. Resolves with whatever was answered; throws what stood in the way of an answer. */
export async function askPatiently(request: RestRequest, asking: Asking): Promise<Response> {
  for (;;) {
    const answer = await ask(request, asking)
    if (answer.status !== 429) return answer
    const wait = Math.max(Number(answer.headers.get('retry-after')) || 1, 1) * 1_000
    if (wait > asking.patience) return answer
    await answer.body?.cancel()
    await sleep(wait, undefined, { signal: asking.signal })
  }
}

async function ask(request: RestRequest, { url, signal, ...standard }: Asking): Promise<Response> {
  const { method, path, body, headers, mayTake = standard.mayTake } = request
  const ends = [mayTake > 0 ? AbortSignal.timeout(mayTake) : [], signal ?? []].flat()
  try {
    return await fetch(new URL(path, url), {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any(ends),
      // Passwords and tokens go where the caller says, and nowhere else.
      redirect: 'manual',
    })
  } catch (error) {
    // fetch says "fetch failed" and hides in its cause what failed.
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error
  }
}

/** Undefined when it is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
