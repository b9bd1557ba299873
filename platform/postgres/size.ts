import type { Sql } from './sql.ts'

/** `version` is the server's, such as 18.1. */
export type DatabaseSize = { version: string; bytes: number }

export async function sizeOf(sql: Sql): Promise<DatabaseSize> {
  const [found] = await sql.query<DatabaseSize>(
    `select current_setting('server_version') as version,
       pg_database_size(current_database())::float8 as bytes`,
  )
  if (!found) throw new Error('the database said nothing of itself')
  return found
}
