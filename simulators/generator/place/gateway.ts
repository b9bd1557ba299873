import { setTimeout as sleep } from 'node:timers/promises'
import { createRest } from '#clients/rest/rest.ts'
import { type Session, SignInRefused } from '#clients/rest/session.ts'
import { waitUntilUp } from '#platform/process/lifecycle.ts'
import type { Logger } from '#platform/process/logger.ts'

export type GatewayCall = {
  method: 'GET' | 'PUT' | 'POST'
  path: string
  body?: unknown
  idempotencyKey?: string
}
export type GatewayAnswer = { status: number; text: string }

/** The gateway's REST as an outsider sees it. Calls wait for a gateway that is not up. */
export type Gateway = {
  /** A refusal is an answer, of a sign-in too. */
  ask(call: GatewayCall): Promise<GatewayAnswer>
  /** A refusal throws. */
  call(call: GatewayCall): Promise<GatewayAnswer>
  /** Calls that got no answer or one of 500 and above, since the gateway was first reached. */
  readonly failedRequests: number
}

type GatewayOptions = { url: string; session: Session; logger: Logger; signal?: AbortSignal | undefined }

const CALL_MAY_TAKE = 15_000

export function createGateway({ url, session, logger, signal }: GatewayOptions): Gateway {
  const asking = { url, mayTake: CALL_MAY_TAKE, patience: Number.POSITIVE_INFINITY, signal }
  const rest = createRest({ ...asking, session })
  let reached = false
  let failedRequests = 0

  const attempt = async ({ method, path, body, idempotencyKey }: GatewayCall): Promise<GatewayAnswer> => {
    const headers: Record<string, string> = idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}
    try {
      const response = await rest({ method, path, body, headers })
      const answer = { status: response.status, text: await response.text() }
      if (answer.status >= 500) throw new Error(`it answers ${shown(answer)}`)
      reached = true
      return answer
    } catch (error) {
      if (error instanceof SignInRefused && error.status < 500) {
        return { status: error.status, text: error.message }
      }
      if (reached && !signal?.aborted) failedRequests++
      throw error
    }
  }

  const ask = async (call: GatewayCall): Promise<GatewayAnswer> => {
    for (;;) {
      const answer = await waitUntilUp(`the gateway at ${url}`, () => attempt(call), { logger, signal })
      if (!isInHand(answer)) return answer
      await sleep(200, undefined, { signal })
    }
  }

  return {
    ask,
    async call(call) {
      const answer = await ask(call)
      if (answer.status < 400) return answer
      const hint = answer.status === 401 ? '; GATEWAY_USER and GATEWAY_PASSWORD say who signs in' : ''
      throw new Error(`${call.method} ${call.path} was refused: ${shown(answer)}${hint}`)
    },
    get failedRequests() {
      return failedRequests
    },
  }
}

/** Another generator is just now carrying out the same request. */
const isInHand = ({ status, text }: GatewayAnswer) => status === 409 && text.includes('already-running')

const shown = ({ status, text }: GatewayAnswer) => `${status} ${text.slice(0, 500)}`
