import { createHash } from 'node:crypto'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { within } from '#platform/process/within.ts'
import type { Redis } from '#platform/redis/redis.ts'

/** `resetIn`: until the window ends and all is free again, in whole seconds. */
export type Taken = { allowed: boolean; limit: number; remaining: number; resetIn: number }

/** So many requests in a window of time, counted by name over all gateways. Never throws. */
export type Limiter = {
  take(name: string): Promise<Taken>
  giveBack(name: string): Promise<void>
}

/** In ms; a Redis that does not answer at all costs each request this much. */
const REDIS_MAY_TAKE = 250

/** Counts in Redis, and while it is away in this process alone. `seconds` is the window. */
export function createLimiter(options: {
  redis: Redis
  /** What is counted: the keys are rate:<what>:<name>. */
  what: string
  limit: number
  seconds: number
}): Limiter {
  const { redis, what, limit, seconds } = options
  const window = { points: limit, duration: seconds, keyPrefix: `rate:${what}` }
  const counted = new RateLimiterRedis({
    ...window,
    storeClient: impatient(redis),
    useRedisPackage: true,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(window),
  })
  const taken = (allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Taken => ({
    allowed,
    limit,
    remaining: Math.max(0, remainingPoints),
    resetIn: Math.ceil(msBeforeNext / 1_000),
  })
  return {
    async take(name) {
      try {
        return taken(true, await counted.consume(name))
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return taken(false, refusal)
        throw refusal
      }
    },
    giveBack: async (name) => void (await counted.reward(name)),
  }
}

/** The part of the Redis client that counting needs; it gives up soon, and the memory takes over. */
const impatient = ({ client, isUp }: Redis) => ({
  get isReady() {
    return isUp()
  },
  eval: (script: string, options: { keys: string[]; arguments: string[] }) =>
    within(REDIS_MAY_TAKE, client.eval(script, options)),
})

/** How many attempts to sign in may fail or be under way at once, in a minute. */
const ATTEMPTS = { ofName: 10, fromAddress: 60 }

export type SignInAttempt = { userName: string; address: string }

/** Counts failed attempts, alike for names that exist and for names that do not. */
export type SignInLimiter = {
  /** `signIn` answers undefined when it failed. It is not asked when there were too many: then `retryIn` says seconds. */
  attempt<T>(
    who: SignInAttempt,
    signIn: () => Promise<T | undefined>,
  ): Promise<{ answer: T | undefined } | { retryIn: number }>
}

export function createSignInLimiter(redis: Redis): SignInLimiter {
  const ofName = createLimiter({ redis, what: 'sign-in:name', limit: ATTEMPTS.ofName, seconds: 60 })
  const from = createLimiter({ redis, what: 'sign-in:from', limit: ATTEMPTS.fromAddress, seconds: 60 })
  return {
    async attempt({ userName, address }, signIn) {
      const name = hashed(userName)
      // Counted before the password is looked at, so that many guesses at once count too.
      const taken = await Promise.all([ofName.take(name), from.take(address)])
      const refused = taken.filter(({ allowed }) => !allowed)
      if (refused.length > 0) return { retryIn: Math.max(...refused.map(({ resetIn }) => resetIn)) }
      let failed = false
      try {
        const answer = await signIn()
        failed = answer === undefined
        return { answer }
      } finally {
        if (!failed) await Promise.all([ofName.giveBack(name), from.giveBack(address)])
      }
    },
  }
}

/** Names may be e-mail addresses, and of any length: neither belongs into a key. */
const hashed = (userName: string) => createHash('sha256').update(userName.toLowerCase()).digest('base64url')
