import { once } from 'node:events'
import type { ShardMap, WatchShards } from '../shards/shards.ts'

/** Tells every subscriber the newest map; can go away, and come back with another one. */
export function createTeller(shards: ShardMap['shards']) {
  let map: ShardMap | undefined = { version: 1, shards }
  let subscribers = 0
  let asked = 0
  const changes = new EventTarget()
  const changeTo = (next: ShardMap | undefined) => {
    map = next
    changes.dispatchEvent(new Event('change'))
  }
  const watch: WatchShards = async function* (signal) {
    subscribers++
    asked++
    try {
      for (;;) {
        if (!map) throw new Error('connection refused')
        yield map
        await once(changes, 'change', { signal })
      }
    } finally {
      subscribers--
    }
  }
  return {
    watch,
    tell: (next: ShardMap['shards']) => changeTo({ version: (map?.version ?? 0) + 1, shards: next }),
    goAway: () => changeTo(undefined),
    subscribers: () => subscribers,
    /** How often somebody subscribed, or tried to. */
    asked: () => asked,
  }
}
