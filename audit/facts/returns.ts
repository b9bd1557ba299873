import { isFinalReturn } from '#contracts/return.ts'
import { returnWorkflowId } from '#contracts/temporal.ts'
import { naming, type Sources } from '../sources.ts'
import type { OrderRow } from './order.ts'
import { describeWorkflows } from './workflows.ts'

/** Returns that have not ended, and that no running workflow drives: their numbers, by order. */
export async function strandedReturns(
  { temporal, unavailable }: Sources,
  orders: readonly OrderRow[],
): Promise<Map<string, number[]>> {
  const open = orders.flatMap(({ orderId, returns }) =>
    returns
      .filter(({ status }) => !isFinalReturn(status))
      .map(({ number }) => ({ orderId, number, workflowId: returnWorkflowId(orderId, number) })),
  )
  const ids = open.map(({ workflowId }) => workflowId)
  const found = await naming(unavailable, 'Temporal', () => describeWorkflows(temporal, ids))
  const stranded = open.filter(({ workflowId }) => found.get(workflowId)?.state !== 'RUNNING')
  const byOrder = Map.groupBy(stranded, ({ orderId }) => orderId)
  return new Map([...byOrder].map(([orderId, all]) => [orderId, all.map(({ number }) => number)]))
}
