import { readFile } from 'node:fs/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'

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

let loaded: Promise<EngineModule> | undefined

/**
 * Prisma's own schema engine, as WebAssembly: what `prisma migrate` runs, without its engine download.
 * Its package is made for bundlers that import .wasm files, so the two halves are joined here by hand.
 */
async function load(): Promise<EngineModule> {
  const address = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bindings = (await import(address)) as EngineModule
  const code = await readFile(new URL('schema_engine_bg.wasm', address))
  const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return bindings
}

/** Runs `work` with an engine that is connected to `url` and knows the schema. */
export async function withSchemaEngine<T>(
  url: string,
  schema: { path: string; content: string },
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loaded ??= load()
  const { SchemaEngine } = await loaded
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url, max: 1 }))
  const engine = await SchemaEngine.new({ datamodels: [[schema.path, schema.content]] }, () => {}, adapter)
  try {
    return await work(engine)
  } finally {
    engine.free()
  }
}
