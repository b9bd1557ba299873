import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client'
import { orderIdOf, orderWorkflowId } from '#contracts/temporal.ts'

export type WorkflowFacts = {
  /** RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, TIMED_OUT ... */
  state: string
  /** Its search attributes. */
  orderStatus: string | undefined
  stuckStep: string | undefined
  /** What the server says of tasks that fail again and again. */
  problems: string[]
  /** Changes whenever the workflow has done something. Only of one that was asked by itself. */
  mark?: string
  /** What it has in hand; undefined: it waits. Only of one that was asked by itself. */
  busy?: string | undefined
  /** Why its task failed, if it did when it was last tried. Only of one that was asked by itself. */
  failing?: string | undefined
}

type Run = Pick<WorkflowExecutionInfo, 'workflowId' | 'status' | 'searchAttributes'>
type Found = Map<string, WorkflowFacts>
type Described = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>

/** Asks so many at once. */
const AT_ONCE = 8
const LISTED = 500
/** In ms, for one answer; and for the first, which shows whether anybody is there. */
const PATIENCE = 20_000
const FIRST_PATIENCE = 5_000

/** The newest run of each order's workflow, as Temporal lists them: some seconds behind. */
export async function listWorkflows(temporal: Client, orderIds: readonly string[]): Promise<Found> {
  const found: Found = new Map()
  const newest = new Map<string, Date>()
  for (let from = 0; from < orderIds.length; from += LISTED) {
    const ids = orderIds.slice(from, from + LISTED).map((id) => `'${escaped(orderWorkflowId(id))}'`)
    const query = `WorkflowId IN (${ids.join(', ')})`
    await temporal.withDeadline(Date.now() + PATIENCE, async () => {
      for await (const run of temporal.workflow.list({ query, pageSize: LISTED })) {
        const { workflowId, startTime } = run
        if (startTime < (newest.get(workflowId) ?? startTime)) continue
        newest.set(workflowId, startTime)
        found.set(orderIdOf(workflowId), listedFacts(run))
      }
    })
  }
  return found
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")

const listedFacts = ({ status, searchAttributes }: Run): WorkflowFacts => ({
  state: status.name,
  orderStatus: searchAttributes.OrderStatus?.map(String)[0],
  stuckStep: searchAttributes.StuckStep?.map(String)[0],
  problems: (searchAttributes.TemporalReportedProblems ?? []).map(String),
})

/** Each workflow as it is now, with what it has in hand, by workflow id. Those that do not exist are left out. */
export async function describeWorkflows(temporal: Client, workflowIds: readonly string[]): Promise<Found> {
  const found: Found = new Map()
  await each(workflowIds, async (workflowId) => {
    const facts = await describe(temporal, workflowId)
    if (facts) found.set(workflowId, facts)
  })
  return found
}

async function describe(temporal: Client, workflowId: string): Promise<WorkflowFacts | undefined> {
  const handle = temporal.workflow.getHandle(workflowId)
  try {
    const run = await temporal.withDeadline(Date.now() + PATIENCE, () => handle.describe())
    const failing = isTrying(run) ? await taskFailure(temporal, run) : undefined
    const mark = `${run.runId}/${run.historyLength}`
    return { ...listedFacts(run), mark, busy: inHand(run), failing }
  } catch (error) {
    // An id that no workflow may have: there is none.
    if (error instanceof WorkflowNotFoundError || isRefusedId(error)) return undefined
    throw error
  }
}

const INVALID_ARGUMENT = 3
const isRefusedId = (error: unknown): boolean =>
  (error as { cause?: { code?: unknown } }).cause?.code === INVALID_ARGUMENT

/** Calls `work` for each, several at once. */
export async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
}

function inHand({ status, raw }: Described): string | undefined {
  if (status.name !== 'RUNNING') return undefined
  const [activity] = raw.pendingActivities ?? []
  if (activity) return `its workflow is at ${activity.activityType?.name ?? 'an activity'}`
  return raw.pendingWorkflowTask ? 'its workflow has a task to do' : undefined
}

/** Its task was tried before. */
const isTrying = ({ raw }: Described): boolean => (raw.pendingWorkflowTask?.attempt ?? 0) > 2

/**
 * Why the task of a workflow failed, if that is why it is tried again: only the first failure in a row is in its history.
 * One that timed out had a worker that died or hung, which is no fault of the workflow.
 */
async function taskFailure(temporal: Client, { workflowId, runId }: Described): Promise<string | undefined> {
  const { connection, options } = temporal
  const { history } = await connection.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 3,
  })
  const events = history?.events ?? []
  const last = events.find(
    ({ workflowTaskFailedEventAttributes: failed, workflowTaskTimedOutEventAttributes: late }) =>
      Boolean(failed ?? late),
  )
  return last?.workflowTaskFailedEventAttributes?.failure?.message ?? undefined
}

/** Pages of the orders that Temporal has a workflow of, newest first. */
export async function* orderIdsInTemporal(temporal: Client, since: Date | null): AsyncGenerator<string[]> {
  const started = since ? ` AND StartTime >= '${since.toISOString()}'` : ''
  const runs = temporal.workflow.list({
    query: `WorkflowId STARTS_WITH '${orderWorkflowId('')}'${started}`,
    pageSize: LISTED,
  })
  let page: string[] = []
  for await (const { workflowId } of runs) {
    page.push(orderIdOf(workflowId))
    if (page.length < LISTED) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** How long Temporal keeps a closed workflow, in ms. */
export async function retentionOf({ connection, options }: Client): Promise<number> {
  const { namespace } = options
  const { config } = await connection.withDeadline(Date.now() + FIRST_PATIENCE, () =>
    connection.workflowService.describeNamespace({ namespace }),
  )
  const seconds = config?.workflowExecutionRetentionTtl?.seconds
  return seconds ? Number(seconds) * 1_000 : Number.POSITIVE_INFINITY
}
