import type { Client } from '@temporalio/client'
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common'
import proto from '@temporalio/proto'
import { isFinalReturn } from '#contracts/return.ts'
import { orderWorkflowId, orderWorkflowType, returnWorkflowId, workflowTypes } from '#contracts/temporal.ts'
import { until } from '#platform/testing.ts'
import type { OrderInBooks } from './orders.ts'

const taskQueue = 'nobody-works-here'

/** Workflows that nobody runs; those of ended orders are completed by hand. */
export async function startWorkflows(client: Client, all: readonly OrderInBooks[]): Promise<void> {
  const there = all.filter(({ workflow }) => workflow !== 'forgotten')
  const [closed, others] = [
    there.filter(({ workflow }) => workflow === 'closed'),
    there.filter(({ workflow }) => workflow !== 'closed'),
  ]
  for (const order of closed) {
    await startOrder(client, order)
    await completeNext(client)
  }
  for (const order of others) {
    const handle = await startOrder(client, order)
    if (order.workflow === 'terminated') await handle.terminate('the test wants it so')
  }
  for (const order of there) await startReturns(client, order)
  await listed(client, { closed: closed.length, all: there.length })
}

const startOrder = (client: Client, { orderId, status }: OrderInBooks) =>
  client.workflow.start(orderWorkflowType, {
    workflowId: orderWorkflowId(orderId),
    taskQueue,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: defineSearchAttributeKey('OrderStatus', 'KEYWORD'), value: status },
    ]),
  })

async function startReturns(client: Client, { orderId, returns }: OrderInBooks): Promise<void> {
  for (const { number } of returns.filter(({ status }) => !isFinalReturn(status))) {
    await client.workflow.start(workflowTypes.return, {
      workflowId: returnWorkflowId(orderId, number),
      taskQueue,
    })
  }
}

/** Temporal's lists are a moment behind. */
async function listed(client: Client, wanted: { closed: number; all: number }): Promise<void> {
  const count = async (query: string) => (await client.workflow.count(query)).count
  const orders = `WorkflowType = '${orderWorkflowType}'`
  await until('Temporal lists all workflows', async () => {
    const closed = await count(`${orders} and ExecutionStatus = 'Completed'`)
    return closed === wanted.closed && (await count(orders)) === wanted.all
  })
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
