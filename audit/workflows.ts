import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client'
import { orderIdOf, orderWorkflowId, returnWorkflowId } from '#contracts/temporal.ts'
import { naming } from './books.ts'

export type WorkflowFacts = {
  /** RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, TIMED_OUT ... */
  state: string
  /** Its search attribute. */
  orderStatus: string | undefined
}

type Run = Pick<WorkflowExecutionInfo, 'status' | 'searchAttributes'>
type Found = Map<string, WorkflowFacts>

/** Describes so many at once. */
const AT_ONCE = 8
const PAGE = 500

/** The newest run of each order's workflow. */
export function workflowsOf(temporal: Client, orderIds: readonly string[], exactly: boolean): Promise<Found> {
  return naming('Temporal', () => (exactly ? describe(temporal, orderIds) : list(temporal, orderIds)))
}

async function list(temporal: Client, orderIds: readonly string[]): Promise<Found> {
  const found: Found = new Map()
  if (orderIds.length === 0) return found
  const ids = orderIds.map((orderId) => `'${orderWorkflowId(orderId).replaceAll("'", "''")}'`)
  const query = `WorkflowId IN (${ids.join(', ')})`
  const newest = new Map<string, Date>()
  for await (const run of temporal.workflow.list({ query, pageSize: PAGE })) {
    const { workflowId, startTime } = run
    if (startTime < (newest.get(workflowId) ?? startTime)) continue
    newest.set(workflowId, startTime)
    found.set(orderIdOf(workflowId), factsOf(run))
  }
  return found
}

async function describe(temporal: Client, orderIds: readonly string[]): Promise<Found> {
  const runs = await findEach(temporal, orderIds.map(orderWorkflowId))
  return new Map([...runs].map(([workflowId, run]) => [orderIdOf(workflowId), factsOf(run)]))
}

/** A return of an order, by its number. */
export type ReturnOf = { orderId: string; number: number }

export const returnId = ({ orderId, number }: ReturnOf): string => returnWorkflowId(orderId, number)

/** Those of the returns whose workflow runs, by `returnId`. */
export function drivenReturns(temporal: Client, returns: readonly ReturnOf[]): Promise<Set<string>> {
  return naming('Temporal', async () => {
    const runs = await findEach(temporal, returns.map(returnId))
    const running = [...runs].filter(([, run]) => run.status.name === 'RUNNING')
    return new Set(running.map(([workflowId]) => workflowId))
  })
}

/** The newest run of each, by workflow id. */
async function findEach(temporal: Client, workflowIds: readonly string[]): Promise<Map<string, Run>> {
  const found = new Map<string, Run>()
  const rest = workflowIds.values()
  const worker = async () => {
    for (const workflowId of rest) {
      const run = await find(temporal, workflowId)
      if (run) found.set(workflowId, run)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return found
}

async function find(temporal: Client, workflowId: string): Promise<Run | undefined> {
  try {
    return await temporal.workflow.getHandle(workflowId).describe()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}

const factsOf = ({ status, searchAttributes }: Run): WorkflowFacts => ({
  state: status.name,
  orderStatus: searchAttributes.OrderStatus?.map(String)[0],
})

/** Pages of the orders that Temporal has a workflow of. */
export async function* orderIdsInTemporal(temporal: Client): AsyncGenerator<string[]> {
  const runs = temporal.workflow.list({
    query: `WorkflowId STARTS_WITH '${orderWorkflowId('')}'`,
    pageSize: PAGE,
  })
  const listed = runs[Symbol.asyncIterator]()
  for (;;) {
    const page = await naming('Temporal', () => take(listed, PAGE))
    if (page.length === 0) return
    yield page.map(({ workflowId }) => orderIdOf(workflowId))
  }
}

async function take<T>(from: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = []
  while (taken.length < count) {
    const { done, value } = await from.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

/** How long Temporal keeps a closed workflow, in ms. */
export async function retentionOf({ connection, options }: Client): Promise<number> {
  const { namespace } = options
  const { config } = await naming('Temporal', () =>
    connection.workflowService.describeNamespace({ namespace }),
  )
  const seconds = config?.workflowExecutionRetentionTtl?.seconds
  return seconds ? Number(seconds) * 1_000 : Number.POSITIVE_INFINITY
}
