import type { NextFunction, Request, Response } from 'express'
import type { Logger } from '#platform/process/logger.ts'
import { continuedTrace, traceIdOf } from '#platform/process/trace.ts'
import type { Caller } from './auth.ts'

/** What is known of a request besides its content. */
export type RequestContext = {
  /** Whom the token names; nobody on a public route. */
  caller?: Caller
  /** The network address that it came from; never logged. */
  address: string
  traceparent: string
  traceId: string
  /** For the log line, as soon as it is known. */
  orderId?: string
  /** The declared path, such as /v1/orders/{orderId}. */
  route?: string
  /** Its log line is for debugging. */
  isRoutine?: boolean
  /** The fault behind a 5xx. */
  fault?: unknown
}

const contexts = new WeakMap<Response, RequestContext>()

/** Throws when `openContext` has not seen the request. */
export function contextOf(response: Response): RequestContext {
  const context = contexts.get(response)
  if (!context) throw new Error('the request has no context')
  return context
}

/** Takes the caller's trace over, or begins one, and logs one line when the answer is out. */
export function openContext(logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const context: RequestContext = { address: request.ip ?? 'unknown', ...traceOf(request) }
    contexts.set(response, context)
    response.set('Trace-Id', context.traceId)
    const began = performance.now()
    response.once('close', () => report(logger, request, response, Math.round(performance.now() - began)))
    next()
  }
}

function traceOf(request: Request): { traceparent: string; traceId: string } {
  const traceparent = continuedTrace(request.get('traceparent'))
  return { traceparent, traceId: traceIdOf(traceparent) ?? '' }
}

function report(logger: Logger, request: Request, response: Response, ms: number): void {
  const { route, isRoutine, traceId, orderId, fault } = contextOf(response)
  const { method } = request
  const status = response.statusCode
  const line = {
    method,
    route: route ?? null,
    status,
    ms,
    traceId,
    ...(orderId && { orderId }),
    ...(fault !== undefined && { err: fault }),
  }
  // Not the path as it was sent: whatever somebody puts there by mistake, such as an e-mail address, is not for the log.
  const where = route ?? 'an unknown address'
  const what = `${method} ${where} ${response.writableFinished ? status : 'abandoned by the caller'}`
  if (fault !== undefined) logger.error(line, what)
  else if (isRoutine) logger.debug(line, what)
  else logger.info(line, what)
}
