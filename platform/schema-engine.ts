import { readFile } from 'node:fs/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'

// Prisma's own schema engine, as WebAssembly: what `prisma migrate` runs, without its engine download.

type WasmExports = { __wbindgen_start(): void }

// TypeScript knows WebAssembly only with the browser's types.
type WasmLoader = {
  instantiate(code: Uint8Array, imports: object): Promise<{ instance: { exports: WasmExports } }>
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmLoader }

type EngineModule = {
  __wbg_set_wasm(exports: WasmExports): void
  SchemaEngine: typeof SchemaEngine
}

export type SchemaFile = { path: string; content: string }

/** Runs `work` with an engine that knows the schema and is connected to the database. */
export async function withSchemaEngine<T>(
  url: string,
  schema: SchemaFile,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  try {
    return await withEngine(adapterOn(pool), schema, work)
  } finally {
    await pool.end()
  }
}

/** Runs `work` with an engine that has no database: enough to turn a schema into SQL. */
export function withoutDatabase<T>(
  schema: SchemaFile,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  return withEngine(NO_DATABASE, schema, work)
}

let loaded: Promise<EngineModule> | undefined

async function withEngine<T>(
  factory: SqlMigrationAwareDriverAdapterFactory,
  schema: SchemaFile,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loaded ??= load()
  const { SchemaEngine } = await loaded
  const options = { datamodels: [[schema.path, schema.content]] satisfies [string, string][] }
  const engine = await SchemaEngine.new(options, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
  try {
    return await work(engine)
  } finally {
    engine.free()
  }
}

/** The package is made for bundlers that import .wasm files, so its two halves are joined here by hand. */
async function load(): Promise<EngineModule> {
  const address = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bindings = (await import(address)) as EngineModule
  const code = await readFile(new URL('schema_engine_bg.wasm', address))
  const imports = { './schema_engine_bg.js': { ...bindings, ...idleTimers(bindings) } }
  const { instance } = await WebAssembly.instantiate(code, imports)
  // Where a panic of the engine goes; without it the real message is lost.
  const raise = (message: string) => {
    throw new Error(`schema engine: ${message}`)
  }
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: raise } })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return bindings
}

/** The engine never clears the 10 s timer of its lock, which would keep a finished process that long. */
function idleTimers(bindings: object) {
  const names = Object.keys(bindings).filter((name) => name.startsWith('__wbg_setTimeout'))
  const idle = (callback: () => void, ms: number) => setTimeout(callback, ms).unref()
  return Object.fromEntries(names.map((name) => [name, idle]))
}

function adapterOn(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
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

const NO_DATABASE: SqlMigrationAwareDriverAdapterFactory = {
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
