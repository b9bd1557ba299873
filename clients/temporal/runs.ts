import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionInfo,
  WorkflowNotFoundError,
} from '@temporalio/client'
import type { OrderRuns, StuckOrder } from '#contracts/clients.ts'
import type { PlaceOrder } from '#contracts/order.ts'
import { orderIdIn, orderWorkflowId, orderWorkflowType, workflowTypes } from '#contracts/temporal.ts'
import { startOptions } from './orders.ts'

/** So many of each kind at most. */
const most = 500
const stuck = 'StuckStep IS NOT NULL OR TemporalReportedProblems IS NOT NULL'
const gone = `ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')`
const about = [orderWorkflowType, workflowTypes.refund, workflowTypes.return]
  .map((type) => `'${type}'`)
  .join()

export function createOrderRuns(client: Client): OrderRuns {
  async function list(query: string): Promise<WorkflowExecutionInfo[]> {
    const found: WorkflowExecutionInfo[] = []
    for await (const run of client.workflow.list({ query, pageSize: most }))
      if (found.push(run) >= most) break
    return found
  }

  /** Those of the orders with these workflows that have a run. */
  async function running(workflowIds: readonly string[]): Promise<Set<string>> {
    if (workflowIds.length === 0) return new Set()
    const ids = workflowIds.map((id) => `'${id.replaceAll("'", "''")}'`).join()
    const runs = await list(`ExecutionStatus = 'Running' AND WorkflowId IN (${ids})`)
    return new Set(runs.map(({ workflowId }) => workflowId))
  }

  async function lastRun(orderId: string) {
    try {
      return await client.workflow.getHandle(orderWorkflowId(orderId)).describe()
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined
      throw error
    }
  }

  /** What the order's last run was started with. */
  async function inputOf({
    workflowId,
    runId,
  }: Pick<WorkflowExecutionInfo, 'workflowId' | 'runId'>): Promise<PlaceOrder | undefined> {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    })
    const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []
    return payload && client.options.loadedDataConverter.payloadConverter.fromPayload<PlaceOrder>(payload)
  }

  return {
    async resume(orderId, known) {
      const last = await lastRun(orderId)
      if (last?.status.name === 'RUNNING') return 'running'
      const order = known ?? (last && (await inputOf(last)))
      if (!order) return 'unknown'
      try {
        await client.workflow.start(orderWorkflowType, {
          ...startOptions(order),
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
        })
        return 'resumed'
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'running'
        throw error
      }
    },

    async trouble(orderId) {
      const last = await lastRun(orderId)
      if (!last) return forgotten(orderId)
      return last.status.name === 'RUNNING' && !isStuck(last) ? undefined : troubleOf(orderId, last)
    },

    async troubles() {
      const [standing, closed] = await Promise.all([
        list(`WorkflowType IN (${about}) AND ExecutionStatus = 'Running' AND (${stuck})`),
        list(`WorkflowType = '${orderWorkflowType}' AND ${gone}`),
      ])
      const again = await running(closed.map(({ workflowId }) => workflowId))
      const all = [...standing, ...closed.filter(({ workflowId }) => !again.has(workflowId))]
      return all.map((run) => troubleOf(orderIdIn(run.workflowId), run))
    },
  }
}

const remedy = (orderId: string): string => `start it again with order-saga orders resume ${orderId}`

const forgotten = (orderId: string): StuckOrder => ({
  orderId,
  step: 'workflow',
  since: new Date(),
  error: `Temporal knows of no workflow of it: ${remedy(orderId)}`,
  about: { customerId: '', source: '', status: '', placedAt: '' },
})

type Run = Pick<WorkflowExecutionInfo, 'status' | 'searchAttributes' | 'startTime' | 'closeTime' | 'memo'>

const isStuck = ({ searchAttributes }: Run): boolean =>
  searchAttributes.StuckStep !== undefined || searchAttributes.TemporalReportedProblems !== undefined

function troubleOf(orderId: string, run: Run): StuckOrder {
  const { status, searchAttributes, startTime, closeTime, memo } = run
  const of = (name: string) => String(searchAttributes[name]?.[0] ?? '')
  const { placedAt = startTime.toISOString() } = (memo ?? {}) as { placedAt?: string }
  const about = {
    customerId: of('CustomerId'),
    source: of('OrderSource'),
    status: of('OrderStatus'),
    placedAt,
  }
  const trouble = { orderId, step: 'workflow', since: startTime, about }
  if (status.name !== 'RUNNING') {
    const state = status.name.toLowerCase().replace('_', ' ')
    return {
      ...trouble,
      since: closeTime ?? startTime,
      error: `its workflow was ${state}: ${remedy(orderId)}`,
    }
  }
  const step = of('StuckStep')
  if (step) return { ...trouble, step, error: 'see its workflow in Temporal' }
  const problems = (searchAttributes.TemporalReportedProblems ?? []).join(', ')
  return { ...trouble, error: `its workflow's code fails, see its workflow task in Temporal: ${problems}` }
}
