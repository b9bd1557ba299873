import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, reasonOf } from '../process/logger.ts'
import { createOutage } from '../process/outage.ts'
import { within } from '../process/within.ts'
import type { TokenVerifier } from './tokens.ts'

/** The claim that says under which name the token was asked for, as OpenID Connect calls it. */
export const userNameClaim = 'preferred_username'

/** A user's tokens from before do not count. */
export type Revocation = { userName: string; revokedAt: Date }
type Claims = { sub?: unknown; iss?: unknown; iat?: unknown; [userNameClaim]?: unknown }

export type Revocations = {
  isRevoked(claims: Claims): boolean
  stop(): Promise<void>
}

type Options = {
  /** Whose tokens; other issuers take back their own. */
  issuer: string
  ask: () => Promise<Revocation[]>
  /** In ms. */
  every?: number
  logger: Logger
}

/** In ms: the clocks of who signs and of who revokes may differ by so much. */
const CLOCKS_MAY_DIFFER = 5_000
const ANSWER_MAY_TAKE = 3_000

/**
 * Asks again and again whose tokens were revoked, and remembers: checking a token asks nobody. While nobody answers, what is
 * known goes on; before the first answer that is nothing.
 */
export function followRevocations({ issuer, ask, every = 5_000, logger }: Options): Revocations {
  const known = new Map<string, number>()
  const stopping = new AbortController()
  const outage = createOutage({
    onBegin: (error) => logger.warn(`whose tokens were revoked cannot be asked: ${reasonOf(error)}`),
    onEnd: () => logger.info('whose tokens were revoked can be asked again'),
  })

  async function learn(): Promise<void> {
    try {
      const revocations = await within(ANSWER_MAY_TAKE, ask())
      for (const { userName, revokedAt } of revocations) known.set(userName, revokedAt.getTime())
      outage.works()
    } catch (error) {
      outage.failed(error)
    }
  }

  async function follow(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      await learn()
      await sleep(every, undefined, { signal, ref: false }).catch(() => {})
    }
  }
  const following = follow()

  return {
    isRevoked({ iss, iat, [userNameClaim]: userName }) {
      if (iss !== issuer || typeof userName !== 'string') return false
      const revokedAt = known.get(userName)
      return revokedAt !== undefined && Number(iat) * 1_000 <= revokedAt + CLOCKS_MAY_DIFFER
    },
    stop: async () => {
      stopping.abort()
      await following
    },
  }
}

/** A token that was revoked is none. */
export const refusingRevoked = (
  { verify }: TokenVerifier,
  { isRevoked }: Pick<Revocations, 'isRevoked'>,
): TokenVerifier => ({
  async verify(token) {
    const claims = await verify(token)
    return claims && !isRevoked(claims) ? claims : undefined
  },
})
