import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import { within } from '#platform/process/within.ts'
import { contextOf } from './context.ts'
import { type Answer, isStream, type StreamedAnswer } from './idempotency.ts'
import { isRefusal, problemBody, problemKinds, type Refusal, refusalOfFault } from './problems.ts'
import { Unreadable } from './unreadable.ts'

/** No caller waits longer than this for an answer, or for the first piece of one, in ms. */
export const ANSWERS_MAY_TAKE = 10_000

/** Sends an answer or a problem. Throws what a stream throws before its first piece. */
export async function send(response: Response, answer: Answer | Refusal): Promise<void> {
  response.set({ 'Cache-Control': 'no-store', ...answer.headers })
  if (isRefusal(answer)) {
    sendProblem(response, answer)
    return
  }
  response.status(answer.status)
  if (isStream(answer)) await sendStream(response, answer)
  else if (answer.body === undefined) response.end()
  else response.json(answer.body)
}

function sendProblem(response: Response, refusal: Refusal): void {
  const body = problemBody(refusal, contextOf(response).traceId)
  response.status(problemKinds[refusal.problem].status).type('application/problem+json')
  response.send(JSON.stringify(body))
}

/** What fails before the first piece becomes a problem; what fails later cuts the answer off, so that it looks cut off. */
async function sendStream(response: Response, { stream, contentType }: StreamedAnswer): Promise<void> {
  const pieces = stream[Symbol.asyncIterator]()
  const first = await within(ANSWERS_MAY_TAKE, pieces.next())
  response.type(contentType)
  if (response.req.method === 'HEAD') {
    await pieces.return?.()
    response.end()
    return
  }
  try {
    await pipeline(Readable.from(rest()), response)
  } catch (error) {
    if (!hasLeft(error)) throw error
  }

  async function* rest() {
    try {
      if (!first.done) yield first.value
      yield* { [Symbol.asyncIterator]: () => pieces }
    } catch (fault) {
      // The log line is written as soon as the pipeline closes the response.
      contextOf(response).fault = fault
      throw fault
    }
  }
}

/** The caller closed the connection. */
const hasLeft = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'

/** The last resort for whatever was thrown. What is ours to mend is logged with its fault. */
export function sendFault(response: Response, fault: unknown): void {
  const refusal = refusalOfFault(fault)
  if (problemKinds[refusal.problem].status >= 500 || fault instanceof Unreadable)
    contextOf(response).fault = fault
  if (response.headersSent) response.destroy()
  else void send(response, refusal)
}
