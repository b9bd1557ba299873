import { readFile } from 'node:fs/promises'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'
import { Pool } from 'pg'
import { adapterOn, NO_DATABASE } from './schema-adapter.ts'
import { migrationConfig } from './session.ts'

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
  const pool = new Pool({ ...migrationConfig(url), max: 2 })
  pool.on('error', () => {})
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
