import { CancellationScope, condition, log, setHandler } from '@temporalio/workflow'
import { failureTypes } from '#contracts/failures.ts'
import type { ShipmentEvent } from '#contracts/logistics.ts'
import type { CancelAnswer, CancelRequest } from '#contracts/order.ts'
import {
  cancelUpdate,
  decideUpdate,
  getOrderQuery,
  moveShipmentUpdate,
  placeUpdate,
  shipmentEventSignal,
  shipmentEventUpdate,
} from '../shared/definitions.ts'
import { refuse } from '../shared/refuse.ts'
import { problemsOf, refuseMalformed, shapes } from '../shared/wellformed.ts'
import { workflowCancelled } from './cancellations.ts'
import {
  changeFor,
  judgeCancel,
  judgeDecision,
  judgeMove,
  judgeShipmentEvent,
  mayBeEarly,
} from './requests.ts'
import type { OrderState } from './state.ts'
import { move, saveOnTheWay } from './tracking.ts'

/**
 * Who may ask what of a running order. What a person asks is answered when it is on record, or refused there; a run that
 * has not read its record yet knows nothing to judge by, and judges then.
 */
export function handleRequests(order: OrderState): void {
  const { orderId } = order.request
  const answer = () => ({ orderId, status: order.facts.status })
  // Not cancelled with the workflow: a request is answered while it is undone, too.
  const recorded = () => CancellationScope.nonCancellable(() => condition(() => order.placed !== undefined))

  setHandler(getOrderQuery, () => order.progress())
  setHandler(placeUpdate, async () => {
    await recorded()
    const { fingerprint, placedAt } = order.placed ?? order.request
    return { ...answer(), fingerprint, placedAt }
  })
  setHandler(
    cancelUpdate,
    async (request): Promise<CancelAnswer> => {
      await recorded()
      if (!(await order.cancel(request))) judgeCancel(order)
      return { ...answer(), accepted: true }
    },
    {
      validator: (request: CancelRequest) => {
        refuseMalformed(request, shapes.cancel)
        judgeCancel(order)
      },
    },
  )
  setHandler(
    decideUpdate,
    async (decision) => {
      if (!order.placed) {
        await recorded()
        judgeDecision(order, decision)
      }
      const why = decision.kind === 'cancel' ? 'not wanted without the missing lines' : undefined
      const taken = await order.ask(changeFor(order, decision), decision.by, why)
      if (!taken) refuse(failureTypes.notAwaitingDecision, `the order is ${order.facts.status}`)
      return answer()
    },
    {
      validator: (decision) => {
        const shape = decision?.kind === 'amend' ? shapes.amend : shapes.refuseRest
        refuseMalformed(decision, shape)
        if (order.placed) judgeDecision(order, decision)
      },
    },
  )
  setHandler(
    moveShipmentUpdate,
    async (request) => {
      if (!order.placed) await recorded()
      const { shipmentId, status, by, note } = request
      const moved = move(order, shipmentId, status, by, note)
      await order.save()
      if (!moved || order.isLeftOut(moved)) judgeMove(order, request)
      return answer()
    },
    {
      validator: (request) => {
        refuseMalformed(request, shapes.move)
        if (order.placed) judgeMove(order, request)
      },
    },
  )

  /** News from before the hand-off counts only when the record knows of one that this run has not heard of. */
  const hear = async ({ shipmentId, status, by, note }: ShipmentEvent) => {
    await recorded()
    if (mayBeEarly(order)) await order.consult()
    if (move(order, shipmentId, status, by, note)) saveOnTheWay(order)
  }
  setHandler(shipmentEventUpdate, hear, {
    validator: (event) => {
      refuseMalformed(event, shapes.event)
      judgeShipmentEvent(order, event)
    },
  })
  setHandler(shipmentEventSignal, (event) => {
    const problems = problemsOf(event, shapes.event)
    if (problems) return log.warn('shipment event dropped', { orderId, problems })
    return hear(event)
  })
  CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(async () => {
      await recorded()
      await order.cancel(workflowCancelled)
    }),
  )
}
