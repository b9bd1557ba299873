import { Webhook } from 'standardwebhooks'
import { reasonOf } from '#platform/process/logger.ts'

type Signed = { url: string; secrets: readonly string[]; deliveryId: string; body: string; at: Date }

/** `answer`: the HTTP status, or why there is none. `retryAfter` in ms, when the partner named it. */
export type Sent = {
  kind: 'taken' | 'refused' | 'gone'
  answer: string
  retryAfter?: number
}

export type Send = (message: Signed) => Promise<Sent>

/** Posts to the partner, signed as Standard Webhooks: with each secret, of which the partner needs to know one. Follows no redirect and reads no answer. */
export const createSend =
  ({ timeout = 15_000 }: { timeout?: number } = {}): Send =>
  async ({ url, secrets, deliveryId, body, at }) => {
    const headers = {
      'Content-Type': 'application/json',
      'User-Agent': 'order-saga',
      'webhook-id': deliveryId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(deliveryId, at, body)).join(' '),
    }
    try {
      const signal = AbortSignal.timeout(timeout)
      const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal })
      await response.body?.cancel()
      return sent(response, at)
    } catch (error) {
      return { kind: 'refused', answer: faultOf(error, timeout) }
    }
  }

function sent({ ok, status, headers }: Response, at: Date): Sent {
  const answer = String(status)
  if (ok) return { kind: 'taken', answer }
  if (status === 410) return { kind: 'gone', answer }
  const retryAfter = retryAfterOf(headers.get('Retry-After'), at)
  return { kind: 'refused', answer, ...(retryAfter !== undefined && { retryAfter }) }
}

/** Seconds or a date; in ms. */
function retryAfterOf(text: string | null, now: Date): number | undefined {
  if (text === null) return undefined
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime()
  return wait > 0 ? wait : undefined
}

function faultOf(error: unknown, timeout: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeout / 1_000} s`
  // fetch says "fetch failed"; why is in its cause.
  return reasonOf(error instanceof Error && error.cause ? error.cause : error)
}
