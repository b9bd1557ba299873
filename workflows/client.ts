import {
  type Client,
  isGrpcDeadlineError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { ApplicationFailure, defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common'
import { type FailureType, failureTypes } from '#contracts/failures.ts'
import type { CourierNews } from '#contracts/logistics.ts'
import type {
  CancelAnswer,
  CancelRequest,
  Decision,
  DecisionAnswer,
  OrderProgress,
  PlacedOrder,
  PlaceOrder,
} from '#contracts/order.ts'
import { handlers, orderWorkflowId, orderWorkflowType, taskQueues } from '#contracts/temporal.ts'

/** Why an update was not taken; `message` says what would be right. */
export type UpdateRefusal = { refused: FailureType | 'NotFound'; message: string }

/** The running orders, as the gateway and the order worker's consumers reach them. */
export type OrderWorkflows = {
  /**
   * Starts the order's workflow, or finds it, and answers once it is on record. An order that ended before answers as it ended.
   * `pending`: not on record within `waitFor` ms (default 5 s), yet durably placed.
   */
  place(order: PlaceOrder, options?: { waitFor?: number }): Promise<PlacedOrder | { pending: true }>
  cancel(orderId: string, request: CancelRequest): Promise<CancelAnswer | UpdateRefusal>
  decide(orderId: string, decision: Decision): Promise<DecisionAnswer | UpdateRefusal>
  /** `ended`: the workflow is over, or there never was one. */
  tell(orderId: string, news: CourierNews): Promise<'told' | 'ended'>
  progress(orderId: string): Promise<OrderProgress | undefined>
}

type OrderMemo = { fingerprint: string; placedAt: string }

export function createOrderWorkflows(client: Client): OrderWorkflows {
  const handle = (orderId: string) => client.workflow.getHandle(orderWorkflowId(orderId))

  return {
    async place(order, { waitFor = 5_000 } = {}) {
      const start = startOptions(order)
      try {
        return await client.withDeadline(Date.now() + waitFor, () =>
          client.workflow.executeUpdateWithStart<() => Promise<unknown>, PlacedOrder, []>(handlers.place, {
            startWorkflowOperation: new WithStartWorkflowOperation(orderWorkflowType, start),
          }),
        )
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return ended(order.orderId)
        if (!isTooSlow(error)) throw error
        // No worker answered in time. The start alone is what makes the order durable.
        return client.workflow.start(orderWorkflowType, start).then(
          () => ({ pending: true }) as const,
          (fault) =>
            fault instanceof WorkflowExecutionAlreadyStartedError
              ? ended(order.orderId)
              : Promise.reject(fault),
        )
      }
    },

    cancel: (orderId, request) =>
      answerOrRefusal(() =>
        handle(orderId).executeUpdate<CancelAnswer, [CancelRequest]>(handlers.cancel, { args: [request] }),
      ),

    decide: (orderId, decision) =>
      answerOrRefusal(() =>
        handle(orderId).executeUpdate<DecisionAnswer, [Decision]>(handlers.decide, { args: [decision] }),
      ),

    async tell(orderId, news) {
      try {
        await hearQuickly(orderId, news)
        return 'told'
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'ended'
        throw error
      }
    },

    async progress(orderId) {
      try {
        return await handle(orderId).query<OrderProgress>(handlers.getOrder)
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined
        throw error
      }
    },
  }

  /** As an update it is cheap; as a signal it waits for a worker, so one order that hangs holds up no other's news. */
  async function hearQuickly(orderId: string, news: CourierNews): Promise<void> {
    try {
      await client.withDeadline(Date.now() + 2_000, () =>
        handle(orderId).executeUpdate(handlers.courierNews, { args: [news], updateId: news.eventId }),
      )
    } catch (error) {
      if (!isTooSlow(error)) throw error
      await handle(orderId).signal(handlers.courierNews, news)
    }
  }

  async function ended(orderId: string): Promise<PlacedOrder> {
    const { memo, searchAttributes } = await handle(orderId).describe()
    const { fingerprint, placedAt } = memo as OrderMemo
    const [status] = searchAttributes.OrderStatus ?? []
    return { orderId, status: status as PlacedOrder['status'], fingerprint, placedAt }
  }
}

function startOptions(order: PlaceOrder) {
  const { orderId, customerId, source, reference, lines, fingerprint, placedAt } = order
  const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD')
  const pieces = lines.length === 1 ? '1 line' : `${lines.length} lines`
  return {
    workflowId: orderWorkflowId(orderId),
    taskQueue: taskQueues.order,
    args: [order],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    memo: { fingerprint, placedAt } satisfies OrderMemo,
    staticSummary: `${pieces} for customer ${customerId}, ${source}${reference === null ? '' : ` ${reference}`}`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: keyword('OrderStatus'), value: 'pending' },
      { key: keyword('CustomerId'), value: customerId },
      { key: keyword('OrderSource'), value: source },
    ]),
  } satisfies WorkflowStartOptions
}

const isTooSlow = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error)

/** A validator's refusal is an answer; everything else is thrown. */
async function answerOrRefusal<T>(update: () => Promise<T>): Promise<T | UpdateRefusal> {
  try {
    return await update()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      return {
        refused: 'NotFound',
        message: 'no such order is running: it has ended, or there never was one',
      }
    }
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      const refused = Object.values(failureTypes).find(
        (type) => type === (error.cause as ApplicationFailure).type,
      )
      if (refused) return { refused, message: error.cause.message }
    }
    throw error
  }
}
