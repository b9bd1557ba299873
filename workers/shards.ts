import { createClient } from '@connectrpc/connect'
import { DiscoveryService } from '#generated/proto/discovery/v1/discovery_pb.ts'
import { rpcTransport } from '#platform/rpc.ts'
import { openShards, type Shards, type WatchShards } from '#platform/sharded.ts'

type Options = Omit<Parameters<typeof openShards>[0], 'watch'> & {
  /** Without it there is one shard, at `url`. */
  discoveryUrl: string | undefined
  /** As discovery names it: order or customer. */
  service: string
}

/** A service's databases, where discovery says that they are; see `openShards`. */
export const openShardsOf = ({ discoveryUrl, service, ...options }: Options): Promise<Shards> =>
  openShards({ ...options, watch: discoveryUrl === undefined ? undefined : watching(discoveryUrl, service) })

const watching = (discoveryUrl: string, service: string): WatchShards =>
  async function* (signal) {
    const discovery = createClient(DiscoveryService, rpcTransport(discoveryUrl))
    // Lasts until somebody ends it.
    for await (const { version, shards } of discovery.watchShards({ service }, { signal, timeoutMs: 0 }))
      yield { version: Number(version), shards }
  }
