// Everything that the order worker runs; the bundle is made from here.
export { orderWorkflow } from './order/order.ts'
export { redriveWorkflow } from './redrive/redrive.ts'
export { refundWorkflow } from './refund/refund.ts'
export { returnWorkflow } from './return/return.ts'
export { webhookWorkflow } from './webhook/webhook.ts'
