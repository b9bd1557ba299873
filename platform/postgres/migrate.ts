import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiffTarget, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import { type Logger, reasonOf } from '../process/logger.ts'
import { onOwnConnection } from './connection.ts'
import { type SchemaFile, withoutDatabase, withSchemaEngine } from './schema-engine.ts'
import { migrationConfig } from './session.ts'

// Any number of ours: Prisma's own lock (72707369) gives up after 10 s, this one waits for as long as it takes.
const MIGRATION_LOCK = 7_027_002
const NO_FILTERS = { externalTables: [], externalEnums: [] }

/**
 * Applies the migrations in `<schemaFolder>/migrations` that are missing, exactly as `prisma migrate deploy` does.
 * Several processes may do so at once. Resolves to the names of those applied now; throws when one fails.
 */
export async function migrateDatabase(options: {
  url: string
  schemaFolder: string
  logger?: Logger
}): Promise<string[]> {
  const { url, schemaFolder, logger } = options
  const migrationsList = await readMigrations(schemaFolder)
  const schema = await readSchema(schemaFolder)
  const applied = await alone(url, () =>
    withSchemaEngine(url, schema, (engine) =>
      engine.applyMigrations({ migrationsList, filters: NO_FILTERS }),
    ),
  )
  const names = applied.appliedMigrationNames
  if (names.length > 0)
    logger?.info({ migrations: names }, `applied ${names.length} migrations of ${schemaFolder}`)
  return names
}

/** The SQL that creates the whole schema: the text of a first migration. */
export async function migrationSql({ schemaFolder }: { schemaFolder: string }): Promise<string> {
  const schema = await readSchema(schemaFolder)
  const sql = await withoutDatabase(schema, (engine) => diff(engine, { tag: 'empty' }, schema))
  // It is there in every new database, and a service's role may not create schemas.
  return sql.replace('-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n\n', '')
}

/** What the migrated database lacks to equal schema.prisma, as SQL; '' when they agree. CHECKs are not compared. */
export async function schemaDrift({
  url,
  schemaFolder,
}: {
  url: string
  schemaFolder: string
}): Promise<string> {
  const schema = await readSchema(schemaFolder)
  const database: DiffTarget = { tag: 'schemaDatasource', files: [schema], configDir: schemaFolder }
  return withSchemaEngine(url, schema, (engine) => diff(engine, database, schema))
}

/**
 * Writes `<schemaFolder>/migrations/<time>_<name>/migration.sql` and resolves to its path: the whole schema, or with
 * the `url` of a database that has all earlier migrations, what is missing there.
 */
export async function createMigration(options: {
  schemaFolder: string
  name: string
  url?: string
}): Promise<string> {
  const { schemaFolder, name, url } = options
  const sql = url ? await schemaDrift({ url, schemaFolder }) : await migrationSql({ schemaFolder })
  if (sql === '') throw new Error(`${schemaFolder}/schema.prisma has nothing that the migrations do not have`)
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(schemaFolder, 'migrations', `${time}_${name}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'migration.sql'), sql)
  await writeFile(join(schemaFolder, 'migrations', 'migration_lock.toml'), 'provider = "postgresql"\n')
  return join(folder, 'migration.sql')
}

async function diff(engine: SchemaEngine, from: DiffTarget, schema: SchemaFile): Promise<string> {
  const to: DiffTarget = { tag: 'schemaDatamodel', files: [schema] }
  const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters: NO_FILTERS })
  return stdout === null || stdout.trim() === '-- This is an empty migration.' ? '' : stdout
}

async function readSchema(schemaFolder: string): Promise<SchemaFile> {
  const path = join(schemaFolder, 'schema.prisma')
  return { path, content: await readFile(path, 'utf8') }
}

async function readMigrations(schemaFolder: string): Promise<MigrationList> {
  const baseDir = join(schemaFolder, 'migrations')
  const entries = await readdir(baseDir, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return {
    baseDir,
    shadowDbInitScript: '',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    migrationDirectories: await Promise.all(
      folders.toSorted().map((folder) => readMigration(baseDir, folder)),
    ),
  }
}

async function readMigration(baseDir: string, folder: string) {
  const value = await readFile(join(baseDir, folder, 'migration.sql'), 'utf8')
  return { path: folder, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }
}

function alone<T>(url: string, work: () => Promise<T>): Promise<T> {
  // Whoever is before us may take as long as it takes.
  return onOwnConnection({ ...migrationConfig(url), lock_timeout: 0 }, async (client) => {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    try {
      return await work()
    } catch (error) {
      throw new Error(`migration failed: ${engineReason(error)}`, { cause: error })
    }
  })
}

/** The engine's message is a trace of several lines; these are its two facts. */
function engineReason(error: unknown): string {
  const text = error instanceof Error ? error.message : ''
  const migration = /migration_name="([^"]+)"/.exec(text)?.[1]
  const reason = /ERROR: .+/.exec(text)?.[0] ?? reasonOf(error)
  return migration ? `${migration}: ${reason}` : reason
}
