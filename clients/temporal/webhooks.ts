import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import type { WebhookWorkflows } from '#contracts/clients.ts'
import { taskQueues, webhookWorkflowId, workflowTypes } from '#contracts/temporal.ts'
import type { DeliverWebhook } from '#contracts/webhook.ts'
import { ask, serverMayTake } from './ask.ts'

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
