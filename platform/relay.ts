import { setTimeout as sleep } from 'node:timers/promises'
import { createAlarm } from './alarm.ts'
import type { Database, Sql } from './database.ts'
import { type Logger, reasonOf } from './logger.ts'
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
const CLEAN_EVERY = 60_000
const CLEAN_AT_ONCE = 5_000

/** Publishes what waits in the outbox: at least once, and in order for each key. Outlives a lost database or broker. */
export function startRelay(options: RelayOptions): Relay {
  const { database, logger, pollEvery = 500, keepFor = 86_400_000 } = options
  const stopping = new AbortController()
  const alarm = createAlarm(stopping.signal)
  const listener = database.listen(OUTBOX_CHANNEL, {
    onNotification: alarm.ring,
    onFault: (error) => logger.warn(`not told of new messages, so looking for them: ${reasonOf(error)}`),
  })

  const work = async () => {
    let failures = 0
    let cleanedAt = 0
    while (!stopping.signal.aborted) {
      try {
        while (!stopping.signal.aborted && (await publishBatch(options)));
        if (Date.now() - cleanedAt > CLEAN_EVERY) {
          await deletePublished(database, keepFor)
          cleanedAt = Date.now()
        }
        if (failures > 0) logger.info('outbox relay works again')
        failures = 0
        await alarm.wait(pollEvery)
      } catch (error) {
        failures++
        logger.warn({ err: error, failures }, `outbox relay failed, trying again: ${reasonOf(error)}`)
        // Not the alarm: whoever appends meanwhile must not turn the pause into a busy loop.
        const pause = Math.min(100 * 2 ** failures, LONGEST_PAUSE)
        await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
  }
  const working = work()
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all([working, listener.stop()])
    },
  }
}

type Row = OutboxMessage & { position: number }

/**
 * True when there may be more. A crash before the commit leaves the rows unmarked, and they are published again.
 *
 * One relay at a time: with several, one could publish a key's second message while another still holds its first.
 * The lock belongs to the transaction, so it goes with a relay that dies; the other relays are standbys.
 */
async function publishBatch({ database, publish, batchSize = 200 }: RelayOptions): Promise<boolean> {
  if (!(await anythingWaits(database))) return false
  return database.transaction(async (tx) => {
    const [lock] = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
      RELAY_LOCK,
    ])
    if (!lock?.mine) return false
    const rows = await claim(tx, batchSize)
    if (rows.length === 0) return false
    await publish(rows)
    await tx.query('update outbox set processed_at = now() where position = any($1::bigint[])', [
      rows.map((row) => row.position),
    ])
    return rows.length === batchSize
  })
}

async function anythingWaits(database: Database): Promise<boolean> {
  const rows = await database.query('select 1 from outbox where processed_at is null limit 1')
  return rows.length > 0
}

function claim(tx: Sql, batchSize: number): Promise<Row[]> {
  return tx.query<Row>(
    `select position, id, topic, key, type, payload, headers, occurred_at as "occurredAt"
     from outbox where processed_at is null order by position limit $1 for update skip locked`,
    [batchSize],
  )
}

async function deletePublished(database: Database, keepFor: number): Promise<void> {
  await database.query(
    `delete from outbox where position in (
       select position from outbox where processed_at < now() - $1 * interval '1 millisecond'
       order by position limit $2 for update skip locked)`,
    [keepFor, CLEAN_AT_ONCE],
  )
}
