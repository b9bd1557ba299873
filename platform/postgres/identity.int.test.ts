import { afterEach, expect, test } from '@jest/globals'
import { satisfying } from '#platform/testing/expect.ts'
import { openShards, type ShardAddress } from '../shards/shards.ts'
import { createTestDatabase, silent, type TestDatabase } from '../testing/fixtures.ts'
import { createTeller } from '../testing/teller.ts'
import { type Identity, prepareDatabase, proveIdentity, WrongDatabase, wholeOf } from './identity.ts'
import { migrateDatabase } from './migrate.ts'

let servers: TestDatabase[] = []

afterEach(async () => {
  await Promise.all(servers.map((server) => server.drop()))
  servers = []
})

async function newDatabase(): Promise<TestDatabase> {
  const server = await createTestDatabase('identity')
  servers.push(server)
  return server
}

const schemaFolder = 'prisma/order'
const lower: Identity = { service: 'order', name: 'order_1', firstBucket: 0, lastBucket: 2047 }
const prepare = ({ url }: TestDatabase, identity: Identity, folder = schemaFolder) =>
  prepareDatabase({ url, schemaFolder: folder, identity, logger: silent })

test('a database keeps what it was opened as first, and opens as that again', async () => {
  const server = await newDatabase()
  await Promise.all([prepare(server, lower), prepare(server, lower)])
  await prepare(server, lower)
  expect(
    await server.database.query('select service, name, first_bucket, last_bucket from database_identity'),
  ).toStrictEqual([{ service: 'order', name: 'order_1', first_bucket: 0, last_bucket: 2047 }])
})

test('refuses to be opened as another shard, with other buckets or by another service, and says what is what', async () => {
  const server = await newDatabase()
  await prepare(server, lower)
  const wrong: [Identity, string][] = [
    [{ ...lower, name: 'order_2' }, "order's order_2 with the buckets 0 to 2047"],
    [{ ...lower, firstBucket: 2048, lastBucket: 4095 }, "order's order_1 with the buckets 2048 to 4095"],
    [{ ...lower, lastBucket: 4095 }, "order's order_1 with the buckets 0 to 4095"],
    [{ ...lower, service: 'customer' }, "customer's order_1 with the buckets 0 to 2047"],
  ]
  for (const [identity, asked] of wrong)
    await expect(prepare(server, identity)).rejects.toThrow(
      satisfying(
        (error) =>
          error instanceof WrongDatabase &&
          error.message.startsWith(
            `the database given for ${asked} is order's order_1 with the buckets 0 to 2047: `,
          ),
      ),
    )
})

test("leaves another service's database as it is, also one from before databases knew what they are", async () => {
  const server = await newDatabase()
  await migrateDatabase({ url: server.url, schemaFolder: 'prisma/payment' })
  const tables = () => server.database.query('select relname from pg_class order by relname')
  const before = await tables()
  await expect(prepare(server, lower)).rejects.toThrow(
    /another service's: it has the migration 20261121055502_ledger/,
  )
  expect(await tables()).toStrictEqual(before)
  await prepare(server, wholeOf('payment', server.url), 'prisma/payment')
})

test('a read-only replica is refused', async () => {
  const replica = { query: async () => [{ replica: true, marked: true }] as never[] }
  await expect(proveIdentity(replica, lower)).rejects.toThrow(/order_1 .* is a read-only replica/)
})

/** Both on the test server, half of the buckets each, in this order. */
const mapOf = (...of: TestDatabase[]): ShardAddress[] =>
  of.map(({ url }, nth) => ({
    name: new URL(url).pathname.slice(1),
    host: new URL(url).hostname,
    port: Number(new URL(url).port),
    firstBucket: nth * 2048,
    lastBucket: nth * 2048 + 2047,
  }))

const open = (url: string, shards: ShardAddress[]) =>
  openShards({
    url,
    applicationName: 'identity',
    prepare: (at, { name, firstBucket, lastBucket }) =>
      prepareDatabase({
        url: at,
        schemaFolder,
        identity: { service: 'order', name, firstBucket, lastBucket },
        logger: silent,
      }),
    watch: createTeller(shards).watch,
    logger: silent,
    signal: new AbortController().signal,
  })

test('shards whose places were swapped are not opened', async () => {
  const [one, two] = [await newDatabase(), await newDatabase()]
  const shards = await open(one.url, mapOf(one, two))
  await shards.close()
  await expect(open(one.url, mapOf(two, one))).rejects.toThrow(WrongDatabase)
  const again = await open(one.url, mapOf(one, two))
  await again.close()
})
