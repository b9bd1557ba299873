import { z } from 'zod'
import { type Caller, callerOfClaims, type Role } from '#contracts/actor.ts'
import type { UpdatesHandshake, UpdatesRefusal } from '#contracts/notification.ts'
import { keys } from '../data/redis-keys.ts'
import { isCursor } from '../data/stream-positions.ts'

/** Undefined for a token that does not count; throws when it cannot be told, because the issuer's keys are away. */
export type VerifyToken = (token: string) => Promise<LiveClaims | undefined>

export type LiveClaims = {
  sub?: unknown
  role?: unknown
  exp?: number | undefined
  iss?: unknown
  iat?: unknown
}

export type Admitted = {
  role: Role
  id: string
  /** Which updates: all, or a customer's. */
  list: string
  since: string | undefined
  orderId: string | undefined
  /** In ms since 1970. */
  expiresAt: number
  /** Of the token. */
  claims: LiveClaims
}

const id = z.string().min(1).max(64).optional()
const Handshake = z.object({
  token: z.string().min(1).max(8_192),
  since: z.string().refine(isCursor).optional(),
  orderId: id,
  customerId: id,
}) satisfies z.ZodType<UpdatesHandshake>

/** Whether a client may listen, and to what. `onFault` hears why could not verify the token. */
export async function admit(
  auth: unknown,
  verify: VerifyToken,
  onFault: (error: unknown) => void,
): Promise<Admitted | UpdatesRefusal> {
  const handshake = Handshake.safeParse(auth)
  if (!handshake.success) return { code: wrongToken(auth) ? 'unauthorized' : 'invalid' }
  const { token, since, orderId, customerId } = handshake.data
  const claims = await verify(token).catch((error: unknown) => {
    onFault(error)
    return 'unavailable' as const
  })
  if (claims === 'unavailable') return { code: 'unavailable' }
  const caller = claims && callerOfClaims(claims)
  if (!caller) return { code: 'unauthorized' }
  const list = listFor(caller, customerId)
  if (!list) return { code: 'forbidden' }
  return {
    role: caller.role,
    id: caller.id,
    list,
    since,
    orderId,
    expiresAt: (claims.exp ?? Number.POSITIVE_INFINITY) * 1_000,
    claims,
  }
}

const wrongToken = (auth: unknown) => !Handshake.pick({ token: true }).safeParse(auth).success

/** The updates that a caller hears; staff may ask for one customer's. Undefined: they are not theirs. */
function listFor(caller: Caller, customerId?: string): string | undefined {
  if (caller.role === 'staff') return customerId ? keys.updatesOf(customerId) : keys.updates
  return customerId === undefined || customerId === caller.id ? keys.updatesOf(caller.id) : undefined
}
