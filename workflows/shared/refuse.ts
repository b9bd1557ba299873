import { ApplicationFailure } from '@temporalio/workflow'
import type { FailureType } from '#contracts/failures.ts'

/** For an update's validator: nothing is taken on, and the caller gets `message`. */
export function refuse(type: FailureType, message: string): never {
  throw ApplicationFailure.nonRetryable(message, type)
}
