import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../testing/fixtures.ts'
import { createMigration, migrateDatabase, schemaDrift } from './migrate.ts'

const SCHEMA = `
datasource db {
  provider = "postgresql"
}
model Thing {
  position BigInt    @id @default(autoincrement())
  name     String    @unique
  amount   Int
  doneAt   DateTime? @map("done_at") @db.Timestamptz(6)
  @@map("thing")
}
`
let server: TestDatabase
let schemaFolder: string

beforeAll(async () => {
  server = await createTestDatabase()
  schemaFolder = await mkdtemp(join(tmpdir(), 'migrate-test-'))
  await writeFile(join(schemaFolder, 'schema.prisma'), SCHEMA)
})
afterAll(async () => {
  await server.drop()
  await rm(schemaFolder, { recursive: true })
})

test('writes the first migration and applies it once, though several processes start together', async () => {
  const file = await createMigration({ schemaFolder, name: 'first' })
  expect(await readFile(file, 'utf8')).toMatch(/CREATE TABLE "thing"/)
  await appendFile(
    file,
    `ALTER TABLE "thing" ADD CONSTRAINT amount_is_positive CHECK (amount > 0);
     CREATE INDEX thing_waiting ON "thing" (position) WHERE done_at IS NULL;`,
  )
  const migrate = () => migrateDatabase({ url: server.url, schemaFolder })
  const applied = await Promise.all([migrate(), migrate(), migrate()])
  expect(applied.flat().length).toBe(1)
  const rows = await server.database.query(
    'select migration_name, finished_at is not null as finished from _prisma_migrations',
  )
  expect(rows).toStrictEqual([{ migration_name: applied.flat()[0], finished: true }])
})

test('finds no drift in a database with hand-written checks and partial indexes', async () => {
  expect(await schemaDrift({ url: server.url, schemaFolder })).toBe('')
})

test('shows what the database lacks, and writes it as the next migration', async () => {
  await writeFile(
    join(schemaFolder, 'schema.prisma'),
    SCHEMA.replace('amount   Int', 'amount Int\n colour String?'),
  )
  expect(await schemaDrift({ url: server.url, schemaFolder })).toMatch(/ADD COLUMN\s+"colour" TEXT/)
  await createMigration({ schemaFolder, name: 'add_colour', url: server.url })
  expect((await migrateDatabase({ url: server.url, schemaFolder })).length).toBe(1)
  expect(await schemaDrift({ url: server.url, schemaFolder })).toBe('')
})

test('takes functions and texts with semicolons as they are', async () => {
  await writeMigration(
    '20990101000000_function',
    `
    CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN n := n * 2; RETURN n; END $$;
    COMMENT ON TABLE "thing" IS 'one; two';`,
  )
  await migrateDatabase({ url: server.url, schemaFolder })
  expect(await server.database.query('select twice(21) as n')).toStrictEqual([{ n: 42 }])
})

test('undoes a migration that fails, and says why', async () => {
  await writeMigration('20990101000001_broken', 'CREATE TABLE half (id int); CREATE TABLE thing (id int);')
  await expect(migrateDatabase({ url: server.url, schemaFolder })).rejects.toThrow(
    /20990101000001_broken.*already exists/s,
  )
  expect(await server.database.query(`select to_regclass('half') as half`)).toStrictEqual([{ half: null }])
})

async function writeMigration(name: string, sql: string): Promise<void> {
  const folder = join(schemaFolder, 'migrations', name)
  await mkdir(folder)
  await writeFile(join(folder, 'migration.sql'), sql)
}
