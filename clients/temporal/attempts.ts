import {
  type Client,
  isGrpcServiceError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { optionalTsToDate } from '@temporalio/common/lib/time.js'
import type { OrderAttempts, StepAttempt } from '#contracts/clients.ts'
import { orderWorkflowId, taskQueues } from '#contracts/temporal.ts'

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]

// Temporal's numbers and gRPC's: the enums are in packages that are no dependencies of ours.
const STARTED = 2
const ACTIVITIES = 2
const NOT_FOUND = 5

/** Whose work an activity is, by its type; what is not named is the order service's own. */
const services: Partial<Record<string, StepAttempt['service']>> = {
  reserveStock: 'inventory',
  releaseStock: 'inventory',
  takeBack: 'inventory',
  chargeOrder: 'payment',
  refundOrder: 'payment',
  recallShipment: 'logistics',
}
/** The courier is called by the order service's worker. */
const queueOf = (service: StepAttempt['service']): string =>
  service === 'logistics' ? taskQueues.order : taskQueues[service]

export function createOrderAttempts(client: Client): OrderAttempts {
  const { namespace } = client.options

  async function pending(orderId: string): Promise<Pending[]> {
    try {
      const { raw } = await client.workflow.getHandle(orderWorkflowId(orderId)).describe()
      return raw.pendingActivities ?? []
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return []
      throw error
    }
  }

  /** Temporal remembers who asked in the last minutes. */
  async function workerSeenAt(queue: string): Promise<Date | null> {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
      taskQueueType: ACTIVITIES,
    })
    const seen = (pollers ?? []).flatMap(({ lastAccessTime }) => optionalTsToDate(lastAccessTime) ?? [])
    return seen.toSorted((one, other) => other.getTime() - one.getTime())[0] ?? null
  }

  return {
    async list(orderId) {
      const steps = await pending(orderId)
      const queues = [...new Set(steps.map((step) => queueOf(serviceOf(step))))]
      const seen = new Map(
        await Promise.all(queues.map(async (queue) => [queue, await workerSeenAt(queue)] as const)),
      )
      return steps.map((step) => attemptOf(step, seen.get(queueOf(serviceOf(step))) ?? null))
    },

    async act(action, orderId, id, identity, reason = '') {
      const of = { namespace, execution: { workflowId: orderWorkflowId(orderId) }, id, identity }
      try {
        if (action === 'retry') await client.workflowService.resetActivity(of)
        else if (action === 'pause') await client.workflowService.pauseActivity({ ...of, reason })
        else await client.workflowService.unpauseActivity({ ...of, resetAttempts: true })
        return true
      } catch (error) {
        if (isGrpcServiceError(error) && codeOf(error) === NOT_FOUND) return false
        throw error
      }
    },
  }
}

const serviceOf = ({ activityType }: Pending): StepAttempt['service'] =>
  services[activityType?.name ?? ''] ?? 'order'

function attemptOf(step: Pending, workerSeenAt: Date | null): StepAttempt {
  const { activityId, activityType, attempt, lastFailure, lastWorkerIdentity, paused, pauseInfo } = step
  const nextRetryAt = optionalTsToDate(step.nextAttemptScheduleTime) ?? null
  return {
    activityId: activityId ?? '',
    activityType: activityType?.name ?? '',
    service: serviceOf(step),
    state: paused ? 'paused' : stateOf(step, nextRetryAt),
    attempt: attempt ?? 1,
    scheduledAt: optionalTsToDate(step.scheduledTime) ?? null,
    lastStartedAt: optionalTsToDate(step.lastStartedTime) ?? null,
    nextRetryAt,
    lastFailure: lastFailure?.message || null,
    lastWorker: lastWorkerIdentity || null,
    workerSeenAt,
    paused: paused
      ? {
          by: pauseInfo?.manual?.identity ?? '',
          reason: pauseInfo?.manual?.reason ?? '',
          at: optionalTsToDate(pauseInfo?.pauseTime) ?? null,
        }
      : null,
  }
}

const codeOf = ({ code }: { code: number }): number => code

function stateOf({ state }: { state?: number | null }, nextRetryAt: Date | null): StepAttempt['state'] {
  if (state === STARTED) return 'running'
  return nextRetryAt && nextRetryAt.getTime() > Date.now() ? 'waiting' : 'queued'
}
