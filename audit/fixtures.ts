// Books for the audit's tests: a few orders as the services leave them behind, and a way to break them.
import { Client, Connection } from '@temporalio/client'
import { byOwner, type DatabaseOwner, databaseOwners, databasesOf } from '#contracts/services.ts'
import { type Database, openDatabase, type Sql } from '#platform/postgres/database.ts'
import { testServer } from '#platform/testing/fixtures.ts'
import { cloneDatabase } from '#tests/support/servers.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { type Databases, type Shard } from './sources.ts'
import { orders, type RecordedOrder } from './testing/orders.ts'
import { startWorkflows } from './testing/workflows.ts'
import { all, writeRecords } from './testing/writing.ts'

export type TestSources = Awaited<ReturnType<typeof createTestSources>>

type OpenShard = Shard & { service: DatabaseOwner; sql: Database; url: string; drop(): Promise<void> }

/** Right books in the databases of all services and in Temporal. */
export async function createTestSources() {
  const shards = (await Promise.all(databaseOwners.map(openShards))).flat()
  const databases = byService(shards)
  await writeRecords(databases)
  const address = testServer('TEST_TEMPORAL_ADDRESS')
  // Without the client's own retries: one that is waiting when the connection is closed throws where nobody catches it.
  const connection = await Connection.connect({ address, interceptors: [] })
  const workers: { stop(): Promise<void> }[] = []
  const inTemporal = async (change: (order: RecordedOrder) => RecordedOrder = (order) => order) => {
    const client = new Client({ connection, namespace: await ownNamespace(address) })
    workers.push(await startWorkflows(client, orders.map(change)))
    return client
  }
  return {
    temporal: await inTemporal(),
    inTemporal,
    /** Where nobody ever started anything. */
    emptyTemporal: () => inTemporal((order) => ({ ...order, workflow: 'forgotten' })),
    databases,
    /** Each service's, comma separated. */
    urls: byOwner((owner) =>
      shards
        .filter(({ service }) => service === owner)
        .map(({ url }) => url)
        .join(),
    ),
    breaking: (work: (databases: Databases) => Promise<void>) => breaking(shards, [], work),
    async drop(): Promise<void> {
      await Promise.all(workers.map((worker) => worker.stop()))
      await connection.close()
      for (const { sql } of shards) await sql.close()
      await Promise.all(shards.map(({ drop }) => drop()))
    },
  }
}

/** Named as in production: order_1 and order_2, but inventory. */
function openShards(service: DatabaseOwner): Promise<OpenShard[]> {
  return Promise.all(
    databasesOf(service).map(async (name) => {
      const { url, drop } = await cloneDatabase(service)
      return { service, name, url, drop, sql: openDatabase(url, { max: 2 }) }
    }),
  )
}

type OfService = Shard & { service: DatabaseOwner }

const byService = (shards: readonly OfService[]): Databases =>
  byOwner((owner) => shards.filter(({ service }) => service === owner))

export type Tables = Record<DatabaseOwner, Sql>

/** Each service as if it had one database: what is said to it is said to all of its shards. */
export const tablesOf = (databases: Databases): Tables => byOwner((owner) => all(databases[owner]))

class Enough extends Error {}

/**
 * Inside one transaction per database, all rolled back in the end: constraints may be dropped and books broken, and
 * nobody else ever sees it.
 */
async function breaking(
  [shard, ...others]: readonly OpenShard[],
  open: readonly OfService[],
  work: (databases: Databases) => Promise<void>,
): Promise<void> {
  if (shard === undefined) return work(byService(open))
  const { service, name } = shard
  try {
    await shard.sql.transaction(async (tx) => {
      await breaking(others, [...open, { service, name, sql: oneByOne(tx) }], work)
      throw new Enough()
    })
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
}

/** A transaction has one connection, and the audit asks several things at once. */
function oneByOne(tx: Sql): Sql {
  let before: Promise<unknown> = Promise.resolve()
  return {
    query: <Row>(text: string, values?: readonly unknown[]) => {
      const asked = before.then(() => tx.query<Row>(text, values))
      before = asked.catch(() => {})
      return asked
    },
  }
}
