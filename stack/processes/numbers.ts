import type { Sql } from '#platform/postgres/database.ts'

export type Numbers = {
  placed: number
  byStatus: Record<string, number>
  cancelledBy: Record<string, number>
  /** All that have not ended, whenever they were recorded. */
  open: number
  stuck: number
  /** Seconds from placed to completed. */
  p50: number | null
  p99: number | null
  /** Seconds from the first order placed to the last one ended. */
  lasted: number
}

const notEnded = `status not in ('completed', 'cancelled')`

/** The times of so many orders a shard are read; a run of hours would read its whole past every second otherwise. */
const timed = 5_000

/** What happened to the orders recorded since `since`, as the order service's own databases have it. */
export async function readNumbers(shards: readonly Sql[], since: Date): Promise<Numbers> {
  const [groups, unended, times, spans] = await Promise.all([
    everywhere<{ status: string; reason: string | null; count: number; stuck: number }>(
      shards,
      `select status, reason, count(*) as count,
         count(*) filter (where order_id in (select order_id from stuck_steps)) as stuck
         from orders where recorded_at >= $1 group by status, reason order by status, reason`,
      [since],
    ),
    everywhere<{ count: number }>(shards, `select count(*) as count from orders where ${notEnded}`),
    everywhere<{ seconds: number }>(
      shards,
      `select extract(epoch from ended_at - placed_at)::float8 as seconds from orders
        where recorded_at >= $1 and status = 'completed' order by placed_at desc limit ${timed}`,
      [since],
    ),
    everywhere<{ first: Date | null; last: Date | null }>(
      shards,
      `select min(recorded_at) as first, max(coalesce(ended_at, now())) as last from orders where recorded_at >= $1`,
      [since],
    ),
  ])
  const byStatus: Record<string, number> = {}
  const cancelledBy: Record<string, number> = {}
  for (const { status, reason, count } of groups) {
    byStatus[status] = (byStatus[status] ?? 0) + count
    if (reason !== null) cancelledBy[reason] = (cancelledBy[reason] ?? 0) + count
  }
  const sorted = times.map(({ seconds }) => seconds).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? null
  const found = spans.flatMap(({ first, last }) => (first && last ? [{ first, last }] : []))
  return {
    placed: sumOf(groups.map(({ count }) => count)),
    byStatus,
    cancelledBy,
    open: sumOf(unended.map(({ count }) => count)),
    stuck: sumOf(groups.map(({ stuck }) => stuck)),
    p50: at(0.5),
    p99: at(0.99),
    lasted: found.length === 0 ? 0 : span(found),
  }
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)

const span = (times: readonly { first: Date; last: Date }[]) =>
  (Math.max(...times.map(({ last }) => last.getTime())) -
    Math.min(...times.map(({ first }) => first.getTime()))) /
  1000

type Open = { order_id: string; status: string; stuck: string | null }

/** The oldest orders that have not ended, and what they wait for. */
export const openOrders = (shards: readonly Sql[]): Promise<Open[]> =>
  everywhere<Open>(
    shards,
    `select order_id, status, (select string_agg(step || ': ' || error, ', ') from stuck_steps
        where stuck_steps.order_id = orders.order_id) as stuck from orders
      where ${notEnded} order by placed_at limit 10`,
  )

async function everywhere<Row>(shards: readonly Sql[], text: string, values: unknown[] = []): Promise<Row[]> {
  const rows = await Promise.all(shards.map((shard) => shard.query<Row>(text, values)))
  return rows.flat()
}
