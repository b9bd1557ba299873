import { ApplicationFailure } from '@temporalio/common'
import type { WebhookActivities } from '#contracts/webhook.ts'
import type { Logger } from '#platform/process/logger.ts'
import { traceIdOf } from '#platform/process/trace.ts'
import type { Deliveries } from '#services/notification/webhooks/deliveries.ts'

type Dependencies = { deliveries: Deliveries; logger: Logger }

/** Webhooks as workflows reach them. */
export function createWebhookActivities({ deliveries, logger }: Dependencies): WebhookActivities {
  const logOf = ({
    webhookId,
    deliveryId,
    traceparent,
  }: Parameters<WebhookActivities['attemptDelivery']>[0]) =>
    logger.child({ webhookId, deliveryId, traceId: traceIdOf(traceparent) })
  return {
    attemptDelivery: async (request) => {
      const attempt = await deliveries.attempt(request)
      const { kind, answer, attempts } = attempt
      logOf(request)[kind === 'waits' ? 'debug' : 'info']({ answer, attempts }, `webhook ${kind}`)
      if (kind === 'delivered') return { answer, attempts }
      if (kind === 'over') throw ApplicationFailure.nonRetryable(answer, 'NotTaken')
      throw ApplicationFailure.create({ message: answer, type: 'NotTaken', nextRetryDelay: attempt.after })
    },
    giveUpDelivery: async ({ lastAnswer, ...request }) => {
      const { attempts } = await deliveries.giveUp(request, lastAnswer)
      logOf(request).warn({ lastAnswer, attempts }, 'webhook given up')
      return { attempts }
    },
  }
}
