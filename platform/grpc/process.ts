import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ConnectRouter } from '@connectrpc/connect'
import { ProcessService } from '#generated/proto/process/v1/process_pb.ts'
import manifest from '../../package.json' with { type: 'json' }
import { backlogOf } from '../messaging/outbox.ts'
import { sizeOf } from '../postgres/size.ts'
import type { Readiness } from '../process/readiness.ts'
import { within } from '../process/within.ts'
import type { Shard } from '../shards/asking.ts'

export const version: string = manifest.version
export const startedAt = new Date(performance.timeOrigin)

/** In ms. Whoever asks how all is has more time than one database. */
const DATABASE_MAY_TAKE = 1_500

type Dependencies = {
  readiness: () => Promise<Readiness>
  shards: { all(): readonly Shard[] } | undefined
}

/** How this process is. */
export const processRoutes =
  ({ readiness, shards }: Dependencies) =>
  (router: ConnectRouter): ConnectRouter =>
    router.service(ProcessService, {
      getProcess: async () => {
        const [{ dependencies }, databases] = await Promise.all([
          readiness(),
          Promise.all((shards?.all() ?? []).map(databaseOf)),
        ])
        return {
          startedAt: timestampFromDate(startedAt),
          version,
          dependencies: dependencies.map(({ name, state, since }) => ({
            name,
            state,
            since: timestampFromDate(new Date(since)),
          })),
          databases,
        }
      },
    })

/** One that does not answer has no state; why is its process' to log. */
async function databaseOf({ name, database }: Shard) {
  const asked = Promise.all([sizeOf(database), backlogOf(database)])
  const found = await within(DATABASE_MAY_TAKE, asked).catch(() => undefined)
  if (!found) return { name }
  const [{ version, bytes }, { waiting, oldestAt }] = found
  const since = oldestAt && { oldestAt: timestampFromDate(oldestAt) }
  return { name, state: { version, bytes: BigInt(bytes), waiting: BigInt(waiting), ...since } }
}
