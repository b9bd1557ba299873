import { randomBytes } from 'node:crypto'

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Starts a trace: a W3C `traceparent` with random ids, sampled. */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
}

/** The trace id (32 hex digits) of a `traceparent`; undefined when it is malformed. */
export function traceIdOf(traceparent: string): string | undefined {
  const traceId = TRACEPARENT.exec(traceparent)?.[1]
  return traceId === '0'.repeat(32) ? undefined : traceId
}

/** The trace that was given, or a new one when what was given is none. */
export function continuedTrace(given: string | null | undefined): string {
  return given && traceIdOf(given) ? given : newTraceparent()
}
