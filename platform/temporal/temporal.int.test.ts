import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bundleWorkflowCode } from '@temporalio/worker'
import { openDatabase } from '../postgres/database.ts'
import { type Slots, slotsFor } from '../postgres/pool.ts'
import { createTestDatabase, randomName, silent, testServer, until } from '../testing/fixtures.ts'
import type { greeting } from './fixtures/greeting.ts'
import { temporalLogger } from './runtime.ts'
import { connectTemporal, ensureSearchAttributes, startWorker, type Temporal } from './temporal.ts'

const workflowsPath = fileURLToPath(new URL('fixtures/greeting.ts', import.meta.url))
let temporal: Temporal

beforeAll(async () => {
  temporal = await connectTemporal({ address: testServer('TEST_TEMPORAL_ADDRESS'), logger: silent })
})
afterAll(() => temporal.close())

async function worker(taskQueue: string, activities: object, slots?: Slots) {
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: temporalLogger(silent) })
  const { native, namespace } = temporal
  return startWorker({
    native,
    namespace,
    taskQueue,
    workflowBundle,
    activities,
    logger: silent,
    ...(slots && { slots }),
  })
}

const start = (taskQueue: string) =>
  temporal.client.workflow.start<typeof greeting>('greeting', {
    taskQueue,
    workflowId: randomName('greeting'),
    args: ['you'],
  })

test('runs workflows and activities from a bundle, and stops', async () => {
  const taskQueue = randomName('platform')
  const running = await worker(taskQueue, { greet: async (name: string) => `hello ${name}` })
  const handle = await start(taskQueue)
  expect(await handle.result()).toBe('hello you')
  await running.stop()
})

test('finishes the activity in hand when stopped', async () => {
  const taskQueue = randomName('platform')
  const called = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<string>()
  const greet = () => {
    called.resolve()
    return finish.promise
  }
  const first = await worker(taskQueue, { greet })
  const handle = await start(taskQueue)
  await called.promise
  const stopped = first.stop()
  finish.resolve('at last')
  await stopped
  const second = await worker(taskQueue, { greet: async () => 'again' })
  expect(await handle.result()).toBe('at last')
  await second.stop()
})

test('a backlog for one row of a database waits in the queue, not for a connection', async () => {
  const pool = 4
  const server = await createTestDatabase('backlog')
  await server.database.query('create table product (stock int); insert into product values (1000)')
  const database = openDatabase(server.url, { max: pool })
  const [taskQueue, orders] = [randomName('platform'), 25]
  let [attempts, inHand, most] = [0, 0, 0]
  const greet = async () => {
    attempts++
    most = Math.max(most, ++inHand)
    await database.transaction(async (tx) => {
      await tx.query('update product set stock = stock - 1')
      await tx.query('select pg_sleep(0.1)')
    })
    inHand--
    return 'sold'
  }
  const running = await worker(taskQueue, { greet }, slotsFor(pool, { local: false }))
  const handles = await Promise.all(Array.from({ length: orders }, () => start(taskQueue)))
  await Promise.all(handles.map((handle) => handle.result()))
  expect(attempts).toBe(orders)
  expect(most).toBeLessThan(pool)
  expect(await database.query('select stock from product')).toStrictEqual([{ stock: 1000 - orders }])
  await running.stop()
  await database.close()
  await server.drop()
})

test('the activities in hand never need more connections than there are', () => {
  for (let pool = 4; pool <= 200; pool++)
    for (const local of [true, false]) {
      const { activities, localActivities } = slotsFor(pool, { local })
      expect(activities >= 1 && localActivities >= 1).toBeTruthy()
      expect(activities + (local ? localActivities : 0)).toBeLessThan(pool)
    }
})

test('registers search attributes, once, and they can be used', async () => {
  const name = randomName('Colour')
  const register = () =>
    ensureSearchAttributes(temporal.client, temporal.namespace, [name], { logger: silent })
  await register()
  await register()
  const found = () => temporal.client.workflow.count(`${name} = 'red'`)
  expect((await until('usable', () => found().catch(() => undefined))).count).toBe(0)
  await temporal.client.connection.operatorService.removeSearchAttributes({
    namespace: temporal.namespace,
    searchAttributes: [name],
  })
})
