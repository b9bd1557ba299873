import { setTimeout as sleep } from 'node:timers/promises'
import { startCleaning } from '../postgres/cleaning.ts'
import type { Database, Sql } from '../postgres/database.ts'
import { backoff } from '../process/backoff.ts'
import { type Logger, reasonOf } from '../process/logger.ts'
import { createWakeablePause } from '../process/wakeable-pause.ts'
import { OUTBOX_CHANNEL, type OutboxMessage } from './outbox.ts'

export type Relay = {
  /** Finishes the batch in hand. */
  stop(): Promise<void>
}

type RelayOptions = {
  database: Database
  /** Resolves when the broker has all messages. They come in the order in which they were appended. */
  publish: (messages: OutboxMessage[]) => Promise<void>
  logger: Logger
  /** Milliseconds between two looks when no notification comes. */
  pollEvery?: number
  batchSize?: number
  /** Milliseconds for which published rows are kept. */
  keepFor?: number
}

const RELAY_LOCK = 7_027_001
const LONGEST_PAUSE = 10_000
const SPEAK_EVERY = 2_000
const A_DAY = 86_400_000

/** Publishes what waits in the outbox: at least once, and in order for each key. Outlives a lost database or broker. */
export function startRelay(options: RelayOptions): Relay {
  const { database, logger, keepFor = A_DAY } = options
  const stopping = new AbortController()
  const idle = createWakeablePause(stopping.signal)
  const listener = database.listen(OUTBOX_CHANNEL, {
    onNotification: idle.ring,
    onFault: (error) => logger.warn(`LISTEN lost, polling instead: ${reasonOf(error)}`),
  })
  const cleaner = startCleaning({ database, table: 'outbox', keepFor, logger })

  const work = async () => {
    let failures = 0
    const onWorking = () => {
      if (failures > 0) logger.info('outbox relay recovered')
      failures = 0
    }
    while (!stopping.signal.aborted) {
      try {
        await database.session((sql, over) => {
          over.addEventListener('abort', idle.ring)
          return publishUntil(AbortSignal.any([over, stopping.signal]), sql, { ...options, idle, onWorking })
        })
      } catch (error) {
        failures++
        logger.warn({ err: error, failures }, `outbox relay failed, retrying: ${reasonOf(error)}`)
        // Not the wakeable pause: whoever appends meanwhile must not turn the pause into a busy loop.
        const pause = backoff(failures, { first: 200, longest: LONGEST_PAUSE })
        await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
  }
  const working = work()
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all([working, listener.stop(), cleaner.stop()])
    },
  }
}

type Working = RelayOptions & { idle: ReturnType<typeof createWakeablePause>; onWorking: () => void }

/**
 * One relay at a time: with several, each would publish all that waits. The lock belongs to the session on which the
 * relay reads and marks, and no transaction is open while it publishes. So it goes with a relay that dies or is lost,
 * and a relay that has lost it marks nothing: the others are standbys, and publish again what may have been published.
 */
async function publishUntil(over: AbortSignal, sql: Sql, working: Working): Promise<void> {
  const { idle, onWorking, pollEvery = 500 } = working
  let isMine = false
  while (!over.aborted) {
    isMine ||= await isFree(sql)
    if (isMine) while (!over.aborted && (await publishBatch(sql, working)));
    onWorking()
    if (!over.aborted) await whileSpeaking(sql, () => idle.wait(pollEvery))
  }
}

async function isFree(sql: Sql): Promise<boolean> {
  const [lock] = await sql.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [RELAY_LOCK])
  return lock?.mine === true
}

type Row = OutboxMessage & { position: number }

/** True when there may be more. A crash before the mark leaves the rows unmarked, and they are published again. */
async function publishBatch(sql: Sql, { publish, batchSize = 200 }: RelayOptions): Promise<boolean> {
  const rows = await sql.query<Row>(
    `select position, id, topic, key, type, payload, headers, occurred_at as "occurredAt"
     from outbox where processed_at is null order by position limit $1`,
    [batchSize],
  )
  if (rows.length === 0) return false
  await whileSpeaking(sql, () => publish(rows))
  // What was in it is with the broker: a mark that wrote it again would be half of all that a message writes.
  await sql.query(
    `update outbox set processed_at = now(), payload = '', headers = '{}' where position = any($1::bigint[])`,
    [rows.map((row) => row.position)],
  )
  return rows.length === batchSize
}

/** Keeps the session, and so the lock, while nothing has to be said on it. Throws when it was lost meanwhile. */
async function whileSpeaking(sql: Sql, work: () => Promise<void>): Promise<void> {
  const over = new AbortController()
  const speaking = (async () => {
    for (;;) {
      await sleep(SPEAK_EVERY, undefined, { signal: over.signal }).catch(() => {})
      if (over.signal.aborted) return
      await sql.query('select 1')
    }
  })()
  // It is heard below, however long the work takes.
  speaking.catch(() => {})
  try {
    await work()
  } finally {
    over.abort()
  }
  await speaking
}
