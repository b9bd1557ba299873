import type { Attempt } from '#contracts/rest/orders.ts'
import { texts } from '../texts/index.ts'

const words = texts.console.causes

const unreachable =
  /not currently accepting connections|starting up|shutting down|ECONNREFUSED|ECONNRESET|connection refused|ENOTFOUND|EHOSTUNREACH|socket hang up|terminated/i
const slow = /timed? ?out|deadline|too slow|ETIMEDOUT/i

/** What holds a step up, in words for people; its own words are shown beside it. */
export function plainCause({ service, state, lastFailure, workerSeenAt }: CauseFacts): string {
  const name = texts.console.services[service]
  if (state === 'paused') return words.paused
  if (!workerSeenAt && state === 'queued') return words.noWorker(name)
  if (lastFailure === null) return state === 'running' ? words.running(name) : words.queued(name)
  return failureInWords(service, lastFailure)
}

function failureInWords(service: Attempt['service'], failure: string): string {
  const name = texts.console.services[service]
  if (unreachable.test(failure)) return words.unreachable(name)
  return slow.test(failure) ? words.slow(name) : words.failing(name)
}

const serviceOf: Partial<Record<string, Attempt['service']>> = {
  record: 'order',
  reserve: 'inventory',
  release: 'inventory',
  take_back: 'inventory',
  charge: 'payment',
  refund: 'payment',
  recall: 'logistics',
}

/** The same of what is known of a step alone; null where its own words say it best. */
export function plainCauseOf(step: string, error: string): string | null {
  const service = serviceOf[step]
  return service ? failureInWords(service, error) : null
}

type CauseFacts = Pick<Attempt, 'service' | 'state' | 'lastFailure' | 'workerSeenAt'>
