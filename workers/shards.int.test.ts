import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { closeRpcTransports } from '#platform/grpc/rpc.ts'
import { readConfig } from '#platform/process/config.ts'
import { createLogger } from '#platform/process/logger.ts'
import type { Shards } from '#platform/shards/shards.ts'
import { createTestDatabase, silent, type TestDatabase, until } from '#platform/testing/fixtures.ts'
import { DiscoveryConfig } from '#simulators/discovery/config.ts'
import { startDiscovery } from '#simulators/discovery/main.ts'
import { openShardsOf } from './shards.ts'

const databases: TestDatabase[] = []
beforeAll(async () => {
  for (let n = 0; n < 2; n++) databases.push(await createTestDatabase('shard'))
})
afterAll(async () => {
  closeRpcTransports()
  for (const database of databases) await database.drop()
})

const urlOf = (nth: number) => new URL(databases[nth]?.url ?? '')
const nameOf = (nth: number) => urlOf(nth).pathname.slice(1)

/** Discovery of both databases, at these hosts. */
function discovery(hosts: string[], port = 0) {
  const addresses = hosts.map((host) => `${host}:${urlOf(0).port}`).join()
  const config = readConfig(DiscoveryConfig, {
    DISCOVERY_RPC_PORT: String(port),
    DISCOVERY_SHARDS: [0, 1].map((nth) => `order/${nameOf(nth)}@${addresses}`).join(';'),
  })
  return startDiscovery({ logger: silent }, config)
}

const whereAre = (shards: Shards) =>
  Promise.all(
    shards.all().map(async ({ database }) => {
      const [row] = await database.query<{ at: string }>(
        `select current_database() || ' ' || host(inet_server_addr()) as at`,
      )
      return row?.at
    }),
  )

test('finds the shards where discovery says they are, also when it was away and comes back with other addresses', async () => {
  const lines: string[] = []
  const logger = createLogger({ process: 'test', destination: { write: (line) => lines.push(line) } })
  const said = (words: RegExp) => lines.filter((line) => words.test(line)).length
  const first = await discovery(['127.0.0.1'])
  const shards = await openShardsOf({
    discoveryUrl: `http://127.0.0.1:${first.port}`,
    service: 'order',
    url: urlOf(0).href,
    schemaFolder: 'prisma/order',
    logger,
    signal: new AbortController().signal,
  })
  const both = (host: string) => [0, 1].map((nth) => `${nameOf(nth)} ${host}`)
  expect(await whereAre(shards)).toStrictEqual(both('127.0.0.1'))
  await first.stop()
  await until('it is missed', () => said(/lost discovery/) === 1)
  expect(await whereAre(shards)).toStrictEqual(both('127.0.0.1'))

  const second = await discovery(['127.0.0.2', '127.0.0.3'], first.port)
  await until('both have moved', () => said(/has moved to 127.0.0.2/) === 2)
  expect(await whereAre(shards)).toStrictEqual(both('127.0.0.2'))
  expect(said(/discovery is back/)).toBe(1)
  await shards.close()
  await second.stop()
})
