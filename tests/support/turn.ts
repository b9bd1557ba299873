import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '#platform/postgres/database.ts'
import { testServer } from '#platform/testing/fixtures.ts'

const LOCK = 4_711
// Less than a session may be silent for.
const EVERY = 1_000

/**
 * Whole systems share the test servers' topics in Kafka and Redis, so each waits for its turn, whichever of Jest's processes
 * it is in. Resolves to what ends the turn; so does the end of the process.
 */
export async function takeTurn(): Promise<() => Promise<void>> {
  const database = openDatabase(testServer('TEST_POSTGRES_URL'), { max: 1 })
  const over = new AbortController()
  const taken = Promise.withResolvers<void>()
  const held = database.session(async (sql) => {
    const isOurs = async () => {
      const [row] = await sql.query<{ ours: boolean }>('select pg_try_advisory_lock($1) as ours', [LOCK])
      return row?.ours === true
    }
    while (!(await isOurs())) await sleep(EVERY)
    taken.resolve()
    while (!over.signal.aborted) {
      await sql.query('select 1')
      await sleep(EVERY, undefined, { signal: over.signal }).catch(() => {})
    }
  })
  held.catch(taken.reject)
  await taken.promise
  return async () => {
    over.abort()
    await held
    await database.close()
  }
}
