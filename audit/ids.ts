import type { Sql } from '#platform/database.ts'

/** The tables whose keys the audit goes through. */
const keyOf = {
  orders: 'order_id',
  reservations: 'order_id',
  order_payments: 'order_id',
  customers: 'customer_id',
  users: 'user_name',
} as const

/** Pages of a table's keys, in their order, each from where the last one ended. */
export async function* idsIn(sql: Sql, table: keyof typeof keyOf, page: number): AsyncGenerator<string[]> {
  const key = keyOf[table]
  let where = ''
  let last: string[] = []
  for (;;) {
    const rows: { id: string }[] = await sql.query<{ id: string }>(
      `select ${key}::text as id from ${table} ${where} order by ${key} limit ${page}`,
      last,
    )
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id)
    yield ids
    // Not cast: it takes the column's own type, and so the index.
    where = `where ${key} > $1`
    last = ids.slice(-1)
  }
}
