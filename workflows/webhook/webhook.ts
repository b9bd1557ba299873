import { ActivityFailure, CancellationScope, proxyActivities } from '@temporalio/workflow'
import { taskQueues } from '#contracts/temporal.ts'
import type { DeliverWebhook, WebhookActivities, WebhookOutcome } from '#contracts/webhook.ts'

/** The failure of an attempt says when the next one is, or that it was the last; these are for faults of ours. */
const { attemptDelivery } = proxyActivities<WebhookActivities>({
  taskQueue: taskQueues.notification,
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '3d',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
})

const { giveUpDelivery } = proxyActivities<WebhookActivities>({
  taskQueue: taskQueues.notification,
  startToCloseTimeout: '10s',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '5m' },
})

/** One event for one partner, tried for about a day and a half. The server waits between the attempts: no history. */
export async function webhookWorkflow(request: DeliverWebhook): Promise<WebhookOutcome> {
  try {
    const { answer, attempts } = await attemptDelivery(request)
    return { status: 'delivered', attempts, lastAnswer: answer }
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error
    const lastAnswer = error.cause?.message ?? error.message
    const { attempts } = await CancellationScope.nonCancellable(() =>
      giveUpDelivery({ ...request, lastAnswer }),
    )
    return { status: 'failed', attempts, lastAnswer }
  }
}
