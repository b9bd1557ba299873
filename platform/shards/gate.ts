import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Sql } from '../postgres/database.ts'
import { waitUntilUp } from '../process/lifecycle.ts'
import { type Logger, reasonOf } from '../process/logger.ts'
import { TooSlow, within } from '../process/within.ts'

/** A shard that cannot be asked now. Said at once, so that nobody waits for it, and nothing for whoever would. */
export class ShardUnavailable extends Error {
  override name = 'ShardUnavailable'
  readonly shard: string

  constructor(shard: string, why: string) {
    super(`${shard} is unavailable: ${why}`)
    this.shard = shard
  }
}

export type Gate<Client = unknown> = {
  /** Asks the database while it can be asked; otherwise throws ShardUnavailable, also at whoever waits for an answer. */
  database: Database<Client>
  /** Does the work under the same condition. */
  through<T>(work: () => Promise<T>): Promise<T>
  /** Settles with the first attempt to open it: it is open, or why not. Further attempts follow. */
  firstTry: Promise<void>
  stop(): Promise<void>
}

type Options<Client> = {
  name: string
  database: Database<Client>
  /** Done until it works, before anybody else may ask. */
  prepare: () => Promise<unknown>
  logger: Logger
}

const ASK_EVERY = 1_000
const ANSWER_MAY_TAKE = 5_000

/** Opens a database when it is there, closes while it is away, and finds out by asking it on a connection of its own. */
export function createGate<Client>({ name, database, prepare, logger }: Options<Client>): Gate<Client> {
  const stopping = new AbortController()
  const { signal } = stopping
  const firstTry = Promise.withResolvers<void>()
  // Whoever opens the shards looks at it when all of them have tried.
  firstTry.promise.catch(() => {})
  const waiting = new Set<(reason: Error) => void>()
  let why: string | undefined = 'not open yet'

  const close = (reason: string) => {
    why = reason
    for (const reject of waiting) reject(new ShardUnavailable(name, reason))
  }

  const prepareOnce = async () => {
    try {
      await database.session(answers)
      await prepare()
      why = undefined
      firstTry.resolve()
    } catch (error) {
      close(reasonOf(error))
      firstTry.reject(error)
      throw error
    }
  }

  /** Until it is moved, which is no fault. Throws when it does not answer. */
  const keepAsking = (onAnswer: () => void) =>
    database.session(async (sql, over) => {
      why = undefined
      while (!over.aborted && !signal.aborted) {
        await within(ANSWER_MAY_TAKE, sql.query('select 1'))
        onAnswer()
        await sleep(ASK_EVERY, undefined, { signal: AbortSignal.any([over, signal]) }).catch(() => {})
      }
    })

  const watch = async () => {
    const up = (probe: () => Promise<unknown>) =>
      waitUntilUp(name, probe, { logger, signal, longestPause: ASK_EVERY })
    await up(prepareOnce)
    let failures = 0
    const answered = () => {
      failures = 0
    }
    while (!signal.aborted) {
      try {
        await keepAsking(answered)
      } catch (error) {
        failures++
        // One connection may be lost for itself; another one before any answer tells.
        if (failures === 1 && !(error instanceof TooSlow)) continue
        close(reasonOf(error))
        await up(() => database.session(answers))
        failures = 0
      }
    }
  }
  const watching = watch().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })

  const through = <T>(work: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (why !== undefined) return reject(new ShardUnavailable(name, why))
      waiting.add(reject)
      work()
        .then(resolve, reject)
        .finally(() => waiting.delete(reject))
    })

  return {
    database: {
      // Opened with `through`.
      prisma: database.prisma,
      query: (text, values) => through(() => database.query(text, values)),
      transaction: (work) => through(() => database.transaction(work)),
      session: (work) =>
        why === undefined ? database.session(work) : Promise.reject(new ShardUnavailable(name, why)),
      listen: (channel, options) => database.listen(channel, options),
      close: () => database.close(),
    },
    through,
    firstTry: firstTry.promise,
    stop: async () => {
      stopping.abort()
      firstTry.reject(signal.reason)
      await watching
    },
  }
}

const answers = (sql: Sql) => within(ANSWER_MAY_TAKE, sql.query('select 1'))
