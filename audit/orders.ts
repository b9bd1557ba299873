import { isFinalShipment } from '#contracts/logistics.ts'
import { hasEnded, type OrderRow } from './order-facts.ts'
import { type Rule, verdict } from './rules.ts'
import type { WorkflowFacts } from './workflows.ts'

export const orderRules: Rule[] = [
  {
    kind: 'order',
    name: 'orders.recorded',
    says: 'Every order workflow has its order on record.',
    counts: 'workflows',
    judge({ order, workflow }) {
      if (!workflow) return undefined
      return verdict(order !== undefined, `its workflow is ${workflow.state}, and it is not on record`)
    },
  },
  {
    kind: 'order',
    name: 'orders.durable',
    says: 'Every order on record has its workflow.',
    counts: 'orders',
    apart: 'ended longer ago than Temporal keeps workflows',
    judge({ order, workflow, pastRetention }) {
      if (!order) return undefined
      if (!workflow && pastRetention) return 'apart'
      return verdict(workflow !== undefined, `${order.status}, and Temporal knows no workflow of it`)
    },
  },
  {
    kind: 'order',
    name: 'orders.failed',
    says: 'No order workflow has failed, or was ended by force.',
    counts: 'workflows',
    judge: ({ workflow }) => workflow && verdict(!isBroken(workflow), `its workflow is ${workflow.state}`),
  },
  {
    kind: 'order',
    name: 'orders.agree',
    says: 'An order has ended when its workflow has, and both show the same status.',
    counts: 'orders with a workflow',
    judge({ order, workflow }) {
      if (!order || !workflow || isBroken(workflow)) return undefined
      const agree =
        hasEnded(order) === (workflow.state === 'COMPLETED') && order.status === workflow.orderStatus
      return verdict(
        agree,
        `${order.status} on record, its workflow is ${workflow.state} and shows ${workflow.orderStatus}`,
      )
    },
  },
  {
    kind: 'order',
    name: 'orders.ended',
    says: 'What has ended says when, why if it was cancelled, and has no parcel on its way; the rest has not ended.',
    counts: 'orders',
    judge({ order }) {
      if (!order) return undefined
      const wrong = hasEnded(order) ? wrongEnd(order) : wrongMiddle(order)
      return verdict(wrong.length === 0, `${order.status}, but ${wrong.join(' and ')}`)
    },
  },
  {
    kind: 'order',
    name: 'orders.history',
    says: 'The newest entry of an order’s history has the order’s status.',
    counts: 'orders',
    judge: ({ order }) =>
      order &&
      verdict(
        order.status === order.lastStatus,
        `${order.status}, but its history ends with ${order.lastStatus ?? 'nothing'}`,
      ),
  },
  {
    kind: 'order',
    name: 'orders.customers',
    says: 'Every order that was taken on has a customer.',
    counts: 'orders taken on',
    judge({ order, customerKnown }) {
      if (!order?.accepted) return undefined
      return verdict(customerKnown, `there is no customer ${order.customerId}`)
    },
  },
]

const isBroken = ({ state }: WorkflowFacts): boolean => state !== 'RUNNING' && state !== 'COMPLETED'

const wrongEnd = ({ status, reason, endedAt, shipments }: OrderRow): string[] => [
  ...(endedAt ? [] : ['it does not say when']),
  ...((status === 'cancelled') === (reason !== null) ? [] : [`its reason is ${reason ?? 'missing'}`]),
  ...Object.entries(shipments)
    .filter(([, status]) => !isFinalShipment(status))
    .map(([shipmentId, status]) => `parcel ${shipmentId} is ${status}`),
]

const wrongMiddle = ({ endedAt, reason }: OrderRow): string[] => [
  ...(endedAt ? [`it ended at ${endedAt.toISOString()}`] : []),
  ...(reason ? [`it has a reason to be cancelled: ${reason}`] : []),
]
