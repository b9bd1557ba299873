/** The input of the webhook workflow: one event for one partner, tried until it is taken or given up. */
export type DeliverWebhook = {
  webhookId: string
  deliveryId: string
  attemptFrom: number
  traceparent: string
}

export type WebhookOutcome = { status: 'delivered' | 'failed'; attempts: number; lastAnswer: string }

/** Answered by the partner; anything that is no 2xx is thrown, and tried again. */
export type WebhookActivities = {
  attemptDelivery(request: { webhookId: string; deliveryId: string }): Promise<{ answer: string }>
  /** After the last attempt. */
  giveUpDelivery(request: { webhookId: string; deliveryId: string; lastAnswer: string }): Promise<void>
}
