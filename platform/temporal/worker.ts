import { type NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import type { Slots } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'

type StartWorkerOptions = {
  native: NativeConnection
  namespace: string
  taskQueue: string
  workflowBundle?: WorkflowBundleOption
  activities?: object
  /** How many running workflows stay in memory; of others the history is read again when something happens to them. */
  maxCachedWorkflows?: number
  /** Without, as many as the SDK finds right: for activities that use no pool of connections. */
  slots?: Slots
  logger: Logger
}

// Few open polls cost the server little; they become more only while tasks wait.
const POLLERS = { type: 'autoscaling', minimum: 1, initial: 2, maximum: 10 } as const

export type RunningWorker = {
  /** Throws when it does not run, or its server does not answer. */
  prove(): Promise<void>
  /** Lets it finish what it has, for up to 10 s. */
  stop(): Promise<void>
}

/** Runs a worker. A worker that dies takes its process with it. */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const { native, namespace, taskQueue, workflowBundle, activities, logger } = options
  const { maxCachedWorkflows = 500, slots } = options
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    ...(workflowBundle && { workflowBundle }),
    ...(activities && { activities }),
    ...(slots && {
      maxConcurrentActivityTaskExecutions: slots.activities,
      maxConcurrentLocalActivityExecutions: slots.localActivities,
    }),
    workflowTaskPollerBehavior: POLLERS,
    activityTaskPollerBehavior: POLLERS,
    maxCachedWorkflows,
    shutdownGraceTime: 5_000,
    shutdownForceTime: 9_000,
  })
  const running = worker.run()
  logger.info({ taskQueue, ...slots }, 'worker started')
  return {
    prove: async () => {
      if (worker.getState() !== 'RUNNING') throw new Error(`the worker is ${worker.getState()}`)
      await native.workflowService.getSystemInfo({})
    },
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown()
      await running
    },
  }
}
