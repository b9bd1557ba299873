import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, reasonOf } from '#platform/process/logger.ts'
import { within } from '#platform/process/within.ts'
import type { Redis } from '#platform/redis/redis.ts'
import { isRefusal, type Refusal, refuse } from './problems.ts'

/** JSON; or, without a body, its status alone; or text that is sent as it comes. */
export type Answer = PlainAnswer | StreamedAnswer
type PlainAnswer = { status: number; body?: unknown; headers?: Record<string, string> }
export type StreamedAnswer = {
  status: number
  stream: AsyncIterable<string>
  contentType: string
  headers?: Record<string, string>
}

type Claim =
  | { kind: 'new' }
  | { kind: 'running' }
  | { kind: 'other_request' }
  | { kind: 'answered'; answer: PlainAnswer }

/** Remembers what was answered under a key. Never throws: without its server nothing is remembered. */
export type IdempotencyStore = {
  /** One of all who claim a name at once hears `new`. */
  claim(name: string, fingerprint: string): Promise<Claim>
  keep(name: string, fingerprint: string, answer: PlainAnswer): Promise<void>
  release(name: string): Promise<void>
}

/** `path` is the address as sent, so that a key of one order says nothing about another. */
export type KeyedRequest = { caller: string; method: string; path: string; key: string; fingerprint: string }

/** The same for every repeat; it tells nothing of the key. */
export const nameOf = ({ caller, method, path, key }: KeyedRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([caller, method, path, key]))
    .digest('hex')

/**
 * Carries a request out once, and answers its repeats as the first time for 24 h. Refusals change nothing and are not kept:
 * they are judged anew, and the corrected request may use the same key.
 */
export async function once(
  store: IdempotencyStore,
  keyed: KeyedRequest,
  respond: () => Promise<Answer | Refusal>,
): Promise<Answer | Refusal> {
  const { fingerprint } = keyed
  const name = nameOf(keyed)
  const claim = await claimInTurn(store, name, fingerprint)
  if (claim.kind === 'running') return running()
  if (claim.kind === 'other_request') return keyReused()
  if (claim.kind === 'answered') return replayed(claim.answer)

  let answer: Answer | Refusal | undefined
  try {
    answer = await respond()
    return answer
  } finally {
    if (answer && isFinal(answer)) await store.keep(name, fingerprint, answer)
    else await store.release(name)
  }
}

/** While the same request runs, a repeat waits for its answer; when that was a refusal or a fault, it is a try of its own. */
async function claimInTurn(store: IdempotencyStore, name: string, fingerprint: string): Promise<Claim> {
  const until = Date.now() + RUNNING_MAY_TAKE
  for (;;) {
    const claim = await store.claim(name, fingerprint)
    if (claim.kind !== 'running' || Date.now() > until) return claim
    await sleep(LOOK_EVERY * (0.5 + Math.random()))
  }
}

/** 202 says "not yet": the next to ask may hear more. A stream is over once it is sent. */
const isFinal = (answer: Answer | Refusal): answer is PlainAnswer =>
  !isRefusal(answer) && !isStream(answer) && answer.status !== 202

export const isStream = (answer: Answer): answer is StreamedAnswer => 'stream' in answer

export const keyReused = () => refuse('key-reused', 'Take a new key for a new request.')

const running = () =>
  refuse('already-running', 'The same request is being carried out. Ask again in a second.', {
    headers: { 'Retry-After': '1' },
  })

const replayed = (answer: PlainAnswer): PlainAnswer => ({
  ...answer,
  headers: { ...answer.headers, 'Idempotency-Replayed': 'true' },
})

/** In ms; less than a caller waits for any answer. */
const RUNNING_MAY_TAKE = 8_500
const LOOK_EVERY = 100
const KEPT_FOR = 24 * 3_600
/** Seconds; longer than any request takes. A gateway that died in between blocks the key no longer than this. */
const CLAIMED_FOR = 30
const REDIS_MAY_TAKE = 500

type Entry = { fingerprint: string; answer: PlainAnswer | null }

/** Keeps the answers in Redis. While it is away, ids that follow from the keys still keep every effect single. */
export function createIdempotencyStore({
  redis,
  logger,
}: {
  redis: Redis
  logger: Logger
}): IdempotencyStore {
  const { client } = redis
  const at = (name: string) => `idempotency:${name}`
  let away = false

  async function unlessAway<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      const answer = await within(REDIS_MAY_TAKE, ask())
      away = false
      return answer
    } catch (error) {
      if (!away) logger.warn(`repeated requests are not recognised: ${reasonOf(error)}`)
      away = true
      return otherwise
    }
  }

  return {
    claim: (name, fingerprint) =>
      unlessAway<Claim>(
        async () => {
          const entry = JSON.stringify({ fingerprint, answer: null } satisfies Entry)
          const expiration = { type: 'EX', value: CLAIMED_FOR } as const
          const claimed = await client.set(at(name), entry, { condition: 'NX', expiration })
          return claimed ? { kind: 'new' } : judge(await client.get(at(name)), fingerprint)
        },
        { kind: 'new' },
      ),

    keep: (name, fingerprint, answer) =>
      unlessAway(async () => {
        const entry = JSON.stringify({ fingerprint, answer } satisfies Entry)
        await client.set(at(name), entry, { expiration: { type: 'EX', value: KEPT_FOR } })
      }, undefined),

    release: (name) => unlessAway(async () => void (await client.del(at(name))), undefined),
  }
}

/** `stored` is null when the claim ran out just now: whoever asks again gets it. */
function judge(stored: string | null, fingerprint: string): Claim {
  if (stored === null) return { kind: 'running' }
  const entry = JSON.parse(stored) as Entry
  if (entry.fingerprint !== fingerprint) return { kind: 'other_request' }
  return entry.answer ? { kind: 'answered', answer: entry.answer } : { kind: 'running' }
}
