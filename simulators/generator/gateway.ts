import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntilUp } from '#platform/lifecycle.ts'
import type { Logger } from '#platform/logger.ts'

export type GatewayCall = { method: 'PUT' | 'POST'; path: string; body: unknown; idempotencyKey?: string }
export type GatewayAnswer = { status: number; text: string }

/** The gateway's REST as an outsider sees it. Calls wait for a gateway that is not up; a refusal throws. */
export type Gateway = { call: (call: GatewayCall) => Promise<GatewayAnswer> }

type GatewayOptions = { url: string; logger: Logger; signal?: AbortSignal | undefined }

const CALL_MAY_TAKE = 15_000

export function createGateway({ url, logger, signal }: GatewayOptions): Gateway {
  const attempt = async ({ method, path, body, idempotencyKey }: GatewayCall) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        'content-type': 'application/json',
        ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_MAY_TAKE),
    }).catch((error: unknown) => {
      // fetch says "fetch failed" and hides in its cause what failed.
      throw error instanceof Error && error.cause ? error.cause : error
    })
    const answer = { status: response.status, text: await response.text() }
    if (answer.status >= 500) throw new Error(`it answers ${shown(answer)}`)
    return answer
  }
  const call = async (request: GatewayCall): Promise<GatewayAnswer> => {
    for (;;) {
      const answer = await waitUntilUp(`the gateway at ${url}`, () => attempt(request), { logger, signal })
      if (answer.status < 400) return answer
      if (!isInHand(answer)) {
        throw new Error(`${request.method} ${request.path} was refused: ${shown(answer)}`)
      }
      await sleep(200, undefined, { signal })
    }
  }
  return { call }
}

/** Another generator is just now carrying out the same request. */
const isInHand = ({ status, text }: GatewayAnswer) => status === 409 && text.includes('already-running')

const shown = ({ status, text }: GatewayAnswer) => `${status} ${text.slice(0, 500)}`
