// Books for the audit's tests: a few orders as the services leave them behind, and a way to break them.
import { Client, Connection } from '@temporalio/client'
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common'
import proto from '@temporalio/proto'
import { orderWorkflowId, orderWorkflowType } from '#contracts/temporal.ts'
import { type Database, openDatabase } from '#platform/database.ts'
import { testServer } from '#platform/testing.ts'
import { cloneDatabase } from '#tests/support/servers.ts'
import { ownNamespace } from '#tests/support/temporal.ts'
import { type DatabaseName, type Databases, databaseNames } from './books.ts'
import { type OrderInBooks, orders, writeBooks } from './testing/orders.ts'

export type TestBooks = Awaited<ReturnType<typeof createTestBooks>>

/** Right books in all four databases and in Temporal. */
export async function createTestBooks() {
  const clones = await Promise.all(
    databaseNames.map(async (name) => ({ ...(await cloneDatabase(name)), name })),
  )
  const databases = Object.fromEntries(
    clones.map(({ name, url }) => [name, openDatabase(url, { max: 2 })]),
  ) as Record<DatabaseName, Database>
  await writeBooks(databases)
  const address = testServer('TEST_TEMPORAL_ADDRESS')
  const connection = await Connection.connect({ address })
  const inTemporal = async (change: (order: OrderInBooks) => OrderInBooks = (order) => order) => {
    const client = new Client({ connection, namespace: await ownNamespace(address) })
    await startWorkflows(client, orders.map(change))
    return client
  }
  return {
    temporal: await inTemporal(),
    inTemporal,
    databases,
    urls: Object.fromEntries(clones.map(({ name, url }) => [name, url])) as Record<DatabaseName, string>,
    breaking: (work: (databases: Databases) => Promise<void>) => breaking(databases, databaseNames, {}, work),
    async drop(): Promise<void> {
      await connection.close()
      for (const name of databaseNames) await databases[name].close()
      await Promise.all(clones.map(({ drop }) => drop()))
    },
  }
}

class Enough extends Error {}

/**
 * Inside one transaction per database, all rolled back in the end: constraints may be dropped and books broken, and
 * nobody else ever sees it.
 */
async function breaking(
  databases: Record<DatabaseName, Database>,
  [name, ...others]: readonly DatabaseName[],
  open: Partial<Databases>,
  work: (databases: Databases) => Promise<void>,
): Promise<void> {
  if (name === undefined) return work(open as Databases)
  try {
    await databases[name].transaction(async (tx) => {
      await breaking(databases, others, { ...open, [name]: tx }, work)
      throw new Enough()
    })
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
}

const taskQueue = 'nobody-works-here'

/** Workflows that nobody runs; those of ended orders are completed by hand. */
async function startWorkflows(client: Client, all: readonly OrderInBooks[]): Promise<void> {
  const start = ({ orderId, status }: OrderInBooks) =>
    client.workflow.start(orderWorkflowType, {
      workflowId: orderWorkflowId(orderId),
      taskQueue,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: defineSearchAttributeKey('OrderStatus', 'KEYWORD'), value: status },
      ]),
    })
  const there = all.filter(({ workflow }) => workflow !== 'forgotten')
  for (const order of there.filter(({ workflow }) => workflow === 'closed')) {
    await start(order)
    await completeNext(client)
  }
  for (const order of there.filter(({ workflow }) => workflow !== 'closed')) {
    const handle = await start(order)
    if (order.workflow === 'terminated') await handle.terminate('the test wants it so')
  }
}

const { COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION } = proto.temporal.api.enums.v1.CommandType

async function completeNext({ connection, options }: Client): Promise<void> {
  const { namespace } = options
  const { workflowService } = connection
  const { taskToken } = await connection.withDeadline(Date.now() + 20_000, () =>
    workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: taskQueue }, identity: 'test' }),
  )
  await workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    identity: 'test',
    commands: [
      {
        commandType: COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
        completeWorkflowExecutionCommandAttributes: {},
      },
    ],
  })
}
