import type { Sql } from '#platform/database.ts'

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

/** What happened to the orders recorded since `since`, as the order service's own database has it. */
export async function readNumbers(orders: Sql, since: Date): Promise<Numbers> {
  const [groups, [unended], [times]] = await Promise.all([
    orders.query<{ status: string; reason: string | null; count: number; stuck: number }>(
      `select status, reason, count(*) as count, count(stuck_step) as stuck
         from orders where recorded_at >= $1 group by status, reason order by status, reason`,
      [since],
    ),
    orders.query<{ count: number }>(`select count(*) as count from orders where ${notEnded}`),
    orders.query<{ p50: number | null; p99: number | null; lasted: number | null }>(
      `select percentile_cont(0.5) within group (order by extract(epoch from ended_at - placed_at))
                filter (where status = 'completed') as p50,
              percentile_cont(0.99) within group (order by extract(epoch from ended_at - placed_at))
                filter (where status = 'completed') as p99,
              extract(epoch from max(coalesce(ended_at, now())) - min(recorded_at))::float8 as lasted
         from orders where recorded_at >= $1`,
      [since],
    ),
  ])
  const sum = (of: typeof groups, what: 'count' | 'stuck') =>
    of.reduce((total, group) => total + group[what], 0)
  const byStatus: Record<string, number> = {}
  for (const { status, count } of groups) byStatus[status] = (byStatus[status] ?? 0) + count
  const cancelled = groups.filter(({ status }) => status === 'cancelled')
  return {
    placed: sum(groups, 'count'),
    byStatus,
    cancelledBy: Object.fromEntries(cancelled.map(({ reason, count }) => [reason ?? 'unknown', count])),
    open: unended?.count ?? 0,
    stuck: sum(groups, 'stuck'),
    p50: times?.p50 ?? null,
    p99: times?.p99 ?? null,
    lasted: times?.lasted ?? 0,
  }
}

/** The oldest orders that have not ended, and what they wait for. */
export const openOrders = (orders: Sql) =>
  orders.query<{ order_id: string; status: string; stuck_step: string | null; stuck_error: string | null }>(
    `select order_id, status, stuck_step, stuck_error from orders
      where ${notEnded} order by placed_at limit 10`,
  )
