import { z } from 'zod'
import type { SystemControl } from '#contracts/clients.ts'

const Refused = z.object({ refused: z.enum(['unknown', 'stopped']) })

/** In ms. */
const ANSWER_MAY_TAKE = 2_000

/** Whoever has started the processes of a demonstration, and can stop them. */
export const createControl = ({ url, token }: { url: string; token: string }): SystemControl => ({
  async stop(service, seconds) {
    const response = await fetch(new URL('/stop', url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ service, seconds }),
      signal: AbortSignal.timeout(ANSWER_MAY_TAKE),
    })
    const answer: unknown = await response.json()
    if (response.status === 202) return undefined
    if (response.status === 409) return Refused.parse(answer).refused
    throw new Error(`the control answers ${response.status}`)
  },
})
