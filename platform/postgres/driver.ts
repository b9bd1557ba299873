import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type ArgType,
  type ColumnType,
  ColumnTypeEnum,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlQueryable,
} from '@prisma/driver-adapter-utils'
import { type QueryArrayConfig, type QueryArrayResult, types } from 'pg'

/** Says one statement. */
export type Ask = (query: QueryArrayConfig) => Promise<QueryArrayResult>

/** What a service's client is made with. */
export type ClientOptions = {
  adapter: SqlDriverAdapterFactory
  /** Before what it says of a wrong call Prisma shows no source. */
  errorFormat: 'minimal'
}

export type Driver = {
  options: ClientOptions
  /** The transaction that Prisma starts in `work` is the one that is open behind `ask`, which begins and ends it. */
  joining<T>(ask: Ask, work: () => Promise<T>): Promise<T>
}

/**
 * Lets Prisma use connections that are ours: each statement of its own goes where `ask` sends it, so a client outlives
 * every move of its database.
 */
export function createDriver(ask: Ask): Driver {
  const open = new AsyncLocalStorage<{ ask: Ask | undefined }>()
  const startTransaction = async () => {
    const transaction = open.getStore()
    const joined = transaction?.ask
    if (!transaction || !joined) throw new Error('writes of several statements go into database.transaction')
    // Once: what is said beside the transaction must not slip into it.
    transaction.ask = undefined
    return {
      ...queryableOn(joined),
      options: { usePhantomQuery: true },
      commit: async () => {},
      rollback: async () => {},
    }
  }
  const adapter = {
    ...queryableOn(ask),
    startTransaction,
    executeScript: () => Promise.reject(new Error('scripts are for migrations')),
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    dispose: async () => {},
  }
  return {
    options: { adapter: { provider, adapterName, connect: async () => adapter }, errorFormat: 'minimal' },
    joining: (ask, work) => open.run({ ask }, work),
  }
}

const provider = 'postgres'
const adapterName = 'platform/postgres'

/** What Postgres or the network says is wrong: `23505`, `ECONNREFUSED`. Undefined of other errors. */
export function codeOf(error: unknown): string | undefined {
  const { code, databaseCode = code } = (error ?? {}) as { code?: unknown; databaseCode?: unknown }
  return typeof databaseCode === 'string' ? databaseCode : undefined
}

/** Prisma replaces an error that has a `code` by its own, whose message begins with the call; any other it throws as it is. */
function keepAsItIs(error: unknown): never {
  if (error instanceof Error && 'code' in error) {
    Object.assign(error, { databaseCode: error.code })
    delete error.code
  }
  throw error
}

function queryableOn(askRaw: Ask): SqlQueryable {
  const ask: Ask = (query) => askRaw(query).catch(keepAsItIs)
  return {
    provider,
    adapterName,
    queryRaw: async (query) => {
      const { fields, rows } = await ask(asConfig(query))
      return {
        columnNames: fields.map(({ name }) => name),
        columnTypes: fields.map(({ name, dataTypeID }) => columnType(name, dataTypeID)),
        rows,
      }
    },
    executeRaw: async (query) => (await ask(asConfig(query))).rowCount ?? 0,
  }
}

const asConfig = ({ sql, args, argTypes }: SqlQuery): QueryArrayConfig => ({
  text: sql,
  values: args.map((arg, nth) => asParameter(arg, argTypes[nth])),
  rowMode: 'array',
  types: { getTypeParser: (id: number) => columns[id]?.read ?? asText },
})

/** pg writes the rest itself; a time keeps its zone, whatever the session's is. */
function asParameter(arg: unknown, type: ArgType | undefined): unknown {
  if (Array.isArray(arg)) return arg.map((part) => asParameter(part, type))
  if (arg instanceof Date) return arg.toISOString()
  if (typeof arg === 'string' && type?.scalarType === 'bytes') return Buffer.from(arg, 'base64')
  return arg
}

type Read = (text: string) => unknown

const asText: Read = (text) => text

/** As Postgres' own parser of the type reads it. */
const readAs = types.getTypeParser as (id: number) => Read

const TIMESTAMPTZ = 1184
const readTime = readAs(TIMESTAMPTZ)
const asIso: Read = (text) => (readTime(text) as Date).toISOString()

const arrayOfTexts = readAs(1009)

/** The types that our tables and queries have, by their ids in every Postgres; Prisma reads int8, numeric and JSON from text. */
const columns: Record<number, { type: ColumnType; read: Read }> = {
  16: { type: ColumnTypeEnum.Boolean, read: readAs(16) },
  17: { type: ColumnTypeEnum.Bytes, read: readAs(17) },
  19: { type: ColumnTypeEnum.Text, read: asText },
  20: { type: ColumnTypeEnum.Int64, read: asText },
  21: { type: ColumnTypeEnum.Int32, read: Number },
  23: { type: ColumnTypeEnum.Int32, read: Number },
  25: { type: ColumnTypeEnum.Text, read: asText },
  114: { type: ColumnTypeEnum.Json, read: asText },
  700: { type: ColumnTypeEnum.Float, read: Number },
  701: { type: ColumnTypeEnum.Double, read: Number },
  1009: { type: ColumnTypeEnum.TextArray, read: arrayOfTexts },
  1016: { type: ColumnTypeEnum.Int64Array, read: arrayOfTexts },
  1042: { type: ColumnTypeEnum.Text, read: asText },
  1043: { type: ColumnTypeEnum.Text, read: asText },
  1082: { type: ColumnTypeEnum.Date, read: asText },
  [TIMESTAMPTZ]: { type: ColumnTypeEnum.DateTime, read: asIso },
  1700: { type: ColumnTypeEnum.Numeric, read: asText },
  2950: { type: ColumnTypeEnum.Uuid, read: asText },
  2951: { type: ColumnTypeEnum.UuidArray, read: arrayOfTexts },
  3802: { type: ColumnTypeEnum.Json, read: asText },
}

function columnType(name: string, id: number): ColumnType {
  const column = columns[id]
  if (!column)
    throw new TypeError(`the column ${name} has a type that platform/postgres/driver.ts does not know: ${id}`)
  return column.type
}
