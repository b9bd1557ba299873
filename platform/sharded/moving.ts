import { type Database, openDatabase } from '../database.ts'
import { waitUntilUp } from '../lifecycle.ts'
import type { Logger } from '../logger.ts'
import { type ShardAddress, urlOf } from './map.ts'

type Options = { url: string; applicationName: string; logger: Logger }

export type MovingShard = {
  name: string
  /** The same object for ever, wherever the database is. */
  database: Database
  /** Goes there as soon as it answers there, unless it is sent elsewhere before. */
  goTo(address: ShardAddress): void
  /** Does `work` with the URL where the database is; again when it has moved meanwhile and the work failed. */
  atItsUrl(work: (url: string) => Promise<unknown>): Promise<void>
  close(): Promise<void>
}

export function openMovingShard(first: ShardAddress, { url, applicationName, logger }: Options): MovingShard {
  const database = openDatabase(urlOf(url, first), { applicationName })
  let wanted = database.url()
  let attempt = new AbortController()
  let moving: Promise<unknown> = Promise.resolve()

  async function move(to: string, where: string, signal: AbortSignal): Promise<void> {
    const from = placeOf(database.url())
    await waitUntilUp(`${first.name} at ${where}`, () => database.moveTo(to, signal), { logger, signal })
    logger.info({ from, to: where }, `${first.name} has moved to ${where}`)
  }

  return {
    name: first.name,
    database,
    goTo: (address) => {
      const to = urlOf(url, address)
      if (to === wanted) return
      wanted = to
      attempt.abort()
      if (to === database.url()) return
      attempt = new AbortController()
      // It ends without having moved only when it is sent elsewhere, or closed.
      const attempted = move(to, placeOf(to), attempt.signal).catch(() => {})
      moving = Promise.all([moving, attempted])
    },
    atItsUrl: async (work) => {
      for (;;) {
        const at = database.url()
        try {
          await work(at)
          return
        } catch (error) {
          if (database.url() === at) throw error
        }
      }
    },
    close: async () => {
      attempt.abort()
      await moving
      await database.close()
    },
  }
}

const placeOf = (url: string) => new URL(url).host
