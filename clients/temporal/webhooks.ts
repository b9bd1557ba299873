import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { taskQueues, webhookWorkflowId, workflowTypes } from '#contracts/temporal.ts'
import type { DeliverWebhook } from '#contracts/webhook.ts'
import { ask, serverMayTake } from './ask.ts'

/** `summary` is what the Temporal Web UI shows, such as "order.completed to partner.example". */
export type WebhookWorkflows = {
  /** Once per delivery: `known` when it was ever started. */
  deliver(request: DeliverWebhook, summary: string): Promise<'started' | 'known'>
  /** Once more, for a delivery that has ended. */
  redeliver(request: DeliverWebhook, summary: string): Promise<'started' | 'running'>
}

export function createWebhookWorkflows(client: Client): WebhookWorkflows {
  const start = <Otherwise>(
    request: DeliverWebhook,
    staticSummary: string,
    { reuse, otherwise }: { reuse: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE'; otherwise: Otherwise },
  ): Promise<'started' | Otherwise> =>
    ask(client, serverMayTake, () =>
      client.workflow.start(workflowTypes.webhook, {
        workflowId: webhookWorkflowId(request.webhookId, request.deliveryId),
        taskQueue: taskQueues.order,
        args: [request],
        workflowIdReusePolicy: reuse,
        workflowIdConflictPolicy: 'FAIL',
        staticSummary,
      }),
    ).then(
      () => 'started',
      (error) => {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return otherwise
        throw error
      },
    )
  return {
    deliver: (request, summary) => start(request, summary, { reuse: 'REJECT_DUPLICATE', otherwise: 'known' }),
    redeliver: (request, summary) =>
      start(request, summary, { reuse: 'ALLOW_DUPLICATE', otherwise: 'running' }),
  }
}
