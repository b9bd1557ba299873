import type { WebhookWorkflows } from '#contracts/clients.ts'
import type { IncomingMessage } from '#platform/kafka/kafka.ts'
import { readOrSkip } from '../events.ts'
import { newDelivery } from './deliveries.ts'
import { isWanted, type WebhookStore } from './store.ts'

type Dependencies = {
  store: Pick<WebhookStore, 'list' | 'open'>
  workflows: Pick<WebhookWorkflows, 'deliver'>
  clock: () => Date
}

/** Starts a delivery of every event to every partner who wants it: of each once. */
export function createWebhookConsumer({ store, workflows, clock }: Dependencies) {
  return async (message: Pick<IncomingMessage, 'headers' | 'value'>): Promise<void> => {
    const read = readOrSkip(message)
    if (!read) return
    const { event, traceparent } = read
    const webhooks = await store.list()
    for (const webhook of webhooks.filter((one) => isWanted(one, event))) {
      const { webhookId, url } = webhook
      const status = await store.open(newDelivery(webhookId, event, clock()))
      if (status !== 'pending') continue
      const request = { webhookId, deliveryId: event.id, attemptFrom: 0, traceparent }
      await workflows.deliver(request, `${event.type} to ${new URL(url).host}`)
    }
  }
}
