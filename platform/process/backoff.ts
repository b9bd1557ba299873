/** How long to wait after so many failures in a row, in ms: twice as long each time, up to `longest`. */
export const backoff = (
  failures: number,
  { first, longest = Number.POSITIVE_INFINITY }: { first: number; longest?: number },
): number => Math.min(first * 2 ** (failures - 1), longest)

/** The same, for many who failed together: between half of it and all. */
export const spreadBackoff = (failures: number, limits: Parameters<typeof backoff>[1]): number =>
  backoff(failures, limits) * (0.5 + Math.random() / 2)
