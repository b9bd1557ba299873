/**
 * Durations in buckets that grow by a fifth: from 10 ms to 100 days. So a percentile is at most a tenth off, and any number of
 * orders has the same few counts, which can be added up.
 */
export const buckets = { first: 10, perDoubling: 4, last: 120 } as const

const upperBound = (bucket: number) => buckets.first * 2 ** (bucket / buckets.perDoubling)

/** What stands for all durations of a bucket, in ms: the middle, as the bounds grow. */
export const middleOf = (bucket: number): number =>
  Math.round(bucket === 0 ? buckets.first / 2 : Math.sqrt(upperBound(bucket - 1) * upperBound(bucket)))

/** In Lua: the bucket of a duration in ms; the first has all up to its bound, the last all that is longer. */
export const BUCKET = `
  local function bucketOf(duration)
    if duration <= ${buckets.first} then return 0 end
    local exact = math.log(duration / ${buckets.first}) / math.log(2) * ${buckets.perDoubling}
    return math.min(math.ceil(exact), ${buckets.last})
  end
`

export type Durations = { count: number; p50: number | null; p99: number | null }

/** By bucket how many. Percentiles are null when there are none. */
export function durationsOf(counts: ReadonlyMap<number, number>): Durations {
  const ordered = [...counts].sort(([one], [other]) => one - other)
  const count = ordered.reduce((sum, [, many]) => sum + many, 0)
  const percentile = (share: number) => {
    let seen = 0
    const found = ordered.find(([, many]) => (seen += many) >= share * count)
    return found ? middleOf(found[0]) : null
  }
  return { count, p50: percentile(0.5), p99: percentile(0.99) }
}
