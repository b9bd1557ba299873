import { randomBytes } from 'node:crypto'
import { type Client, Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { searchAttributes } from '#contracts/temporal.ts'
import { until } from '#platform/testing/fixtures.ts'

const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
const keywords = Object.fromEntries(searchAttributes.map((name) => [name, keyword]))

export const registerSearchAttributes = (connection: Connection, namespace: string) =>
  connection.operatorService.addSearchAttributes({ namespace, searchAttributes: keywords })

/** A namespace of one's own, so that test files do not take each other's tasks on one server. */
export async function ownNamespace(address: string): Promise<string> {
  const namespace = `test-${randomBytes(4).toString('hex')}`
  const connection = await Connection.connect({ address })
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    })
    await until(`namespace ${namespace} is known`, () =>
      succeeds(() => registerSearchAttributes(connection, namespace)),
    )
    await until(`its search attributes are known`, () =>
      succeeds(() =>
        connection.workflowService.countWorkflowExecutions({ namespace, query: "OrderStatus = 'pending'" }),
      ),
    )
  } finally {
    await connection.close()
  }
  return namespace
}

/** As in the Web UI, to the end of its first workflow task. */
export async function resetWorkflow(client: Client, workflowId: string): Promise<void> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory()
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes)
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: first?.eventId ?? null,
    requestId: crypto.randomUUID(),
    reason: 'by hand',
  })
}

const succeeds = (call: () => Promise<unknown>): Promise<boolean> =>
  call().then(
    () => true,
    () => false,
  )
