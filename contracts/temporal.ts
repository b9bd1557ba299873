export const taskQueues = {
  order: 'order',
  inventory: 'inventory',
  payment: 'payment',
  notification: 'notification',
} as const

/** The workflow's type name, as the Temporal Web UI shows it. */
export const orderWorkflowType = 'orderWorkflow'

const prefix = 'order-'
export const orderWorkflowId = (orderId: string): string => `${prefix}${orderId}`
export const orderIdOf = (workflowId: string): string => workflowId.slice(prefix.length)

/** The short workflows beside an order; all of them run on the task queue `order`. */
export const workflowTypes = {
  refund: 'refundWorkflow',
  return: 'returnWorkflow',
  redrive: 'redriveWorkflow',
  webhook: 'webhookWorkflow',
} as const
/** The amount is in it: when one was refused, a smaller one may come under the same key. */
export const refundWorkflowId = (orderId: string, key: string, amount: number | bigint | 'rest'): string =>
  `refund-${orderId}-${key}-${amount}`
export const returnWorkflowId = (orderId: string, number: number): string => `return-${orderId}-${number}`
export const redriveWorkflowId = (redriveId: string): string => `redrive-${redriveId}`
export const webhookWorkflowId = (webhookId: string, deliveryId: string): string =>
  `webhook-${webhookId}-${deliveryId}`

/** Whose order a workflow is about: `order-<id>`, `refund-<id>-<key>`, `return-<id>-<number>`. */
export const orderIdIn = (workflowId: string): string =>
  /^(?:order|refund|return)-([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})/.exec(workflowId)?.[1] ?? workflowId

/** Names of the workflows' handlers; their definitions with types are in workflows/shared/definitions.ts. */
export const handlers = {
  place: 'place',
  cancel: 'cancel',
  decide: 'decide',
  // As histories of running orders have it.
  shipmentEvent: 'courierNews',
  moveShipment: 'moveShipment',
  getOrder: 'getOrder',
  openReturn: 'openReturn',
  decideReturn: 'decideReturn',
  receiveReturn: 'receiveReturn',
  getRedrive: 'getRedrive',
} as const

/** Keywords, registered before the first order; see the filters in docs/runbook.md. */
export const searchAttributes = ['OrderStatus', 'CustomerId', 'OrderSource', 'StuckStep'] as const
