import { type ProcessContext, waitUntilUp } from '../process/lifecycle.ts'
import { type Logger, reasonOf } from '../process/logger.ts'
import { problemOf, type ShardMap } from './map.ts'

/** The whole map at once, and again with each change, until `signal` aborts or the teller goes away. */
export type WatchShards = (signal: AbortSignal) => AsyncIterable<ShardMap>

type Subscription = { first: ShardMap; rest: AsyncIterator<ShardMap> }

/** Waits for a first map that is whole, saying so; the subscription lasts until `closing` aborts. Throws when `signal` aborts. */
export function firstMap(
  watch: WatchShards,
  { logger, signal }: ProcessContext,
  closing: AbortSignal,
): Promise<Subscription> {
  const subscribe = async () => {
    const call = new AbortController()
    const giveUp = () => call.abort(signal.reason)
    signal.addEventListener('abort', giveUp)
    try {
      const subscription = await open(watch, AbortSignal.any([closing, call.signal]))
      const problem = problemOf(subscription.first.shards)
      if (problem) throw new Error(`its map is wrong: ${problem}`)
      return subscription
    } catch (error) {
      call.abort()
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
  return waitUntilUp('discovery', subscribe, { logger, signal })
}

type Following = {
  watch: WatchShards
  subscription: Subscription
  take: (map: ShardMap) => void
  logger: Logger
  signal: AbortSignal
}

/** Takes each map that comes, until `signal` aborts. Whoever loses discovery goes on with what is known, and asks again. */
export async function followMaps({ watch, subscription, take, logger, signal }: Following): Promise<void> {
  const quiet = logger.child({}, { level: 'silent' })
  for (let { rest } = subscription; ; ) {
    const reason = await takeAll(rest, take)
    if (signal.aborted) return
    logger.warn(`lost discovery, going on with the addresses that are known: ${reason}`)
    const again = await waitUntilUp('discovery', () => open(watch, signal), { logger: quiet, signal }).catch(
      () => undefined,
    )
    if (!again) return
    logger.info('discovery is back')
    take(again.first)
    rest = again.rest
  }
}

/** Resolves to the reason why there are no more. */
async function takeAll(maps: AsyncIterator<ShardMap>, take: (map: ShardMap) => void): Promise<string> {
  try {
    for (;;) {
      const { value, done } = await maps.next()
      if (done) return 'it ended the stream'
      take(value)
    }
  } catch (error) {
    return reasonOf(error)
  }
}

async function open(watch: WatchShards, signal: AbortSignal): Promise<Subscription> {
  const rest = watch(signal)[Symbol.asyncIterator]()
  const { value, done } = await rest.next()
  if (done) throw new Error('it ended the stream before its first map')
  return { first: value, rest }
}
