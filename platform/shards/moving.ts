import {
  type Database,
  type MakeClient,
  type MovableDatabase,
  openDatabase,
  type Sql,
} from '../postgres/database.ts'
import { waitUntilUp } from '../process/lifecycle.ts'
import type { Logger } from '../process/logger.ts'
import { createGate, type Gate } from './gate.ts'
import { type ShardAddress, urlOf } from './map.ts'

export type Range = Pick<ShardAddress, 'name' | 'firstBucket' | 'lastBucket'>

type Options<Client> = {
  url: string
  applicationName: string
  max?: number
  client?: MakeClient<Client>
  prepare: (url: string, shard: Range) => Promise<unknown>
  prove?: ((sql: Sql, shard: Range) => Promise<unknown>) | undefined
  logger: Logger
}

export type MovingShard<Client = unknown> = {
  name: string
  /** The same object for ever, wherever the database is. */
  database: Database<Client>
  /** Goes there as soon as it answers there, unless it is sent elsewhere before. */
  goTo(address: ShardAddress): void
  /** Settles with the first attempt to open it. */
  firstTry: Promise<void>
  close(): Promise<void>
}

/** `at`: where the database is first. */
export function openMovingShard<Client>(
  shard: Range,
  at: string,
  options: Options<Client>,
): MovingShard<Client> {
  const { applicationName, max, client, prepare, prove, logger } = options
  const { name } = shard
  const database: MovableDatabase<Client> = openDatabase<Client>(at, {
    applicationName,
    ...(max && { max }),
    ...(client && { client }),
    prove: (sql) => prove?.(sql, shard),
    through: (work) => gate.through(work),
  })
  const gate: Gate<Client> = createGate({
    name,
    database,
    prepare: () => atItsUrl((where) => prepare(where, shard)),
    logger,
  })
  let wanted = database.url()
  let attempt = new AbortController()
  let moving: Promise<unknown> = Promise.resolve()

  async function move(to: string, where: string, signal: AbortSignal): Promise<void> {
    const from = placeOf(database.url())
    await waitUntilUp(`${name} at ${where}`, () => database.moveTo(to, signal), { logger, signal })
    logger.info({ from, to: where }, `${name} has moved to ${where}`)
  }

  /** Again when it has moved meanwhile and the work failed. */
  async function atItsUrl(work: (url: string) => Promise<unknown>): Promise<void> {
    for (;;) {
      const where = database.url()
      try {
        await work(where)
        return
      } catch (error) {
        if (database.url() === where) throw error
      }
    }
  }

  return {
    name,
    database: gate.database,
    firstTry: gate.firstTry,
    goTo: (address) => {
      const to = urlOf(at, address)
      if (to === wanted) return
      wanted = to
      attempt.abort()
      if (to === database.url()) return
      attempt = new AbortController()
      // It ends without having moved only when it is sent elsewhere, or closed.
      const attempted = move(to, placeOf(to), attempt.signal).catch(() => {})
      moving = Promise.all([moving, attempted])
    },
    close: async () => {
      attempt.abort()
      await Promise.all([moving, gate.stop()])
      await database.close()
    },
  }
}

const placeOf = (url: string) => new URL(url).host
