import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { DiscoveryService } from '#generated/proto/discovery/v1/discovery_pb.ts'
import type { ShardMap } from '#platform/shards/shards.ts'
import type { Directory, Moved } from './directory.ts'

/** What services ask, and operators. */
export const discoveryRoutes =
  (directory: Directory, onMoved: (moved: Moved[]) => void) => (router: ConnectRouter) =>
    router.service(DiscoveryService, {
      watchShards: async function* ({ service }, { signal }) {
        known(directory, service)
        for await (const map of directory.watch(service, signal)) yield onWire(map)
      },
      moveShards: ({ service, name }) => {
        const { shards } = known(directory, service)
        if (name !== '' && !shards.some((shard) => shard.name === name))
          throw new ConnectError(`name: ${service} has no shard ${name}`, Code.NotFound)
        const moved = directory.move(service, name)
        if (moved.length === 0)
          throw new ConnectError(`${name || service} has no other address`, Code.FailedPrecondition)
        onMoved(moved)
        return onWire(known(directory, service))
      },
    })

function known(directory: Directory, service: string): ShardMap {
  const map = directory.mapOf(service)
  if (!map) throw new ConnectError(`service: "${service}" has no databases here`, Code.NotFound)
  return map
}

const onWire = ({ version, shards }: ShardMap) => ({ version: BigInt(version), shards: [...shards] })
