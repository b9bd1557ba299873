import { z } from 'zod'
import { services } from '#contracts/services.ts'
import { zDuration, zPort } from '#platform/process/config.ts'
import { ENTRIES_IN_WORDS, parseEntries, type ShardEntry } from './rules.ts'

const zShards = z.string({ error: ENTRIES_IN_WORDS }).transform((text, context): ShardEntry[] => {
  const { entries, problems } = parseEntries(text)
  for (const problem of problems)
    context.addIssue({ code: 'custom', message: `${ENTRIES_IN_WORDS}; ${problem}` })
  return entries
})

/** Where the databases are. A service's buckets are split evenly among its shards, in the order given. */
export const DiscoveryConfig = z.object({
  /** Where gRPC listens; a container listens to all of its network. */
  RPC_HOST: z.string().default('127.0.0.1'),
  DISCOVERY_RPC_PORT: zPort.default(services.discovery.rpcPort),
  DISCOVERY_SHARDS: zShards,
  /** One shard moves each time; 0 for never. */
  DISCOVERY_MOVE_EVERY: zDuration.default(0),
})
export type DiscoveryConfig = z.infer<typeof DiscoveryConfig>
