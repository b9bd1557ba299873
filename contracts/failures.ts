/** The failure types that a workflow's update may refuse with; their message says what would be right. */
export const failureTypes = {
  /** The order has ended, or is past the point where this can be done. */
  tooLate: 'TooLate',
  /** Nothing was asked that this would answer. */
  notAwaitingDecision: 'NotAwaitingDecision',
  /** The amendment names lines that are not there, or leaves none. */
  invalidAmendment: 'InvalidAmendment',
  /** The order has no such shipment, or it cannot go from where it is to there. */
  invalidMove: 'InvalidMove',
  /** A courier's news that moves no parcel on, or of a parcel that was not handed off. */
  unmoved: 'NoNews',
  /** Not what such a request is made of. */
  malformed: 'Malformed',
  /** The return is not at the point where this is asked of it. */
  notNow: 'NotNow',
  /** More pieces than were asked to come back, or lines that the return has not. */
  invalidReceipt: 'InvalidReceipt',
} as const
export type FailureType = (typeof failureTypes)[keyof typeof failureTypes]

/** The innermost message: a time-out or a lost connection is wrapped in the activity's failure. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : messageOf(error.cause)
}
