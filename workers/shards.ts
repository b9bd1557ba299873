import { createClient } from '@connectrpc/connect'
import { DiscoveryService } from '#generated/proto/discovery/v1/discovery_pb.ts'
import { rpcTransport } from '#platform/grpc/rpc.ts'
import { type Identity, prepareDatabase, proveIdentity } from '#platform/postgres/identity.ts'
import { openShards, type Shards, type WatchShards } from '#platform/shards/shards.ts'

type Options<Client> = Omit<
  Parameters<typeof openShards<Client>>[0],
  'watch' | 'prepare' | 'prove' | 'applicationName'
> & {
  schemaFolder: string
  /** Without it there is one shard, at `url`. */
  discoveryUrl: string | undefined
  /** As discovery names it: order or customer. */
  service: string
}

/** A service's databases, where discovery says that they are; see `openShards`. */
export function openShardsOf<Client>({
  discoveryUrl,
  service,
  schemaFolder,
  ...options
}: Options<Client>): Promise<Shards<Client>> {
  const { logger } = options
  return openShards({
    ...options,
    applicationName: service,
    prepare: (url, shard) =>
      prepareDatabase({ url, schemaFolder, identity: identityOf(service, shard), logger }),
    prove: (sql, shard) => proveIdentity(sql, identityOf(service, shard)),
    watch: discoveryUrl === undefined ? undefined : watching(discoveryUrl, service),
  })
}

const identityOf = (service: string, { name, firstBucket, lastBucket }: Omit<Identity, 'service'>) => ({
  service,
  name,
  firstBucket,
  lastBucket,
})

const watching = (discoveryUrl: string, service: string): WatchShards =>
  async function* (signal) {
    const discovery = createClient(DiscoveryService, rpcTransport(discoveryUrl))
    // Lasts until somebody ends it.
    for await (const { version, shards } of discovery.watchShards({ service }, { signal, timeoutMs: 0 }))
      yield { version: Number(version), shards }
  }
