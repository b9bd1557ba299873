import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { handlers, orderWorkflowId } from '#contracts/temporal.ts'
import { until } from '#platform/testing/fixtures.ts'
import { freePorts } from '#stack/servers/ports.ts'
import { startTemporal } from '#stack/servers/temporal.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { type OrderWorld, startOrderWorld } from '#tests/support/workflow.ts'
import { faultOf } from './errors.ts'

const maxUpdates = 20
const maxSignals = 12

/** A server with limits that a test can reach: the texts are the server's own. */
describe('what Temporal refuses with', () => {
  let folder: string
  let server: Awaited<ReturnType<typeof startTemporal>>
  let world: OrderWorld
  let connection: Connection
  /** As the gateway's: nothing is retried in there. */
  let client: Client
  let namespace: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-saga-faults-'))
    server = await startTemporal(
      { dataFolder: folder, logFolder: folder, durable: false, ports: await freePorts() },
      {
        'history.maxTotalUpdates': maxUpdates,
        // Never: a run that goes on as a new one has room again.
        'history.maxTotalUpdates.suggestContinueAsNewThreshold': 2,
        'history.maximumSignalsPerExecution': maxSignals,
      },
    )
    const { address } = server
    namespace = await ownNamespace(address)
    world = await startOrderWorld({ address, namespace })
    connection = await Connection.connect({ address, interceptors: [] })
    client = new Client({ connection, namespace })
  })
  afterAll(async () => {
    await connection?.close()
    await world?.stop()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const shipping = async () => {
    const order = world.order()
    await order.place()
    await order.reach('shipping')
    return order
  }
  /** A repeat of what placed the order, which each takes. */
  const update = (by: Client, { orderId }: { orderId: string }, updateId: string, more = '') =>
    by.withDeadline(Date.now() + 2_000, () =>
      by.workflow
        .getHandle(orderWorkflowId(orderId))
        .executeUpdate(handlers.place, { args: [more], updateId }),
    )
  const signal = (by: Client, { orderId }: { orderId: string }, more = '') =>
    by.workflow
      .getHandle(orderWorkflowId(orderId))
      .signal(handlers.shipmentEvent, { shipmentId: 'none', status: 'created', occurredAt: more })
  const faultIn = (call: Promise<unknown>) => call.then(() => 'none', faultOf)

  it('is gone: the order has ended, or never was', async () => {
    const order = await shipping()
    await order.deliver()
    await order.outcome()
    for (const by of [client, native()]) {
      expect(await faultIn(update(by, { orderId: 'nobody' }, 'u'))).toBe('gone')
      expect(await faultIn(update(by, order, 'u'))).toBe('gone')
      expect(await faultIn(signal(by, order))).toBe('gone')
    }
  })

  it('is away, not gone: the namespace is not there (yet)', async () => {
    const elsewhere = new Client({ connection, namespace: 'nowhere' })
    expect(await faultIn(update(elsewhere, { orderId: 'nobody' }, 'u'))).toBe('unavailable')
    expect(await faultIn(signal(elsewhere, { orderId: 'nobody' }))).toBe('unavailable')
  })

  it('can never be: an id that is too long or no text, a message that is too large', async () => {
    const order = await shipping()
    for (const by of [client, native()]) {
      expect(await faultIn(update(by, order, 'ü'.repeat(501)))).toBe('never')
      expect(await faultIn(signal(by, order, 'x'.repeat(3_000_000)))).toBe('never')
    }
    expect(await faultIn(update(client, order, 'lone \ud800'))).toBe('never')
    expect(await faultIn(update(client, order, 'u', 'x'.repeat(5_000_000)))).toBe('never')
  })

  it('is full: the run has had all the updates, or the signals, that a run may have', async () => {
    const order = await shipping()
    for (const by of [client, native()]) {
      const answers: unknown[] = []
      for (let n = 0; n <= maxUpdates && answers.at(-1) !== 'full'; n++)
        answers.push(await faultIn(update(by, order, `news ${n}`)))
      expect(answers.at(-1)).toBe('full')
    }
    const answers: unknown[] = []
    for (let n = 0; n <= maxSignals; n++) answers.push(await faultIn(signal(client, order)))
    expect(answers.at(-1)).toBe('full')
  })

  it('is busy: as many updates are in flight as may be; those that wait for a worker are late', async () => {
    const idle = await Connection.connect({ address: server.address, interceptors: [] })
    try {
      const asleep = new Client({ connection: idle, namespace: await ownNamespace(server.address) })
      await asleep.workflow.start('orderWorkflow', {
        workflowId: orderWorkflowId('slow'),
        taskQueue: 'nobody',
      })
      const asked = Array.from({ length: 14 }, (_, n) => update(asleep, { orderId: 'slow' }, `news ${n}`))
      const faults = await Promise.all(asked.map(faultIn))
      expect(Map.groupBy(faults, String).get('busy')?.length).toStrictEqual(4)
      expect(Map.groupBy(faults, String).get('late')?.length).toStrictEqual(10)
    } finally {
      await idle.close()
    }
  })

  it('is away: nobody listens', async () => {
    const nobody = Connection.lazy({ address: '127.0.0.1:1', interceptors: [] })
    expect(await faultIn(update(new Client({ connection: nobody }), { orderId: 'o' }, 'u'))).toBe(
      'unavailable',
    )
    await nobody.close()
  })

  it('is nothing of Temporal’s: an error of our own', () => {
    expect(faultOf(new Error('a bug'))).toBeUndefined()
  })

  it('is told by signal when no update is left, and the news counts', async () => {
    const order = await shipping()
    for (let n = 0; n < maxUpdates; n++) await faultIn(update(client, order, `news ${n}`))
    expect(await faultIn(update(client, order, 'another'))).toBe('full')
    expect(await order.tell('delivered')).toStrictEqual({ kind: 'told' })
    expect((await order.outcome()).status).toBe('completed')
    await until('it is on record', () => order.steps.includes('completed'))
  })

  /** The order worker's kind of connection. */
  function native(): Client {
    return new Client({ connection: world.env.nativeConnection, namespace })
  }
})
