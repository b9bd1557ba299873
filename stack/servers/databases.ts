import { randomBytes } from 'node:crypto'
import { type DatabaseOwner, databaseOwners, databasesOf } from '#contracts/services.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { migrateDatabase } from '#platform/postgres/migrate.ts'

/** May connect to every database, and only read. */
export const auditor = 'auditor'

/** Passwords of the roles, by role. */
export type Credentials = Record<DatabaseOwner | typeof auditor, string>

/** Creates what is missing: a database and a role per service, closed to the others, and the auditor. Idempotent. */
export async function createDatabases(superuserUrl: string, passwords: Credentials): Promise<void> {
  await asSuperuser(superuserUrl, async (server) => {
    await putRole(server, auditor, passwords.auditor)
    await server.query(`alter role ${auditor} set default_transaction_read_only = on`)
    await server.query(`grant pg_read_all_data to ${auditor}`)
    for (const owner of databaseOwners) {
      await putRole(server, owner, passwords[owner])
      for (const name of databasesOf(owner)) await putDatabase(server, name, owner)
    }
  })
}

export const urlFor = (superuserUrl: string, role: string, password: string, database: string): string =>
  Object.assign(new URL(superuserUrl), { username: role, password, pathname: `/${database}` }).href

const templateOf = (owner: DatabaseOwner) => `template_${owner}`

export const templateUrl = (superuserUrl: string, owner: DatabaseOwner, passwords: Credentials): string =>
  urlFor(superuserUrl, owner, passwords[owner], templateOf(owner))

/** For tests: a migrated database per service, to be cloned. */
export async function createTemplates(superuserUrl: string, passwords: Credentials): Promise<void> {
  await createDatabases(superuserUrl, passwords)
  await asSuperuser(superuserUrl, async (server) => {
    for (const owner of databaseOwners) await putDatabase(server, templateOf(owner), owner)
  })
  for (const owner of databaseOwners) {
    const url = templateUrl(superuserUrl, owner, passwords)
    await migrateDatabase({ url, schemaFolder: `prisma/${owner}` })
  }
}

/** A fresh copy of a service's migrated database, owned by its role. */
export async function cloneTemplate(superuserUrl: string, owner: DatabaseOwner) {
  const name = `${owner}_${randomBytes(5).toString('hex')}`
  await asSuperuser(superuserUrl, async (server) => {
    await server.query(`create database ${name} template ${templateOf(owner)} owner "${owner}"`)
    await close(server, name, owner)
  })
  return {
    name,
    url: Object.assign(new URL(superuserUrl), { pathname: `/${name}` }).href,
    drop: () =>
      asSuperuser(superuserUrl, async (server) => {
        await server.query(`drop database ${name} with (force)`)
      }),
  }
}

async function putRole(server: Database, role: string, password: string): Promise<void> {
  const [known] = await server.query('select 1 from pg_roles where rolname = $1', [role])
  await server.query(`${known ? 'alter' : 'create'} role "${role}" login password '${password}'`)
}

async function putDatabase(server: Database, name: string, owner: DatabaseOwner): Promise<void> {
  const [known] = await server.query('select 1 from pg_database where datname = $1', [name])
  if (!known) await server.query(`create database "${name}" owner "${owner}"`)
  await close(server, name, owner)
}

/** Everybody may connect to a new Postgres database; ours is for its owner and the auditor. */
async function close(server: Database, name: string, owner: DatabaseOwner): Promise<void> {
  await server.query(`revoke connect on database "${name}" from public`)
  await server.query(`grant connect on database "${name}" to "${owner}", ${auditor}`)
}

async function asSuperuser<T>(url: string, work: (server: Database) => Promise<T>): Promise<T> {
  const server = openDatabase(url, { max: 1, statementTimeout: 60_000 })
  try {
    return await work(server)
  } finally {
    await server.close()
  }
}
