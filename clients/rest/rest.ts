import { type Asking, askPatiently, type RestRequest } from './ask.ts'
import type { Session } from './session.ts'

/** Resolves with whatever was answered. Throws what stood in the way of an answer, and what the session throws. */
export type Rest = (request: RestRequest) => Promise<Response>

/** The gateway's REST for somebody who is signed in; a token that it no longer takes is renewed, once per request. */
export function createRest({ session, ...asking }: Asking & { session: Session }): Rest {
  return async (request) => {
    const token = await session.token()
    const answer = await askPatiently(bearing(token, request), asking)
    if (answer.status !== 401 || token === undefined || !session.renew(token)) return answer
    await answer.body?.cancel()
    return askPatiently(bearing(await session.token(), request), asking)
  }
}

const bearing = (token: string | undefined, request: RestRequest): RestRequest =>
  token === undefined
    ? request
    : { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
