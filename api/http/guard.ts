import type { Request, Response } from 'express'
import type { TokenVerifier } from '#platform/auth/tokens.ts'
import { actorOf, authenticate, type Caller } from './auth.ts'
import type { Authorise } from './authorise.ts'
import { contextOf } from './context.ts'
import type { Limiter } from './limits.ts'
import { isRefusal, type Refusal, refuse } from './problems.ts'
import type { Route } from './route.ts'

type GuardOptions = {
  verifier: TokenVerifier
  authorise: Authorise
  /** Each caller's; undefined: none is limited. */
  limiter: Limiter | undefined
}

/** Undefined: the request may go on, and its context knows the caller. */
export type Guard = (route: Route, request: Request, response: Response) => Promise<Refusal | undefined>

/** What every request to a declared route passes before anything of it is read: who is it, is it too much, may they. */
export function createGuard({ verifier, authorise, limiter }: GuardOptions): Guard {
  return async (route, request, response) => {
    const context = contextOf(response)
    const caller =
      route.access === 'public' ? 'anybody' : await authenticate(verifier, request.get('Authorization'))
    const tooMuch = await limit(response, nameOf(caller, context.address))
    if (tooMuch) return tooMuch
    if (caller === 'anybody') return undefined
    if (isRefusal(caller)) return caller
    context.caller = caller
    return authorise(route, caller, request.params, { headers: { traceparent: context.traceparent } })
  }

  async function limit(response: Response, name: string): Promise<Refusal | undefined> {
    if (!limiter) return undefined
    const taken = await limiter.take(name)
    response.set({
      'RateLimit-Limit': String(taken.limit),
      'RateLimit-Remaining': String(taken.remaining),
      'RateLimit-Reset': String(taken.resetIn),
    })
    return taken.allowed ? undefined : tooManyRequests(taken.resetIn)
  }
}

/** Who is not signed in counts by address, and so do those who try tokens. */
const nameOf = (caller: Caller | Refusal | 'anybody', address: string): string =>
  caller === 'anybody' || isRefusal(caller) ? `address:${address}` : actorOf(caller)

/** `seconds`: after which it is worth to try again. */
export const tooManyRequests = (seconds: number): Refusal =>
  refuse('too-many-requests', `Try again in ${seconds} s.`, { headers: { 'Retry-After': String(seconds) } })
