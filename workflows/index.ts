// Everything that the order worker runs; the bundle is made from here.
export { orderWorkflow } from './order.ts'
export { redriveWorkflow } from './redrive.ts'
export { refundWorkflow } from './refund.ts'
export { returnWorkflow } from './return.ts'
export { webhookWorkflow } from './webhook.ts'
