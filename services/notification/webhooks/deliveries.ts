import { type OrderEvent, testEventType } from '#contracts/notification.ts'
import type { TestWebhookBody } from '#contracts/rest/webhooks.ts'
import { webhookBodyOf } from '#contracts/views.ts'
import type { DeliverWebhook } from '#contracts/webhook.ts'
import { addressProblem } from './addresses.ts'
import { pauseAfter, standardPauses } from './schedule.ts'
import { secretsAt } from './secrets.ts'
import type { Send, Sent } from './send.ts'
import type { Delivery, Webhook, WebhookStore } from './store.ts'

type Dependencies = {
  store: WebhookStore
  send: Send
  /** Origins that webhooks may go to. */
  allowed: readonly string[]
  /** Between the attempts, in ms. */
  pauses?: readonly number[]
  clock: () => Date
  random: () => number
}

/** `again`: not taken, and to be tried once more after so many ms. `waits`: not tried yet. `over`: trying again would change nothing. */
export type Attempt =
  | { kind: 'delivered'; answer: string; attempts: number }
  | { kind: 'again' | 'waits'; answer: string; attempts: number; after: number }
  | { kind: 'over'; answer: string; attempts: number }

export type Deliveries = {
  attempt(request: DeliverWebhook): Promise<Attempt>
  giveUp(request: DeliverWebhook, lastAnswer: string): Promise<{ attempts: number }>
}

/**
 * In ms. So long after it came an event holds up the later ones of its order: a partner who fails for a moment gets them in
 * order. Who fails for longer orders them by their `sequence`.
 */
const HOLDS_FOR = 15_000
const LOOK_AGAIN_AFTER = 500

/** What is done about one event for one partner; when, the workflow knows. */
export function createDeliveries(given: Dependencies): Deliveries {
  const { store, send, allowed, pauses = standardPauses, clock, random } = given
  return {
    async attempt(request) {
      const [webhook, delivery] = await Promise.all([
        store.find(request.webhookId),
        store.findDelivery(request),
      ])
      if (!delivery) {
        const answer = webhook ? 'it is no longer kept' : 'the webhook was deleted'
        return { kind: 'over', answer, attempts: request.attemptFrom }
      }
      const { attempts, status, lastAnswer } = delivery
      // The attempt before this one was taken, and its worker died before it could say so.
      const taken = status === 'delivered' && attempts > request.attemptFrom
      if (taken) return { kind: 'delivered', answer: lastAnswer, attempts }
      if (!webhook) return { kind: 'over', answer: 'the webhook was deleted', attempts }
      const problem = addressProblem(webhook.url, allowed)
      if (problem) return { kind: 'over', answer: problem, attempts }
      const now = clock().getTime()
      if (await store.followsPending(delivery, new Date(now - HOLDS_FOR))) {
        // Twice as late each time: with a partner who is away many wait.
        const after = Math.max(LOOK_AGAIN_AFTER, now - Date.parse(delivery.createdAt))
        return { kind: 'waits', answer: earlierFirst, attempts, after }
      }
      return post(webhook, delivery, attempts + 1 - request.attemptFrom)
    },

    async giveUp(request, lastAnswer) {
      await store.note(request, { status: 'failed', lastAnswer })
      return { attempts: (await store.findDelivery(request))?.attempts ?? request.attemptFrom }
    },
  }

  /** `nth` counts the attempts of this run. */
  async function post(webhook: Webhook, delivery: Delivery, nth: number): Promise<Attempt> {
    const at = clock()
    const { deliveryId, body } = delivery
    const attempts = delivery.attempts + 1
    const sent = await send({ url: webhook.url, secrets: secretsAt(webhook, at), deliveryId, body, at })
    const status = sent.kind === 'taken' ? 'delivered' : 'pending'
    await store.note(delivery, {
      status,
      attempts,
      lastAnswer: sent.answer,
      attemptedAt: at.toISOString(),
    })
    return { ...whatNext(sent, nth), attempts }
  }

  function whatNext({ kind, answer, retryAfter }: Sent, nth: number) {
    if (kind === 'taken') return { kind: 'delivered' as const, answer }
    const after = kind === 'gone' ? undefined : pauseAfter(pauses, nth, random(), retryAfter)
    return after === undefined ? { kind: 'over' as const, answer } : { kind: 'again' as const, answer, after }
  }
}

const earlierFirst = 'an earlier event of this order is sent first'

export const newDelivery = (webhookId: string, event: OrderEvent, now: Date): Delivery => ({
  ...untried(webhookId, event.id, now),
  event: event.type,
  orderId: event.orderId,
  stream: event.stream,
  sequence: event.sequence,
  body: JSON.stringify(webhookBodyOf(event)),
})

/** About no order: it waits for no other delivery, and none for it. */
export function testDelivery(webhookId: string, deliveryId: string, now: Date): Delivery {
  const body: TestWebhookBody = { type: testEventType, timestamp: now.toISOString(), data: { webhookId } }
  return {
    ...untried(webhookId, deliveryId, now),
    event: testEventType,
    orderId: '',
    stream: testEventType,
    sequence: 0,
    body: JSON.stringify(body),
  }
}

const untried = (webhookId: string, deliveryId: string, now: Date) => ({
  webhookId,
  deliveryId,
  status: 'pending' as const,
  attempts: 0,
  lastAnswer: '',
  createdAt: now.toISOString(),
  attemptedAt: '',
})
