import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'
import type { greeting } from './fixtures/greeting.ts'
import { temporalLogger } from './temporal/runtime.ts'
import { connectTemporal, ensureSearchAttributes, startWorker, type Temporal } from './temporal.ts'
import { randomName, silent, testServer, until } from './testing.ts'

const workflowsPath = fileURLToPath(new URL('fixtures/greeting.ts', import.meta.url))
let temporal: Temporal

before(async () => {
  temporal = await connectTemporal({ address: testServer('TEST_TEMPORAL_ADDRESS'), logger: silent })
})
after(() => temporal.close())

async function worker(taskQueue: string, activities: object) {
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: temporalLogger(silent) })
  const { native, namespace } = temporal
  return startWorker({ native, namespace, taskQueue, workflowBundle, activities, logger: silent })
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
  assert.equal(await handle.result(), 'hello you')
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
  assert.equal(await handle.result(), 'at last')
  await second.stop()
})

test('registers search attributes, once, and they can be used', async () => {
  const name = randomName('Colour')
  const register = () =>
    ensureSearchAttributes(temporal.client, temporal.namespace, [name], { logger: silent })
  await register()
  await register()
  const found = () => temporal.client.workflow.count(`${name} = 'red'`)
  assert.equal((await until('usable', () => found().catch(() => undefined))).count, 0)
  await temporal.client.connection.operatorService.removeSearchAttributes({
    namespace: temporal.namespace,
    searchAttributes: [name],
  })
})
