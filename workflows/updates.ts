import {
  isGrpcDeadlineError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { type FailureType, failureTypes } from '#contracts/failures.ts'

/** Why an update was not taken; `message` says what would be right. */
export type UpdateRefusal = { refused: FailureType | 'NotFound'; message: string }

/** No worker answered in time; what was asked for may come about all the same. */
export const isTooSlow = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error)

/** Of a start under REJECT_DUPLICATE: that it has been started before is what was wanted. */
export function unlessStarted(error: unknown): void {
  if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
}

/** A validator's refusal is an answer; everything else is thrown. `what` is missing when no such workflow runs. */
export async function answerOrRefusal<T>(what: string, update: () => Promise<T>): Promise<T | UpdateRefusal> {
  try {
    return await update()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      return {
        refused: 'NotFound',
        message: `no such ${what} is running: it has ended, or there never was one`,
      }
    const refusal = refusalIn(error)
    if (refusal) return refusal
    throw error
  }
}

/** What a validator said, or a handler that found the record further than the workflow. */
export function refusalIn(error: unknown): UpdateRefusal | undefined {
  if (!(error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure))
    return undefined
  const { type, message } = error.cause
  const refused = Object.values(failureTypes).find((known) => known === type)
  return refused && { refused, message }
}
