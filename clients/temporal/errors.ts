import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common'

/**
 * What a failed call to Temporal means:
 * `gone`: no such workflow runs; it has ended, or there never was one.
 * `full`: this run takes no more of its kind, updates or signals; the next run will.
 * `never`: the same request will not succeed at any time.
 * `late`: no answer in time; what was asked for may come about all the same.
 * `busy`: refused for load, or while the workflow's task fails; soon again.
 * `unavailable`: anything else of the server; it passes when somebody has mended it.
 */
export type Fault = 'gone' | 'full' | 'never' | 'late' | 'busy' | 'unavailable'

// gRPC's codes.
const INVALID_ARGUMENT = 3
const RESOURCE_EXHAUSTED = 8
const FAILED_PRECONDITION = 9
const ABORTED = 10
const UNAVAILABLE = 14

/** A workflow that goes on as a new run was asked between the two. */
export class BetweenRuns extends Error {
  override name = 'BetweenRuns'
}

/** Undefined: it does not come from Temporal's server. The texts are those of Temporal 1.32; faults.int.test.ts provokes them. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof BetweenRuns) return 'busy'
  if (error instanceof WorkflowNotFoundError) return 'gone'
  if (error instanceof NamespaceNotFoundError) return 'unavailable'
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error)) return 'late'
  const answer = grpcErrorIn(error)
  return answer ? faultOfCode(answer.code, `${answer.message} ${answer.details}`) : faultOfUpdate(error)
}

function faultOfCode(code: number, text: string): Fault {
  // A limit of the transport, not of the load; and a text that is no text.
  if (/message larger than max|invalid UTF-8/.test(text)) return 'never'
  switch (code) {
    case INVALID_ARGUMENT:
      return /limit for signal events/.test(text) ? 'full' : 'never'
    case FAILED_PRECONDITION:
      return /limit .*updates/i.test(text) ? 'full' : 'busy'
    case RESOURCE_EXHAUSTED:
    case ABORTED:
      return 'busy'
    case UNAVAILABLE:
      // The workflow's task was thrown away, and the update with it: nothing of it has happened.
      return /update was aborted/.test(text) ? 'busy' : 'unavailable'
    default:
      return 'unavailable'
  }
}

/** The server's own answers in an update's place, by type: it was accepted when its run came to its end; no worker saw it. */
const updateFaults: ReadonlyMap<string | null | undefined, Fault> = new Map([
  ['AcceptedUpdateCompletedWorkflow', 'gone'],
  ['UnprocessedUpdate', 'busy'],
] as const)

const faultOfUpdate = (error: unknown): Fault | undefined =>
  error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure
    ? updateFaults.get(error.cause.type)
    : undefined

/** Temporal's clients wrap what gRPC throws; the native one has its text in `message` alone. */
function grpcErrorIn(error: unknown): { code: number; message: string; details: string } | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) return cause
  }
  return undefined
}
