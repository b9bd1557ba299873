import { isFinal, orderStatuses } from '#contracts/order.ts'
import { orderIdsInTemporal } from './facts/workflows.ts'
import { CouldNotLook, everywhere, naming, orUnseen, type Shard, type Sources } from './sources.ts'

/** The tables whose keys the audit goes through, from the first to the last. */
const keyOf = {
  orders: 'order_id',
  reservations: 'order_id',
  order_payments: 'order_id',
  customers: 'customer_id',
  users: 'user_name',
} as const
type Table = keyof typeof keyOf

/** What has changed since a time, or is open still. */
const changed: Readonly<Partial<Record<Table, string>>> = {
  orders: `select order_id as id from orders
      where status = any('{${orderStatuses.filter((status) => !isFinal(status)).join()}}') or recorded_at >= $1 or ended_at >= $1
    union select order_id from order_history where at >= $1`,
  reservations: `select order_id as id from reservations where updated_at >= $1
    union select order_id from stock_movements where at >= $1 and order_id is not null`,
  order_payments: `select order_id::text as id from order_payments where updated_at >= $1
    union select order_id::text from transfers where created_at >= $1 and order_id is not null`,
}

/** Pages of a table's keys, in their order, each from where the last one ended. */
export async function* idsIn({ sql }: Shard, table: Table, page: number): AsyncGenerator<string[]> {
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

async function* idsOf(sources: Sources, shard: Shard, table: Table, page: number): AsyncGenerator<string[]> {
  const { since } = sources
  const text = changed[table]
  if (since === null || text === undefined) return yield* idsIn(shard, table, page)
  const rows = await shard.sql.query<{ id: string }>(text, [since])
  yield* pagesOf(
    rows.map(({ id }) => id),
    page,
  )
}

function* pagesOf(ids: readonly string[], page: number): Generator<string[]> {
  for (let from = 0; from < ids.length; from += page) yield ids.slice(from, from + page)
}

/** Orders to be looked at, with the databases that may have them. */
export type OrderPage = { ids: string[]; shards: readonly Shard[] }

/**
 * Every order once: those on record, database by database, then whatever the others know of that is not. Those that
 * shall be visited again come last. A server that does not answer is left out; it is noted as unavailable.
 */
export async function* orderPages(
  sources: Sources,
  page: number,
  revisit: readonly string[],
): AsyncGenerator<OrderPage> {
  const { order, inventory, payment } = sources.databases
  const known = new Set<string>()
  for (const shard of order) {
    for await (const ids of seenOf(idsOf(sources, shard, 'orders', page))) {
      if (sources.since) for (const id of ids) known.add(id)
      yield { ids, shards: [shard] }
    }
  }
  for (const source of [
    ...inventory.map((shard) => idsOf(sources, shard, 'reservations', page)),
    ...payment.map((shard) => idsOf(sources, shard, 'order_payments', page)),
    inTemporal(sources),
    pagesOf(revisit, page),
  ]) {
    for await (const ids of seenOf(source)) {
      const fresh = await notYet(sources, ids, known)
      for (const id of fresh) known.add(id)
      if (fresh.length > 0) yield { ids: fresh, shards: order }
    }
  }
}

async function* inTemporal(sources: Sources): AsyncGenerator<string[]> {
  const pages = orderIdsInTemporal(sources.temporal, sources.since)
  for (;;) {
    const next = await naming(sources.unavailable, 'Temporal', () => pages.next())
    if (next.done) return
    yield next.value
  }
}

/** As far as its server answers. */
async function* seenOf(pages: AsyncGenerator<string[]> | Generator<string[]>): AsyncGenerator<string[]> {
  for (;;) {
    const next = await orUnseen(async () => pages.next())
    if (next instanceof CouldNotLook || next.done) return
    yield next.value
  }
}

/** In a full audit every order on record has been looked at; since a time, only those that are known. */
async function notYet({ databases, since }: Sources, ids: readonly string[], known: ReadonlySet<string>) {
  const unknown = ids.filter((id) => !known.has(id))
  if (since || unknown.length === 0) return unknown
  const { rows } = await everywhere(databases.order, (sql) =>
    sql.query<{ id: string }>('select order_id as id from orders where order_id = any($1)', [unknown]),
  )
  const onRecord = new Set(rows.map(({ id }) => id))
  return unknown.filter((id) => !onRecord.has(id))
}
