import { createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { DiscoveryService } from '#generated/proto/discovery/v1/discovery_pb.ts'
import { closeRpcTransports, rpcTransport } from '#platform/grpc/rpc.ts'
import type { Database } from '#platform/postgres/database.ts'
import { until } from '#platform/testing/fixtures.ts'
import { type System, startSystem } from '#tests/support/system.ts'

const moves = 10
const orders = 200

describe('databases that move while orders run', () => {
  let system: System
  beforeAll(async () => {
    // It moves when the test says so; and many requests a second are what is wanted.
    system = await startSystem({ DISCOVERY_MOVE_EVERY: '0s', RATE_LIMIT: '0' })
  })
  afterAll(async () => {
    closeRpcTransports()
    await system?.stop()
  })

  const sum = async (shards: Database[], sql: string, values: unknown[] = []) => {
    const rows = await Promise.all(shards.map((shard) => shard.query<{ count: number }>(sql, values)))
    return rows.flat().reduce((total, { count }) => total + count, 0)
  }
  const placed = () => sum(system.databases.order, 'select count(*) as count from orders')

  /** Moves every shard, and waits until the service has left all of the old addresses. */
  async function move(service: 'order' | 'customer'): Promise<void> {
    const discovery = createClient(DiscoveryService, rpcTransport(system.environment.DISCOVERY_RPC_URL ?? ''))
    const [now] = (await system.databases[service][0]?.query<{ at: Date }>('select now() as at')) ?? []
    await discovery.moveShards({ service })
    await until(`the ${service} process has left`, async () => {
      const old = await sum(
        system.databases[service],
        `select count(*) as count from pg_stat_activity
         where application_name = $1 and datname = current_database() and backend_start < $2`,
        [service, now?.at],
      )
      return old === 0
    })
  }

  /** Reads and writes one after the other until it is stopped; resolves to what failed. */
  function startAsking() {
    const stopping = new AbortController()
    const failed: string[] = []
    let asked = 0
    const ask = async (method: string, path: string, body?: unknown) => {
      asked++
      const { status } = await system
        .rest(method, path, body)
        .catch((error: unknown) => ({ status: String(error) }))
      if (typeof status === 'string' || status >= 400) failed.push(`${method} ${path}: ${status}`)
    }
    const customer = '/v1/customers/17850'
    const round = async (n: number) => {
      await ask('GET', '/v1/orders?limit=20')
      await ask('GET', '/v1/orders?customerId=17850')
      await ask('PATCH', customer, { phone: `+44 20 7946 ${1000 + (n % 9000)}` })
      await ask('GET', customer)
      await ask('GET', '/v1/customers?limit=20')
    }
    const asking = (async () => {
      for (let n = 0; !stopping.signal.aborted; n++) await round(n)
    })()
    return async () => {
      stopping.abort()
      await asking
      return { asked, failed }
    }
  }

  it('fails no request, loses no order and leaves the books right', async () => {
    const generating = system.generate('--count', String(orders), '--rate', '6', '--duplicate', '0.1')
    const stopAsking = startAsking()
    for (let n = 1; n <= moves; n++) {
      const wanted = Math.min((await placed()) + orders / moves / 2, orders)
      await until('more orders', async () => (await placed()) >= wanted, 120_000)
      await move('order')
      await move('customer')
    }
    const { asked, failed } = await stopAsking()
    const { placed: all, failedRequests, outcome } = await generating
    console.log(`${moves} moves of every shard, ${all} orders and ${asked} other requests`)
    expect(failed).toStrictEqual([])
    expect(failedRequests).toBe(0)
    expect(all).toBe(orders)
    expect(outcome?.missing).toStrictEqual([])
    await system.audit()
  })
})
