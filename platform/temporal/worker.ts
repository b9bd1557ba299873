import {
  bundleWorkflowCode,
  type NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker'
import type { Logger } from '../logger.ts'
import { temporalLogger } from './runtime.ts'

type TuningOptions = Pick<
  WorkerOptions,
  | 'maxCachedWorkflows'
  | 'maxConcurrentActivityTaskExecutions'
  | 'maxConcurrentLocalActivityExecutions'
  | 'maxConcurrentWorkflowTaskExecutions'
  | 'workflowTaskPollerBehavior'
  | 'activityTaskPollerBehavior'
  | 'enableNonLocalActivities'
  | 'stickyQueueScheduleToStartTimeout'
  | 'interceptors'
  | 'identity'
>

type StartWorkerOptions = {
  native: NativeConnection
  namespace: string
  taskQueue: string
  workflowBundle?: WorkflowBundleOption
  activities?: object
  logger: Logger
  /** Pins each workflow to the version of the code that started it. */
  versioning?: { deploymentName: string; buildId: string }
  options?: TuningOptions
}

export type RunningWorker = { worker: Worker; stop(): Promise<void> }

// Few open polls cost the server little; they become more only while tasks wait.
const POLLERS = { type: 'autoscaling', minimum: 1, initial: 2, maximum: 10 } as const

/** Runs a worker. A worker that dies takes its process with it; `stop` lets it finish what it has, for up to 10 s. */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const { native, namespace, taskQueue, workflowBundle, activities, versioning, logger } = options
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    ...(workflowBundle && { workflowBundle }),
    ...(activities && { activities }),
    ...(versioning && { workerDeploymentOptions: pinned(versioning) }),
    workflowTaskPollerBehavior: POLLERS,
    activityTaskPollerBehavior: POLLERS,
    maxCachedWorkflows: 500,
    shutdownGraceTime: 5_000,
    shutdownForceTime: 9_000,
    ...options.options,
  })
  const running = worker.run()
  logger.info({ taskQueue }, 'worker runs')
  return {
    worker,
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown()
      await running
    },
  }
}

const pinned = ({ deploymentName, buildId }: { deploymentName: string; buildId: string }) => ({
  version: { deploymentName, buildId },
  useWorkerVersioning: true as const,
  defaultVersioningBehavior: 'PINNED' as const,
})

/** Bundles workflow code, once and ahead of the workers that run it. */
export function bundleWorkflows({ workflowsPath, logger }: { workflowsPath: string; logger?: Logger }) {
  return bundleWorkflowCode({ workflowsPath, ...(logger && { logger: temporalLogger(logger) }) })
}
