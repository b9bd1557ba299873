import type { Actor } from '#contracts/actor.ts'
import { type Caller, callerOfClaims } from '#contracts/actor.ts'
import type { TokenVerifier } from '#platform/auth/tokens.ts'
import { type Refusal, refuse } from './problems.ts'

export type { Caller } from '#contracts/actor.ts'

export const actorOf = ({ role, id }: Caller): Actor => `${role}:${id}`

/** Which customer a request of `caller` is about: a customer's own, whatever they say; staff say it, or leave it open. */
export function customerFor(caller: Caller, asked: string | undefined): string | undefined | Refusal {
  if (caller.role === 'staff') return asked
  if (asked === undefined || asked === caller.id) return caller.id
  return refuse('forbidden', 'A customer does this for themselves only; leave customerId out.')
}

/** Who sends a request, from its Authorization header. Throws when an issuer's keys cannot be had. */
export async function authenticate(
  { verify }: TokenVerifier,
  authorization: string | undefined,
): Promise<Caller | Refusal> {
  if (authorization === undefined) {
    return unauthenticated('Sign in at POST /v1/auth/token, and send "Authorization: Bearer <token>".')
  }
  const token = /^Bearer +([\w.-]+)$/i.exec(authorization)?.[1]
  const claims = token === undefined ? undefined : await verify(token)
  const caller = claims && callerOfClaims(claims)
  return caller ?? unauthenticated('The token is invalid or expired. Sign in again.', 'invalid_token')
}

/** `error` as RFC 6750 has it; without one, nothing was sent that could be wrong. */
export function unauthenticated(detail: string, error?: 'invalid_token'): Refusal {
  const challenge = `Bearer realm="order-saga"${error ? `, error="${error}"` : ''}`
  return refuse('unauthenticated', detail, { headers: { 'WWW-Authenticate': challenge } })
}
