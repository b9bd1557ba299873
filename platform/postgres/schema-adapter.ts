import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import type pg from 'pg'

/** Prisma's adapter for pg, mended where the schema engine needs more of it than its client does. */
export function adapterOn(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const charColumns = letCharPass(pool)
  const factory = new PrismaPg(pool)
  const connect = async () => {
    const adapter = await factory.connect()
    const queryRaw = adapter.queryRaw.bind(adapter)
    return Object.assign(adapter, {
      queryRaw: async (query: SqlQuery) => {
        const result = await queryRaw(query)
        for (const column of charColumns(result.rows)) result.columnTypes[column] = ColumnTypeEnum.Character
        return result
      },
      // The adapter's own cuts the script at every semicolon, in texts and functions too. Without parameters
      // Postgres takes the script whole, and as one transaction.
      executeScript: async (script: string) => {
        await adapter.executeRaw({ sql: script, args: [], argTypes: [] })
      },
    })
  }
  return { provider: factory.provider, adapterName: factory.adapterName, connect, connectToShadowDb: connect }
}

const CHAR = 18
const TEXT = 25

/**
 * The adapter throws at the catalog's type "char", which the engine's own queries return and the engine understands.
 * Here it passes for text; the returned function tells which columns of a result it was.
 */
function letCharPass(pool: pg.Pool): (rows: unknown[][]) => number[] {
  const found = new WeakMap<unknown[][], number[]>()
  const query = pool.query.bind(pool) as (config: pg.QueryArrayConfig) => Promise<pg.QueryArrayResult>
  const passing = async (config: pg.QueryArrayConfig) => {
    const result = await query(config)
    const chars = (result.fields ?? []).filter((field) => field.dataTypeID === CHAR)
    if (chars.length > 0)
      found.set(
        result.rows,
        chars.map((field) => result.fields.indexOf(field)),
      )
    for (const field of chars) field.dataTypeID = TEXT
    return result
  }
  Object.assign(pool, { query: passing })
  return (rows) => found.get(rows) ?? []
}

/** For work that needs no database, such as turning a schema into SQL. */
export const NO_DATABASE: SqlMigrationAwareDriverAdapterFactory = {
  provider: 'postgres',
  adapterName: 'none',
  connect: async () => noDatabase(),
  connectToShadowDb: async () => noDatabase(),
}

/** Answers the one question that the engine asks when it connects: which version, and is the schema there. */
function noDatabase() {
  const refuse = () => Promise.reject(new Error('no database'))
  return {
    provider: 'postgres' as const,
    adapterName: 'none',
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [5, 7, 0] as (0 | 5 | 7)[],
      rows: [[true, 'PostgreSQL 18', 180_000]],
    }),
    executeRaw: refuse,
    executeScript: refuse,
    startTransaction: refuse,
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    dispose: async () => {},
  }
}
