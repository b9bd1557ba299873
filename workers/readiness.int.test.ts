import { connect } from 'node:http2'
import { createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Database, ProcessService } from '#generated/proto/process/v1/process_pb.ts'
import { closeRpcTransports, rpcTransport } from '#platform/grpc/rpc.ts'
import { readConfig } from '#platform/process/config.ts'
import type { Readiness } from '#platform/process/readiness.ts'
import { silent, testServer, until } from '#platform/testing/fixtures.ts'
import { cloneDatabase, type TestDatabase } from '#tests/support/servers.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { InventoryConfig, startInventory } from './inventory.ts'

describe('GET /ready on the gRPC port of a process', () => {
  let database: TestDatabase
  let running: Awaited<ReturnType<typeof startInventory>>
  beforeAll(async () => {
    database = await cloneDatabase('inventory')
    const address = testServer('TEST_TEMPORAL_ADDRESS')
    const config = readConfig(InventoryConfig, {
      INVENTORY_DATABASE_URL: database.url,
      INVENTORY_RPC_PORT: '0',
      KAFKA_BROKERS: testServer('TEST_KAFKA_BROKERS'),
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: await ownNamespace(address),
    })
    running = await startInventory({ logger: silent, signal: new AbortController().signal }, config)
  })
  afterAll(async () => {
    closeRpcTransports()
    await running.stop()
  })
  const service = () => createClient(ProcessService, rpcTransport(`http://127.0.0.1:${running.port}`))

  it('says 200 while its database, its Kafka group and its Temporal worker answer, and which of them is down', async () => {
    const ready = await askReadiness(running.port)
    expect(ready.httpStatus).toBe(200)
    expect(statesOf(ready)).toStrictEqual({ database: 'up', kafka: 'up', temporal: 'up' })

    const up = await service().getProcess({})
    expect(up.version).toBe('0.1.0')
    expect(up.dependencies.map(({ name, state }) => [name, state])).toStrictEqual([
      ['database', 'up'],
      ['kafka', 'up'],
      ['temporal', 'up'],
    ])
    const [{ name, state }] = up.databases as [Database]
    expect([name, state?.version, state?.waiting]).toStrictEqual([
      'inventory',
      expect.stringMatching(/^18/),
      0n,
    ])
    expect(Number(state?.bytes)).toBeGreaterThan(1_000_000)

    await database.drop()
    const broken = await until('503', async () => {
      const answer = await askReadiness(running.port)
      return answer.httpStatus === 503 ? answer : undefined
    })
    expect(broken.status).toBe('not_ready')
    expect(statesOf(broken)).toStrictEqual({ database: 'down', kafka: 'up', temporal: 'up' })
    const [since, before] = [broken, ready].map((found) => Date.parse(found.dependencies[0]?.since ?? ''))
    expect(since).toBeGreaterThan(before ?? Number.NaN)
    const down = await service().getProcess({})
    expect(down.databases.map(({ name, state }) => [name, state])).toStrictEqual([['inventory', undefined]])
  })
})

const statesOf = ({ dependencies }: Readiness) =>
  Object.fromEntries(dependencies.map(({ name, state }) => [name, state]))

async function askReadiness(port: number): Promise<Readiness & { httpStatus: number }> {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    const request = session.request({ ':path': '/ready' }).setEncoding('utf8')
    const status = new Promise<number>((resolve, reject) => {
      request.on('response', (headers) => resolve(headers[':status'] ?? 0)).on('error', reject)
    })
    const body = (await request.toArray()).join('')
    return { ...(JSON.parse(body) as Readiness), httpStatus: await status }
  } finally {
    session.close()
  }
}
