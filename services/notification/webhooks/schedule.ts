const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** Pauses between the attempts, in ms: as Standard Webhooks suggests, over about a day and a half. */
export const standardPauses: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
]

/**
 * How long to wait after the nth failed attempt, in ms; undefined when it was the last. Up to a tenth longer (`chance`: 0 to
 * 1), so that those who failed together do not come back together; and not before the partner said (`retryAfter`).
 */
export function pauseAfter(
  pauses: readonly number[],
  attempt: number,
  chance: number,
  retryAfter = 0,
): number | undefined {
  const pause = pauses[attempt - 1]
  if (pause === undefined) return undefined
  const longest = 24 * hour
  return Math.max(Math.round(pause * (1 + chance / 10)), Math.min(retryAfter, longest))
}
