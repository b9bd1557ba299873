/** Whether a list was read so far that it is not asked for again with each change: of more than three pages. */
export const isLong = (data: unknown): boolean =>
  ((data as { pages?: readonly unknown[] } | undefined)?.pages?.length ?? 0) > 3
