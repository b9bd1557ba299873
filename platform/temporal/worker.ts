import { type NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import type { Logger } from '../logger.ts'

type StartWorkerOptions = {
  native: NativeConnection
  namespace: string
  taskQueue: string
  workflowBundle?: WorkflowBundleOption
  activities?: object
  logger: Logger
}

// Few open polls cost the server little; they become more only while tasks wait.
const POLLERS = { type: 'autoscaling', minimum: 1, initial: 2, maximum: 10 } as const

/** Runs a worker. A worker that dies takes its process with it; `stop` lets it finish what it has, for up to 10 s. */
export async function startWorker(options: StartWorkerOptions): Promise<{ stop(): Promise<void> }> {
  const { native, namespace, taskQueue, workflowBundle, activities, logger } = options
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    ...(workflowBundle && { workflowBundle }),
    ...(activities && { activities }),
    workflowTaskPollerBehavior: POLLERS,
    activityTaskPollerBehavior: POLLERS,
    maxCachedWorkflows: 500,
    shutdownGraceTime: 5_000,
    shutdownForceTime: 9_000,
  })
  const running = worker.run()
  logger.info({ taskQueue }, 'worker runs')
  return {
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown()
      await running
    },
  }
}
