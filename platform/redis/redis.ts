import { createClient } from 'redis'
import { backoff } from '../process/backoff.ts'
import { type Logger, reasonOf } from '../process/logger.ts'
import { createOutage } from '../process/outage.ts'

const newClient = (url: string) =>
  createClient({
    url,
    // While Redis is unavailable a command fails at once instead of waiting for its return.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: 3_000,
      reconnectStrategy: (tries) => backoff(tries + 1, { first: 50, longest: 2_000 }),
    },
  })

export type RedisClient = ReturnType<typeof newClient>

export type Redis = {
  client: RedisClient
  /** False while Redis is unavailable: commands then reject at once. */
  isUp(): boolean
  close(): Promise<void>
}

/** Returns at once and reconnects for ever; a Redis that is gone never ends the process. */
export function connectRedis(url: string, logger: Logger): Redis {
  const client = newClient(url)
  const outage = createOutage({
    onBegin: (error) => logger.warn(`Redis is unavailable: ${reasonOf(error)}`),
    onEnd: () => logger.info('Redis is available again'),
  })
  client.on('error', outage.failed)
  client.on('ready', outage.works)
  client.connect().catch(() => {})
  return {
    client,
    isUp: () => client.isReady,
    close: async () => client.destroy(),
  }
}
