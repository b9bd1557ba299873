import type { Sql } from './database.ts'

export type Search = {
  /** Part of one of the searched texts, whatever its capitals; '' is part of every one. */
  search: string
  /** The key after which the list begins; '' is before every one. */
  after: string
  limit: number
}

type Searched = {
  table: string
  /** What of a row is wanted. */
  columns: string
  /** The list is in its order. */
  key: string
  /** Where the search looks: the columns of the table's index by `search_grams`, in its order. */
  texts: readonly string[]
}

/** Rows by key, of which a text contains the search. */
export async function searchRows<Row>(
  sql: Sql,
  { table, columns, key, texts }: Searched,
  asked: Search,
): Promise<Row[]> {
  const { search, after, limit } = asked
  const list = (rows: string, ...conditions: string[]) =>
    `select ${columns} from ${rows} where ${[`${key} > $1`, ...conditions].join(' and ')} order by ${key} limit $2`
  if (search === '') return sql.query<Row>(list(table), [after, limit])
  const contains = texts.map((text) => `strpos(${folded(text)}, ${folded('$3')}) > 0`).join(' or ')
  // What is common is found among the next rows; of what is rare, the index knows the few.
  const near = `(select * from ${table} where ${key} > $1 order by ${key} limit ${nearby}) as ${table}`
  const found = await sql.query<Row>(list(near, `(${contains})`), [after, limit, search])
  if (found.length === limit) return found
  return sql.query<Row>(
    // Materialized, for the planner expects some of everything among the first rows, and would look through all of them.
    `with found as materialized (
       select ${key} as key from ${table}
       where search_grams(${texts.join(', ')}) @> search_grams_of($3) and ${key} > $1 and (${contains})
     )
     select ${columns} from ${table} where ${key} in (select key from found order by key limit $2) order by ${key}`,
    [after, limit, search],
  )
}

const nearby = 5_000

/** Capitals of all scripts, whatever locale the database has. */
const folded = (text: string) => `lower(${text} collate "pg_c_utf8")`
