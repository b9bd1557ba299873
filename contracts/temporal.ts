export const taskQueues = { order: 'order', inventory: 'inventory', payment: 'payment' } as const

/** The workflow's type name, as the Temporal Web UI shows it. */
export const orderWorkflowType = 'orderWorkflow'

const prefix = 'order-'
export const orderWorkflowId = (orderId: string): string => `${prefix}${orderId}`
export const orderIdOf = (workflowId: string): string => workflowId.slice(prefix.length)

/** Names of the workflow's handlers; their definitions with types are in workflows/order.ts. */
export const handlers = {
  place: 'place',
  cancel: 'cancel',
  decide: 'decide',
  courierNews: 'courierNews',
  getOrder: 'getOrder',
} as const

/** Registered before the first order; see the filters in docs/runbook.md. */
export const searchAttributes = {
  OrderStatus: 'Keyword',
  CustomerId: 'Keyword',
  OrderSource: 'Keyword',
  StuckStep: 'Keyword',
} as const
