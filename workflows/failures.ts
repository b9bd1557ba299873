/** The innermost message: a time-out or a lost connection is wrapped in the activity's failure. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : messageOf(error.cause)
}
