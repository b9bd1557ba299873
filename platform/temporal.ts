import { Client } from '@temporalio/client'
import {
  bundleWorkflowCode,
  type LogLevel,
  type LogMetadata,
  NativeConnection,
  Runtime,
  type Logger as TemporalLogger,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker'
import { waitUntilUp } from './lifecycle.ts'
import type { Logger } from './logger.ts'

export type Temporal = {
  /** Shares the connection with the workers, which makes eager workflow start possible. */
  client: Client
  native: NativeConnection
  namespace: string
  /** Stop the workers first. */
  close(): Promise<void>
}

type TemporalOptions = { address: string; namespace?: string; logger: Logger; signal?: AbortSignal }

/** Resolves when the server is up and knows the namespace. */
export async function connectTemporal(options: TemporalOptions): Promise<Temporal> {
  const { address, namespace = 'default', logger, signal } = options
  installRuntime(logger)
  const native = await waitUntilUp(`Temporal at ${address}`, () => connect(address, namespace), {
    logger,
    signal,
  })
  return {
    client: new Client({ connection: native, namespace }),
    native,
    namespace,
    close: () => native.close(),
  }
}

async function connect(address: string, namespace: string): Promise<NativeConnection> {
  const native = await NativeConnection.connect({ address })
  try {
    await native.withDeadline(Date.now() + 5_000, () =>
      native.workflowService.describeNamespace({ namespace }),
    )
    return native
  } catch (error) {
    await native.close()
    throw error
  }
}

export type SearchAttributeType = 'TEXT' | 'KEYWORD' | 'INT' | 'DOUBLE' | 'BOOL' | 'DATETIME' | 'KEYWORD_LIST'

const INDEXED_VALUE_TYPE: Record<SearchAttributeType, number> = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
}

/** Registers the search attributes that are missing and waits until they can be used. */
export async function ensureSearchAttributes(
  client: Client,
  namespace: string,
  attributes: Record<string, SearchAttributeType>,
  { logger, signal }: { logger: Logger; signal?: AbortSignal },
): Promise<void> {
  const { operatorService } = client.connection
  const missing = async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
    return Object.entries(attributes).filter(([name]) => customAttributes[name] === undefined)
  }
  const register = async () => {
    const absent = await missing()
    if (absent.length === 0) return
    const searchAttributes = Object.fromEntries(
      absent.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]),
    )
    await operatorService.addSearchAttributes({ namespace, searchAttributes })
    if ((await missing()).length > 0) throw new Error('registered, not visible yet')
  }
  await waitUntilUp('search attributes', register, { logger, signal })
}

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

let installed = false

/** The SDK has one runtime per operating-system process, so the first logger is everyone's. */
function installRuntime(logger: Logger): void {
  if (installed) return
  installed = true
  Runtime.install({
    logger: temporalLogger(logger),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    // Signals are the process's business: lifecycle.ts stops the workers, in its order.
    shutdownSignals: [],
  })
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const

function temporalLogger(logger: Logger): TemporalLogger {
  const log = (level: LogLevel, message: string, meta: LogMetadata = {}) =>
    logger[LEVELS[level]](meta, message)
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    // The SDK tells of every worker state and workflow at INFO; that is our DEBUG.
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('DEBUG', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  }
}
