import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createTestDatabase, silent, type TestDatabase, until } from '../testing/fixtures.ts'
import { startCleaning } from './cleaning.ts'
import { migrateDatabase } from './migrate.ts'

let server: TestDatabase

beforeAll(async () => {
  server = await createTestDatabase()
  await migrateDatabase({ url: server.url, schemaFolder: 'prisma/order' })
})
afterAll(() => server.drop())
beforeEach(() => server.database.query('truncate outbox, inbox'))

const hour = 3_600_000

/** Rows that were processed so many hours ago, or never. */
async function fill(table: 'outbox' | 'inbox', rows: number, hoursAgo: number | null): Promise<void> {
  const at = `now() - $2::int * interval '1 hour'`
  await server.database.query(
    table === 'outbox'
      ? `insert into outbox (id, topic, key, type, payload, headers, occurred_at, processed_at)
         select gen_random_uuid(), 't', 'k', 'Happened', '', '{}', now(), ${at} from generate_series(1, $1)`
      : `insert into inbox (consumer, message_id, processed_at)
         select 'c' || $2, n, ${at} from generate_series(1, $1) as n`,
    [rows, hoursAgo],
  )
}

const left = async (table: string) =>
  (await server.database.query<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n

for (const table of ['outbox', 'inbox'] as const)
  test(`takes all that is old out of the ${table} in one round, and only that`, async () => {
    await fill(table, 5_500, 3)
    await fill(table, 20, 1)
    if (table === 'outbox') await fill(table, 30, null)
    const cleaner = startCleaning({ database: server.database, table, keepFor: 2 * hour, logger: silent })
    await until('the old ones are gone', async () => (await left(table)) === (table === 'outbox' ? 50 : 20))
    await cleaner.stop()
    const old = `select 1 from ${table} where processed_at < now() - interval '2 hours'`
    expect(await server.database.query(old)).toStrictEqual([])
  })

test('never deletes more at once than a thousand rows', async () => {
  await server.database.query(
    `create table deleted (n int);
     create function count_deleted() returns trigger language plpgsql as
       'begin insert into deleted select count(*) from gone; return null; end';
     create trigger counting after delete on outbox referencing old table as gone
       for each statement execute function count_deleted()`,
  )
  await fill('outbox', 2_500, 3)
  const { database } = server
  const cleaner = startCleaning({ database, table: 'outbox', keepFor: hour, logger: silent })
  await until('all are gone', async () => (await left('outbox')) === 0)
  await cleaner.stop()
  expect(await database.query('select n from deleted order by n desc')).toStrictEqual([
    { n: 1_000 },
    { n: 1_000 },
    { n: 500 },
  ])
  await database.query('drop function count_deleted cascade')
})

test('several clean one table at once', async () => {
  await fill('inbox', 6_000, 3)
  const cleaners = [1, 2, 3].map(() =>
    startCleaning({ database: server.database, table: 'inbox', keepFor: hour, logger: silent }),
  )
  await until('all are gone', async () => (await left('inbox')) === 0)
  await Promise.all(cleaners.map((cleaner) => cleaner.stop()))
})

test('finds the old ones by index, however many there are', async () => {
  for (const table of ['outbox', 'inbox'] as const) {
    await fill(table, 20_000, 3)
    await server.database.query(`analyze ${table}`)
    const plan = await server.database.query(
      `explain select ctid from ${table} where processed_at < now() order by processed_at limit 1000 for update skip locked`,
    )
    expect(JSON.stringify(plan)).toMatch(/Index Scan using (outbox_published|inbox_processed_at_idx)/)
  }
})
