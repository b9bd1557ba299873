/** The input of the webhook workflow: one event for one partner, tried until it is taken or given up. */
export type DeliverWebhook = {
  webhookId: string
  deliveryId: string
  /** How many attempts there were before: those of a delivery that is sent again by hand. */
  attemptFrom: number
  traceparent: string
}

/** `attempts` counts those before, too. */
export type WebhookOutcome = { status: 'delivered' | 'failed'; attempts: number; lastAnswer: string }

export type WebhookActivities = {
  /** One attempt. Whatever is not taken with 2xx is thrown, and tried again when the failure says so. */
  attemptDelivery(request: DeliverWebhook): Promise<{ answer: string; attempts: number }>
  /** After the last attempt. */
  giveUpDelivery(request: DeliverWebhook & { lastAnswer: string }): Promise<{ attempts: number }>
}
