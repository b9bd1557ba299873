import { join } from 'node:path'
import { type MakeClient, openDatabase } from '#platform/postgres/database.ts'
import { prepareDatabase, wholeOf } from '#platform/postgres/identity.ts'
import { type ProcessContext, waitUntilUp } from '#platform/process/lifecycle.ts'

type Options<Client> = ProcessContext & {
  service: string
  url: string
  /** How many connections. */
  max: number
  client: MakeClient<Client>
}

const schemas = join(import.meta.dirname, '../prisma')

/** A service's only database, migrated, once it is up. */
export async function openDatabaseOf<Client>({ service, url, max, client, logger, signal }: Options<Client>) {
  const database = openDatabase(url, { applicationName: service, max, client })
  try {
    await waitUntilUp(`the ${service} database`, () => database.query('select 1'), { logger, signal })
    const schemaFolder = join(schemas, service)
    await prepareDatabase({ url, schemaFolder, identity: wholeOf(service, url), logger })
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}
