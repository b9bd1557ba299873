import { once } from 'node:events'
import { evenRange } from '#platform/ids.ts'
import type { ShardMap } from '#platform/shards/shards.ts'
import type { Endpoint, ShardEntry } from './rules.ts'

export type Moved = { name: string; to: Endpoint }

export type Directory = {
  /** Where a service's shards are now; undefined for a service without databases. */
  mapOf(service: string): ShardMap | undefined
  /** The map at once and after each change, until `signal` aborts. A slow reader is told the newest only. */
  watch(service: string, signal: AbortSignal): AsyncGenerator<ShardMap>
  /** Moves the shard of that name, or all of the service's, to its next address; a shard with only one stays. */
  move(service: string, name?: string): Moved[]
  /** Moves the shard whose turn it is, of whatever service. */
  moveNext(): Moved[]
}

type Kept = ShardEntry & { at: number }

/** Knows where every shard is, and tells. All of them begin at their first address. */
export function createDirectory(entries: readonly ShardEntry[]): Directory {
  const kept: Kept[] = entries.map((entry) => ({ ...entry, at: 0 }))
  const versions = new Map(entries.map(({ service }) => [service, 1]))
  const changes = new EventTarget()
  let turn = 0

  const mapOf = (service: string): ShardMap | undefined => {
    const version = versions.get(service)
    if (version === undefined) return undefined
    const shards = kept.filter((shard) => shard.service === service)
    return {
      version,
      shards: shards.map((shard, i) => ({
        name: shard.name,
        ...endpointOf(shard),
        ...evenRange(i, shards.length),
      })),
    }
  }

  const moveAll = (shards: readonly Kept[]): Moved[] => {
    const movable = shards.filter(({ addresses }) => addresses.length > 1)
    for (const shard of movable) shard.at = (shard.at + 1) % shard.addresses.length
    for (const service of new Set(movable.map(({ service }) => service)))
      versions.set(service, (versions.get(service) ?? 0) + 1)
    if (movable.length > 0) changes.dispatchEvent(new Event('change'))
    return movable.map((shard) => ({ name: shard.name, to: endpointOf(shard) }))
  }

  return {
    mapOf,
    watch: async function* (service, signal) {
      let told = 0
      while (!signal.aborted) {
        const map = mapOf(service)
        if (map && map.version > told) {
          told = map.version
          yield map
        } else {
          await once(changes, 'change', { signal }).catch(() => {})
        }
      }
    },
    move: (service, name) =>
      moveAll(kept.filter((shard) => shard.service === service && (!name || shard.name === name))),
    moveNext: () => {
      const movable = kept.filter(({ addresses }) => addresses.length > 1)
      const next = movable[turn++ % movable.length]
      return next ? moveAll([next]) : []
    },
  }
}

function endpointOf({ addresses, at, name }: Kept): Endpoint {
  const address = addresses[at]
  if (!address) throw new Error(`${name} has no address`)
  return address
}
