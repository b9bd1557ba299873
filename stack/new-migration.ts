import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DatabaseOwner, databaseOwners } from '#contracts/services.ts'
import { createMigration } from '#platform/postgres/migrate.ts'
import { say } from './say.ts'
import { createTemplates, templateUrl } from './servers/databases.ts'
import { freePorts } from './servers/ports.ts'
import { startPostgres } from './servers/postgres.ts'
import { newSecrets } from './servers/secrets.ts'

const usage = `npm run migration:new -- <${databaseOwners.join(' | ')}> <name>
writes what prisma/<service>/schema.prisma has and its migrations do not have yet; the name is of small letters, digits and _`

const [owner, name = ''] = process.argv.slice(2)
if (databaseOwners.includes(owner as DatabaseOwner) && /^[a-z][a-z0-9_]*$/.test(name)) {
  try {
    say(await newMigration(owner as DatabaseOwner, name))
  } catch (error) {
    say((error as Error).message)
    process.exitCode = 1
  }
} else {
  say(usage)
  process.exitCode = 2
}

/** Compares the schema with a database that has all earlier migrations, on a server that goes when it is done. */
async function newMigration(owner: DatabaseOwner, name: string): Promise<string> {
  const schemaFolder = `prisma/${owner}`
  await beginMigrations(join(schemaFolder, 'migrations'))
  const folder = await mkdtemp(join(tmpdir(), 'order-saga-migration-'))
  // PostgreSQL may run as another user, who has to get in.
  await chmod(folder, 0o711)
  await using started = new AsyncDisposableStack()
  started.defer(() => rm(folder, { recursive: true, force: true }))
  const options = {
    dataFolder: folder,
    logFolder: join(folder, 'logs'),
    durable: false,
    ports: await freePorts(),
  }
  const postgres = await startPostgres(options)
  started.defer(() => postgres.stop())
  const { passwords } = newSecrets()
  await createTemplates(postgres.url, passwords)
  const url = templateUrl(postgres.url, owner, passwords)
  return await createMigration({ schemaFolder, name, url })
}

/** A new service has none yet. */
async function beginMigrations(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const lock = join(folder, 'migration_lock.toml')
  await writeFile(lock, 'provider = "postgresql"\n', { flag: 'wx' }).catch((error: { code?: string }) => {
    if (error.code !== 'EEXIST') throw error
  })
}
