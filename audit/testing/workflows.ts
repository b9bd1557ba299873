import type { Client } from '@temporalio/client'
import { defaultPayloadConverter, defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common'
import proto from '@temporalio/proto'
import { isFinalReturn } from '#contracts/return.ts'
import {
  orderIdOf,
  orderWorkflowId,
  orderWorkflowType,
  returnWorkflowId,
  workflowTypes,
} from '#contracts/temporal.ts'
import { until } from '#platform/testing/fixtures.ts'
import { type RecordedOrder, refundedOf, shipmentId, totalOf } from './orders.ts'

const taskQueue = 'of-the-audit'

/** Workflows that are where their orders are, and somebody who answers for them until `stop`. */
export async function startWorkflows(
  client: Client,
  all: readonly RecordedOrder[],
): Promise<{ stop(): Promise<void> }> {
  const there = all.filter(({ workflow }) => workflow !== 'forgotten')
  const worker = answerFor(client, new Map(there.map((order) => [order.orderId, order])))
  for (const order of there) {
    const handle = await startOrder(client, order)
    if (order.workflow === 'terminated') await handle.terminate('the test wants it so')
    await startReturns(client, order)
  }
  await until('every workflow is where it shall be', () => areThere(client, there))
  return worker
}

const startOrder = (client: Client, { orderId, status }: RecordedOrder) =>
  client.workflow.start(orderWorkflowType, {
    workflowId: orderWorkflowId(orderId),
    taskQueue,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: defineSearchAttributeKey('OrderStatus', 'KEYWORD'), value: status },
    ]),
  })

async function startReturns(client: Client, { orderId, returns }: RecordedOrder): Promise<void> {
  for (const { number } of returns.filter(({ status }) => !isFinalReturn(status))) {
    await client.workflow.start(workflowTypes.return, {
      workflowId: returnWorkflowId(orderId, number),
      taskQueue,
    })
  }
}

/** Temporal's lists are a moment behind. */
async function areThere(client: Client, there: readonly RecordedOrder[]): Promise<boolean> {
  const count = async (state: string) =>
    (await client.workflow.count(`WorkflowType = '${orderWorkflowType}' and ExecutionStatus = '${state}'`))
      .count
  const of = (workflow: RecordedOrder['workflow'][]) =>
    there.filter((one) => workflow.includes(one.workflow)).length
  if ((await count('Completed')) !== of(['closed'])) return false
  if ((await count('Running')) !== of(['idle', 'busy', 'failing'])) return false
  const idle = await Promise.all(
    there
      .filter(({ workflow }) => workflow === 'idle')
      .map(({ orderId }) => client.workflow.getHandle(orderWorkflowId(orderId)).describe()),
  )
  const failing = there.filter(({ workflow }) => workflow === 'failing').length
  const told = failing && (await client.workflow.count('TemporalReportedProblems is not null')).count
  return idle.every(({ raw }) => !raw.pendingWorkflowTask) && told === failing
}

const { COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION } = proto.temporal.api.enums.v1.CommandType
const { QUERY_RESULT_TYPE_ANSWERED } = proto.temporal.api.enums.v1.QueryResultType
const { WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE } =
  proto.temporal.api.enums.v1.WorkflowTaskFailedCause

const asPayloads = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value) ?? {}] })

const resultOf = (order: RecordedOrder) => ({
  status: order.status,
  reason: order.reason ?? null,
  charged: order.charged ? totalOf(order) : 0,
  refunded: refundedOf(order),
})

const progressOf = (order: RecordedOrder) => ({
  shipments: order.parcels.map(({ status }, i) => ({ shipmentId: shipmentId(order, i), status })),
})

type Service = Client['connection']['workflowService']
type Task = Awaited<ReturnType<Service['pollWorkflowTaskQueue']>>

/** A worker by hand: ends the workflows of ended orders, leaves the others waiting, and answers `getOrder`. */
function answerFor(client: Client, orders: ReadonlyMap<string, RecordedOrder>) {
  const { connection, options } = client
  const { workflowService } = connection
  const { namespace } = options
  const busyReturns = new Set(
    [...orders.values()]
      .filter(({ returnsAreBusy }) => returnsAreBusy)
      .flatMap(({ orderId, returns }) => returns.map(({ number }) => returnWorkflowId(orderId, number))),
  )
  const stopping = new AbortController()
  const answer = async (task: Task) => {
    const { taskToken, query, workflowExecution } = task
    const order = orders.get(orderIdOf(workflowExecution?.workflowId ?? ''))
    const said = { namespace, taskToken, identity: 'test' }
    if (query) {
      const queryResult = asPayloads(order ? progressOf(order) : {})
      return workflowService.respondQueryTaskCompleted({
        ...said,
        completedType: QUERY_RESULT_TYPE_ANSWERED,
        queryResult,
      })
    }
    if (order?.workflow === 'busy' || busyReturns.has(workflowExecution?.workflowId ?? '')) return undefined
    if (order?.workflow === 'failing') {
      const cause = WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE
      return workflowService.respondWorkflowTaskFailed({
        ...said,
        cause,
        failure: { message: 'x is not a function' },
      })
    }
    const ends = order?.workflow === 'closed'
    const completeWorkflowExecutionCommandAttributes = { result: order ? asPayloads(resultOf(order)) : null }
    const commands = ends
      ? [
          {
            commandType: COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
            completeWorkflowExecutionCommandAttributes,
          },
        ]
      : []
    return workflowService.respondWorkflowTaskCompleted({ ...said, commands })
  }
  const work = async () => {
    while (!stopping.signal.aborted) {
      const poll = () =>
        workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: taskQueue }, identity: 'test' })
      const task = await connection
        .withAbortSignal(stopping.signal, () => connection.withDeadline(Date.now() + 60_000, poll))
        .catch(() => undefined)
      if (task?.taskToken?.length) await answer(task).catch(() => {})
    }
  }
  const working = Promise.all([work(), work()])
  return {
    stop: async () => {
      stopping.abort()
      await working
    },
  }
}
