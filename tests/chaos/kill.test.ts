import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { until } from '#platform/testing/fixtures.ts'
import { type System, startSystem } from '#tests/support/system.ts'

describe('a process that is killed while orders run', () => {
  let system: System
  beforeAll(async () => {
    system = await startSystem({ COURIER_LOSE: '0.05', COURIER_DUPLICATE: '0.2', COURIER_SHUFFLE: '0.2' })
  })
  afterAll(() => system?.stop())

  const open = async () => {
    const counts = await Promise.all(
      system.databases.order.map((shard) =>
        shard.query<{ count: number }>(
          "select count(*) as count from orders where status not in ('completed', 'cancelled')",
        ),
      ),
    )
    return counts.flat().reduce((sum, { count }) => sum + count, 0)
  }

  for (const victim of ['order', 'inventory', 'payment', 'logistics']) {
    it(`leaves the books right: ${victim}, killed and started again`, async () => {
      const generating = system.generate(
        '--count',
        '40',
        '--rate',
        '12',
        '--unaffordable',
        '0.1',
        '--far',
        '0.1',
      )
      await until('orders run', async () => (await open()) >= 5)
      await system.kill(victim)
      await system.start(victim)
      const { placed, outcome } = await generating
      expect(placed).toBe(40)
      expect(outcome?.missing).toStrictEqual([])
      await system.audit()
    })
  }

  it('leaves the books right: a relay between publish and mark, so that messages go out twice', async () => {
    const { ORDER_DATABASE_URL = '', INVENTORY_DATABASE_URL = '', KAFKA_BROKERS = '' } = system.environment
    // They stand by until the relay that publishes is gone.
    const relays = await Promise.all(
      [ORDER_DATABASE_URL, INVENTORY_DATABASE_URL].map((url, i) =>
        system.spawn(`dying-relay-${i}`, 'tests/chaos/dying-relay.ts', {}, [url, KAFKA_BROKERS]),
      ),
    )
    const generating = system.generate('--count', '40', '--rate', '12', '--duplicate', '0.2')
    await until('orders run', async () => (await open()) >= 5)
    for (const owner of ['order', 'inventory']) {
      await system.kill(owner)
      await system.start(owner)
    }
    expect(await Promise.all(relays.map((relay) => relay.exited))).toStrictEqual(['SIGKILL', 'SIGKILL'])
    expect((await generating).outcome?.missing).toStrictEqual([])
    await system.audit()
  })
})
