import type { Database } from '../postgres/database.ts'
import { reasonOf } from '../process/logger.ts'
import { within } from '../process/within.ts'

/** `Client`: as of `Database`. */
export type Shard<Client = unknown> = { name: string; database: Database<Client> }

/** A shard that did not answer, and why. */
export type Missing = { shard: string; why: string }
export type Answers<T> = { answers: T[]; missing: Missing[] }

/** Whoever asks all shards is asked for a page, and has 5 s. */
const ANSWER_MAY_TAKE = 2_500

/** Asks each shard, and names those that do not answer. Throws when none does. */
export async function askEach<T, Client>(
  shards: readonly Shard<Client>[],
  ask: (database: Database<Client>) => Promise<T>,
): Promise<Answers<T>> {
  const results = await Promise.allSettled(
    shards.map(({ database }) => within(ANSWER_MAY_TAKE, ask(database))),
  )
  const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const faults = results.flatMap((result, nth) =>
    result.status === 'rejected' ? [{ shard: shards[nth]?.name ?? '', fault: result.reason as unknown }] : [],
  )
  if (answers.length === 0 && faults[0]) throw faults[0].fault
  return { answers, missing: faults.map(({ shard, fault }) => ({ shard, why: reasonOf(fault) })) }
}
