import { Code, ConnectError } from '@connectrpc/connect'
import { faultOf } from '#clients/temporal/errors.ts'
import type { UpdateRefusal } from '#contracts/clients.ts'
import { KeysAway } from '#platform/auth/tokens.ts'
import { fieldProblem } from '#platform/grpc/refusals.ts'
import { TooSlow } from '#platform/process/within.ts'
import { Unreadable } from './unreadable.ts'

/** Every way to say no, as RFC 9457 has it: `type` is `/problems/<kind>`. */
export const problemKinds = {
  'unreadable-request': { status: 400, title: 'The request cannot be read' },
  'invalid-parameters': { status: 400, title: 'A parameter or header breaks a rule' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'This is not yours to do' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'unknown-route': { status: 404, title: 'There is no such address' },
  'wrong-method': { status: 405, title: 'This address does not take this method' },
  'already-running': { status: 409, title: 'The same request is being carried out' },
  'too-late': { status: 409, title: 'The order is past the point where this can be done' },
  'no-decision-awaited': { status: 409, title: 'The order awaits no decision' },
  'not-refundable': { status: 409, title: 'More than is left to refund' },
  'not-returnable': { status: 409, title: 'This cannot be returned' },
  'not-now': { status: 409, title: 'Not at this point of the return' },
  'invalid-move': { status: 409, title: 'The shipment cannot go there from where it is' },
  'unreadable-record': { status: 409, title: 'What is on record cannot be read' },
  conflict: { status: 409, title: 'Something else stands in the way' },
  'too-large': { status: 413, title: 'The body is too large' },
  'not-json': { status: 415, title: 'The body is not declared as JSON' },
  'invalid-body': { status: 422, title: 'The body breaks a rule' },
  'invalid-amendment': { status: 422, title: 'The order cannot be amended like this' },
  'invalid-receipt': { status: 422, title: 'What arrived does not fit the return' },
  'key-reused': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'too-slow-request': { status: 408, title: 'The request did not arrive in time' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'A service that this needs is unavailable' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemKind = keyof typeof problemKinds

/** `path` names the field as in `lines[0].quantity`; `message` says what would be right. */
export type FieldError = { path: string; message: string }

/** A refusal as a value; `sendProblem` turns it into application/problem+json. */
export type Refusal = {
  problem: ProblemKind
  detail: string
  errors?: FieldError[]
  headers?: Record<string, string>
}

export function refuse(problem: ProblemKind, detail: string, more: Partial<Refusal> = {}): Refusal {
  return { problem, detail, ...more }
}

/** What the path names does not exist, or is not the caller's to see: `there is no order 1`. */
export const noSuchThing = (path: string, message: string): Refusal =>
  refuse('not-found', sentence(message), { errors: [{ path, message }] })

export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'problem' in value

/** The JSON of a refusal. `instance` is the trace id, which the logs name too. */
export function problemBody({ problem, detail, errors }: Refusal, traceId: string) {
  const { status, title } = problemKinds[problem]
  return {
    type: `/problems/${problem}`,
    title,
    status,
    detail,
    instance: traceId,
    ...(errors && { errors }),
  }
}

const kindOfUpdate: Record<UpdateRefusal['refused'], ProblemKind> = {
  NotFound: 'not-found',
  TooLate: 'too-late',
  NotAwaitingDecision: 'no-decision-awaited',
  InvalidAmendment: 'invalid-amendment',
  InvalidMove: 'invalid-move',
  NotNow: 'not-now',
  InvalidReceipt: 'invalid-receipt',
  // The gateway asks for neither.
  NoNews: 'invalid-body',
  Malformed: 'invalid-body',
}

/** A running workflow's refusal. `NotFound` is the caller's to tell apart: it has ended, or there never was one. */
export function refusalOfUpdate({ refused, message }: UpdateRefusal): Refusal {
  const problem = fieldProblem(message)
  return refuse(kindOfUpdate[refused], message, problem.path ? { errors: [problem] } : {})
}

/** What a fault looks like to the caller. An unexpected one tells nothing of our insides. */
export function refusalOfFault(error: unknown): Refusal {
  if (error instanceof ConnectError) return refusalOfService(error)
  if (error instanceof TooSlow || error instanceof KeysAway || isTemporals(error)) return away()
  if (error instanceof Unreadable) return unreadable(error)
  if (isUnreadable(error)) return refusalOfRequest(error)
  return refuse('internal', 'Something went wrong here. The logs name it by the trace id in `instance`.')
}

/** Not a failure that passes: the same again is answered the same until somebody has mended the row. */
const unreadable = ({ path }: Unreadable): Refusal =>
  refuse('unreadable-record', `What is on record cannot be read: ${path}. Staff have to mend it.`, {
    errors: [{ path, message: 'cannot be read' }],
  })

const away = () =>
  refuse('unavailable', 'A service that this needs does not answer. Try the same again in a few seconds.', {
    headers: { 'Retry-After': '2' },
  })

function refusalOfService(error: ConnectError): Refusal {
  switch (error.code) {
    case Code.NotFound:
      return refuse('not-found', error.rawMessage)
    case Code.InvalidArgument:
    case Code.OutOfRange:
      return refuse('invalid-body', error.rawMessage)
    case Code.AlreadyExists:
    case Code.FailedPrecondition:
    case Code.Aborted:
      return refuse('conflict', error.rawMessage)
    case Code.Unavailable:
    case Code.DeadlineExceeded:
    case Code.ResourceExhausted:
    case Code.Canceled:
      return away()
    default:
      return refuse('internal', 'A service failed. The logs name it by the trace id in `instance`.')
  }
}

/** What Temporal refuses for load, what it answers too late, and what it cannot answer: the same again may do. */
function isTemporals(error: unknown): boolean {
  const fault = faultOf(error)
  return fault !== undefined && fault !== 'never'
}

type UnreadableRequest = Error & { status: number; type?: string; limit?: number }

/** Express and its body parser mark what is the caller's fault with a status of 4xx. */
const isUnreadable = (error: unknown): error is UnreadableRequest =>
  error instanceof Error && 'status' in error && Number(error.status) >= 400 && Number(error.status) < 500

function refusalOfRequest(error: UnreadableRequest): Refusal {
  const { status, type, message, limit = 0 } = error
  if (type === 'entity.too.large')
    return refuse('too-large', `The body may have at most ${Math.floor(limit / 1024)} kB.`)
  if (type === 'entity.parse.failed') return refuse('unreadable-request', `The body is not JSON: ${message}`)
  if (type === 'charset.unsupported')
    return refuse('not-json', 'Send the body as UTF-8, with no other charset.')
  if (type === 'encoding.unsupported')
    return refuse('not-json', 'Send the body as it is, or with Content-Encoding: gzip, deflate or br.')
  if (status === 415) return refuse('not-json', message)
  if (error instanceof URIError)
    return refuse('unreadable-request', 'The address is not percent-encoded UTF-8.')
  // Only what unpacks a body has a number, among all that is marked as the caller's fault.
  if ('errno' in error)
    return refuse('unreadable-request', 'The body is not compressed as its Content-Encoding says.')
  return refuse('unreadable-request', message)
}
