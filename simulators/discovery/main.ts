import { serveRpc } from '#platform/grpc/rpc.ts'
import { readConfig } from '#platform/process/config.ts'
import { type ProcessContext, runProcess } from '#platform/process/lifecycle.ts'
import { DiscoveryConfig } from './config.ts'
import { createDirectory, type Moved } from './directory.ts'
import { discoveryRoutes } from './rpc.ts'

/** Beyond it a timer of Node rings at once, and for ever. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Tells services where their databases are, and now and then that one of them is elsewhere. */
export async function startDiscovery({ logger }: Pick<ProcessContext, 'logger'>, config: DiscoveryConfig) {
  const directory = createDirectory(config.DISCOVERY_SHARDS)
  const say = (moved: Moved[]) => {
    for (const { name, to } of moved)
      logger.info({ shard: name, ...to }, `${name} moves to ${to.host}:${to.port}`)
  }
  const rpc = await serveRpc({
    port: config.DISCOVERY_RPC_PORT,
    host: config.RPC_HOST,
    routes: discoveryRoutes(directory, say),
    logger,
  })
  const every = Math.min(config.DISCOVERY_MOVE_EVERY, LONGEST_TIMER)
  const timer = every > 0 ? setInterval(() => say(directory.moveNext()), every) : undefined
  logger.info(
    { port: rpc.port, shards: config.DISCOVERY_SHARDS.length },
    'discovery tells where databases are',
  )
  return {
    port: rpc.port,
    stop: () => {
      clearInterval(timer)
      return rpc.stop()
    },
  }
}

if (import.meta.main) {
  await runProcess('discovery', (context) => startDiscovery(context, readConfig(DiscoveryConfig)))
}
