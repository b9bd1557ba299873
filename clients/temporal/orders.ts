import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowStartOptions,
} from '@temporalio/client'
import { TypedSearchAttributes } from '@temporalio/common'
import type { OrderWorkflows, Told } from '#contracts/clients.ts'
import { messageOf } from '#contracts/failures.ts'
import type { ShipmentEvent } from '#contracts/logistics.ts'
import type {
  CancelAnswer,
  DecisionAnswer,
  OrderProgress,
  PlacedOrder,
  PlaceOrder,
} from '#contracts/order.ts'
import * as attributes from '#contracts/search-attributes.ts'
import { handlers, orderWorkflowId, orderWorkflowType, taskQueues } from '#contracts/temporal.ts'
import { createRecentKeys } from '#platform/process/recent-keys.ts'
import { ask, serverMayTake } from './ask.ts'
import { faultOf } from './errors.ts'
import { createUpdates, refusalIn, update } from './updates.ts'

type OrderMemo = { fingerprint: string; placedAt: string }

/** For the consumer: an order that hangs holds up no other's news for longer. */
const eventMayTake = 2_000

export function createOrderWorkflows(client: Client): OrderWorkflows {
  const handle = (orderId: string) => client.workflow.getHandle(orderWorkflowId(orderId))
  const askUpdate = createUpdates(client)
  /** Orders that did not take an update of late: their news goes by signal at once. */
  const slow = createRecentKeys({ max: 10_000, lasts: 30_000 })
  /** An event that went by signal: the same again moves nothing. */
  const signalled = createRecentKeys({ max: 10_000, lasts: 600_000 })

  return {
    async place(order, { waitFor = 5_000 } = {}) {
      const start = startOptions(order)
      try {
        return await ask(client, waitFor, () =>
          client.workflow.executeUpdateWithStart<() => Promise<unknown>, PlacedOrder, []>(handlers.place, {
            updateId: handlers.place,
            startWorkflowOperation: new WithStartWorkflowOperation(orderWorkflowType, start),
          }),
        )
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return ended(order.orderId)
        const fault = faultOf(error)
        if (fault === undefined || fault === 'unavailable' || fault === 'never') throw error
        // No answer in time. The start alone is what makes the order durable.
        return ask(client, serverMayTake, () => client.workflow.start(orderWorkflowType, start)).then(
          () => ({ pending: true }) as const,
          (failed) =>
            failed instanceof WorkflowExecutionAlreadyStartedError
              ? ended(order.orderId)
              : Promise.reject(failed),
        )
      }
    },

    cancel: (orderId, request, id) => change<CancelAnswer>(orderId, handlers.cancel, request, id),
    decide: (orderId, decision, id) => change<DecisionAnswer>(orderId, handlers.decide, decision, id),
    moveShipment: (orderId, move, id) => change<DecisionAnswer>(orderId, handlers.moveShipment, move, id),

    async tell(orderId, event) {
      const id = `courier/${event.shipmentId}/${event.status}`
      if (signalled.has(id)) return { kind: 'told' }
      if (!slow.has(orderId)) {
        const told = await tellByUpdate(orderId, event, id)
        if (told) return told
        slow.add(orderId)
      }
      return tellBySignal(orderId, event, id)
    },

    async progress(orderId, { waitFor = serverMayTake } = {}) {
      try {
        return await ask(client, waitFor, () => handle(orderId).query<OrderProgress>(handlers.getOrder))
      } catch (error) {
        if (faultOf(error) === 'gone') return undefined
        throw error
      }
    },
  }

  function change<T>(orderId: string, name: string, request: unknown, id: string | undefined) {
    return askUpdate<T>('order', { workflowId: orderWorkflowId(orderId), name, args: [request], id })
  }

  /**
   * An update is cheap. Its id is the move, not the event: a courier who tells of each scan costs one update of the 2,000
   * that a run takes. Undefined when it was not taken: a signal may be.
   */
  async function tellByUpdate(orderId: string, event: ShipmentEvent, id: string): Promise<Told | undefined> {
    const workflowId = orderWorkflowId(orderId)
    try {
      await client.withDeadline(Date.now() + eventMayTake, () =>
        update(client, { workflowId, name: handlers.shipmentEvent, args: [event], id }),
      )
      return { kind: 'told' }
    } catch (error) {
      const refusal = refusalIn(error)
      if (refusal) return { kind: 'unmoved', why: refusal.message }
      const fault = faultOf(error)
      if (fault === undefined || fault === 'unavailable') throw error
      return fault === 'gone' ? { kind: 'ended' } : undefined
    }
  }

  /** Waits for a worker in the workflow's history. */
  async function tellBySignal(orderId: string, event: ShipmentEvent, id: string): Promise<Told> {
    try {
      await client.withDeadline(Date.now() + serverMayTake, () =>
        handle(orderId).signal(handlers.shipmentEvent, event),
      )
      signalled.add(id)
      return { kind: 'told' }
    } catch (error) {
      const fault = faultOf(error)
      if (fault === 'gone') return { kind: 'ended' }
      if (fault === 'never') return { kind: 'impossible', why: messageOf(error) }
      throw error
    }
  }

  async function ended(orderId: string): Promise<PlacedOrder> {
    const { memo, searchAttributes } = await ask(client, serverMayTake, () => handle(orderId).describe())
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
