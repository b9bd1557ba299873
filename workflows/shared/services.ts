import { type ActivityOptions, proxyActivities, proxyLocalActivities } from '@temporalio/workflow'
import type { InventoryActivities } from '#contracts/inventory.ts'
import type { LogisticsActivities } from '#contracts/logistics.ts'
import type { OrderActivities, OrderPolicy } from '#contracts/order-record.ts'
import type { PaymentActivities } from '#contracts/payment.ts'
import { taskQueues } from '#contracts/temporal.ts'

const startToCloseTimeout = '10s'

/** A blip is over after these; about 6 s in all. What fails longer shows as stuck. */
const fast: ActivityOptions = {
  startToCloseTimeout,
  // No worker at all is a failure too: the order would wait without a word otherwise. A backlog is none: whoever gave up a
  // place in it would queue up again at its end, with "stuck" and "unstuck" to write, just when there is most to do. So it
  // is longer than a backlog may last; whoever waits as long is stuck, whatever the reason, and queues up once more for good.
  scheduleToStartTimeout: '5m',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumAttempts: 6 },
}

/** Retries by the server cost no history, so an order can wait for days. */
const slow: ActivityOptions = {
  startToCloseTimeout,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
}

const at = (pace: ActivityOptions) => ({
  order: proxyActivities<OrderActivities>({ ...pace, taskQueue: taskQueues.order }),
  inventory: proxyActivities<InventoryActivities>({ ...pace, taskQueue: taskQueues.inventory }),
  payment: proxyActivities<PaymentActivities>({ ...pace, taskQueue: taskQueues.payment }),
  logistics: proxyActivities<LogisticsActivities>({ ...pace, taskQueue: taskQueues.order }),
})

/** The services as a workflow reaches them, at a pace of retrying. */
export type Services = ReturnType<typeof at>

export const fastRetry: Services = at(fast)
export const retryForever: Services = at(slow)
export const retryWithin = (policy: OrderPolicy): Services =>
  at({ ...slow, scheduleToCloseTimeout: policy.stepPatience })

/** The order service's short database steps run in the worker itself: one history event, no extra transition. */
export const localActivities = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '50ms', backoffCoefficient: 2, maximumAttempts: 4 },
})
