// Takes old rows out of the outbox and the inbox. Each table has an index on processed_at for it:
//
//   CREATE INDEX outbox_published ON outbox (processed_at) WHERE processed_at IS NOT NULL;
//   CREATE INDEX inbox_processed_at_idx ON inbox (processed_at);
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, reasonOf } from '../process/logger.ts'
import { createOutage } from '../process/outage.ts'
import type { Database, Sql } from './database.ts'

export type Cleaner = {
  /** Finishes the batch in hand. */
  stop(): Promise<void>
}

type CleaningOptions = {
  database: Database
  table: 'outbox' | 'inbox'
  /** Milliseconds for which a row is kept after it was processed; undefined: for ever. */
  keepFor: number | undefined
  logger: Logger
  /** Milliseconds between two rounds. */
  cleanEvery?: number
}

// A transaction of some 20 ms: nobody waits for longer than that for what it locks.
const BATCH = 1_000
const A_MINUTE = 60_000

/**
 * Deletes what is old, batch after batch until nothing is, and rests after each batch for as long as it took: half of
 * one connection's time at most. Several may clean one table at once. Outlives a lost database.
 */
export function startCleaning({
  database,
  table,
  keepFor,
  logger,
  cleanEvery = A_MINUTE,
}: CleaningOptions): Cleaner {
  if (keepFor === undefined) return { stop: async () => {} }
  const stopping = new AbortController()
  const rest = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})

  const round = async () => {
    let from = '-infinity'
    for (let gone = BATCH; gone === BATCH && !stopping.signal.aborted; ) {
      const began = performance.now()
      const batch = await database.transaction((tx) => deleteBatch(tx, { table, keepFor, from }))
      gone = batch.gone
      from = batch.upTo ?? from
      if (gone === BATCH) await rest(performance.now() - began)
    }
  }

  const cleaning = (async () => {
    const outage = createOutage({
      onBegin: (error) => logger.warn({ err: error }, `could not clean the ${table}: ${reasonOf(error)}`),
    })
    while (!stopping.signal.aborted) {
      await round().then(outage.works, outage.failed)
      await rest(cleanEvery)
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await cleaning
    },
  }
}

type Batch = { gone: number; upTo: string | null }

/** The oldest first, from where the last batch ended: what is deleted stays in the index until a vacuum. */
async function deleteBatch(
  tx: Sql,
  { table, keepFor, from }: { table: string; keepFor: number; from: string },
): Promise<Batch> {
  const [batch] = await tx.query<Batch>(
    `with old as (
       select ctid, processed_at from ${table}
       where processed_at >= $1::timestamptz and processed_at < now() - $2 * interval '1 millisecond'
       order by processed_at limit ${BATCH} for update skip locked
     ), gone as (
       delete from ${table} where ctid = any(array(select ctid from old))
     )
     select count(*) as gone, max(processed_at)::text as "upTo" from old`,
    [from, keepFor],
  )
  return batch ?? { gone: 0, upTo: null }
}
