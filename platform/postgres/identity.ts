// A database knows what it is. The table, the same in every service's database:
//
//   model DatabaseIdentity { … @@map("database_identity") }    one row, written when the database is first opened
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BUCKETS } from '../ids.ts'
import type { Logger } from '../process/logger.ts'
import type { Sql } from './database.ts'
import { openDatabase } from './database.ts'
import { migrateDatabase } from './migrate.ts'

export type Identity = { service: string; name: string; firstBucket: number; lastBucket: number }

/** The database is not the one that was meant: somebody has to mend an address, so trying again is no help. */
export class WrongDatabase extends Error {
  override name = 'WrongDatabase'
}

/** The one database of a service that has no shards. */
export const wholeOf = (service: string, url: string): Identity => ({
  service,
  name: decodeURIComponent(new URL(url).pathname.slice(1)),
  firstBucket: 0,
  lastBucket: BUCKETS - 1,
})

/**
 * Makes a database ready for its service: refuses one that is another one or a replica, applies the migrations that are
 * missing, and writes down what it is when nobody has yet. Throws WrongDatabase.
 */
export async function prepareDatabase(options: {
  url: string
  schemaFolder: string
  identity: Identity
  logger?: Logger
}): Promise<void> {
  const { url, schemaFolder, identity } = options
  const database = openDatabase(url, { max: 1, applicationName: identity.service })
  try {
    await proveIdentity(database, identity)
    await refuseStrangers(database, identity, schemaFolder)
    await migrateDatabase(options)
    const { service, name, firstBucket, lastBucket } = identity
    await database.query(
      `insert into database_identity (service, name, first_bucket, last_bucket) values ($1, $2, $3, $4)
       on conflict do nothing`,
      [service, name, firstBucket, lastBucket],
    )
    await proveIdentity(database, identity)
  } finally {
    await database.close()
  }
}

/** Throws WrongDatabase where a replica answers, or a database that was opened as another one before. */
export async function proveIdentity(sql: Sql, identity: Identity): Promise<void> {
  const [state] = await sql.query<{ replica: boolean; marked: boolean }>(
    `select pg_is_in_recovery() as replica, to_regclass('database_identity') is not null as marked`,
  )
  const where = `the database given for ${inWords(identity)}`
  if (state?.replica)
    throw new WrongDatabase(`${where} is a read-only replica; give the address of its primary`)
  if (!state?.marked) return
  const [own] = await sql.query<Identity>(
    `select service, name, first_bucket as "firstBucket", last_bucket as "lastBucket" from database_identity`,
  )
  if (own && inWords(own) !== inWords(identity))
    throw new WrongDatabase(
      `${where} is ${inWords(own)}: mend its address, or the order and number of the shards in DISCOVERY_SHARDS`,
    )
}

/** A database from before there were identities shows whose it is by its first migration. */
async function refuseStrangers(sql: Sql, identity: Identity, schemaFolder: string): Promise<void> {
  const [table] = await sql.query<{ there: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as there`,
  )
  if (!table?.there) return
  const [first] = await sql.query<{ name: string }>(
    'select migration_name as name from _prisma_migrations order by migration_name limit 1',
  )
  const ours = await readdir(join(schemaFolder, 'migrations'))
  if (first && !ours.includes(first.name))
    throw new WrongDatabase(
      `the database given for ${inWords(identity)} is another service's: it has the migration ${first.name}`,
    )
}

const inWords = ({ service, name, firstBucket, lastBucket }: Identity) =>
  `${service}'s ${name} with the buckets ${firstBucket} to ${lastBucket}`
