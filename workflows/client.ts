import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
} from '@temporalio/client'
import { TypedSearchAttributes } from '@temporalio/common'
import type { CourierNews, MoveShipment } from '#contracts/logistics.ts'
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
import * as attributes from './attributes.ts'
import { answerOrRefusal, isTooSlow, refusalIn, type UpdateRefusal } from './updates.ts'

export type { UpdateRefusal } from './updates.ts'

/** The running orders, as the gateway and the order worker's consumers reach them. */
export type OrderWorkflows = {
  /**
   * Starts the order's workflow, or finds it, and answers once it is on record. An order that ended before answers as it ended.
   * `pending`: not on record within `waitFor` ms (default 5 s), yet durably placed.
   */
  place(order: PlaceOrder, options?: { waitFor?: number }): Promise<PlacedOrder | { pending: true }>
  cancel(orderId: string, request: CancelRequest): Promise<CancelAnswer | UpdateRefusal>
  decide(orderId: string, decision: Decision): Promise<DecisionAnswer | UpdateRefusal>
  /** By hand; answers once it is on record. */
  moveShipment(orderId: string, move: MoveShipment): Promise<DecisionAnswer | UpdateRefusal>
  /** `ended`: the workflow is over, or there never was one. `no_news`: it moves no parcel that was handed off. */
  tell(orderId: string, news: CourierNews): Promise<'told' | 'no_news' | 'ended'>
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
      answerOrRefusal('order', () =>
        handle(orderId).executeUpdate<CancelAnswer, [CancelRequest]>(handlers.cancel, { args: [request] }),
      ),

    decide: (orderId, decision) =>
      answerOrRefusal('order', () =>
        handle(orderId).executeUpdate<DecisionAnswer, [Decision]>(handlers.decide, { args: [decision] }),
      ),

    moveShipment: (orderId, move) =>
      answerOrRefusal('order', () =>
        handle(orderId).executeUpdate<DecisionAnswer, [MoveShipment]>(handlers.moveShipment, {
          args: [move],
        }),
      ),

    async tell(orderId, news) {
      try {
        await hearQuickly(orderId, news)
        return 'told'
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'ended'
        if (refusalIn(error)) return 'no_news'
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

export function startOptions(order: PlaceOrder) {
  const { orderId, customerId, source, reference, lines, fingerprint, placedAt } = order
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
      { key: attributes.orderStatus, value: 'pending' },
      { key: attributes.customerId, value: customerId },
      { key: attributes.orderSource, value: source },
    ]),
  } satisfies WorkflowStartOptions
}
