import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig, Pool, type PoolClient, type QueryResultRow, TypeOverrides } from 'pg'

/** Something SQL can be said to: a database or an open transaction. */
export type Sql = {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export type Listener = { stop(): Promise<void> }

export type Database = Sql & {
  /** Commits when `work` resolves, rolls back when it throws. Runs again after a deadlock or serialization failure. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>
  /** Calls back on each notification, and after each (re)connect, for some may have been missed. */
  listen(channel: string, onNotification: () => void): Listener
  close(): Promise<void>
}

type DatabaseOptions = { max?: number; applicationName?: string; statementTimeout?: number }

const INT8 = 20 // its type id in every Postgres
const RETRIED = new Set(['40001', '40P01'])
const ATTEMPTS = 5

/**
 * A pool of connections to Postgres; connects when first asked. int8 comes as a number (throws beyond 2^53),
 * timestamptz as Date, jsonb parsed. A statement may take 10 s unless `statementTimeout` (ms) says otherwise.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const config = clientConfig(url, options)
  const pool = new Pool({ ...config, max: options.max ?? 10 })
  // An idle connection that breaks is simply replaced; without a listener it would end the process.
  pool.on('error', () => {})
  return {
    query: (text, values) => run(pool, text, values),
    transaction: (work) => retrying(() => inTransaction(pool, work)),
    listen: (channel, onNotification) => listenOn(config, channel, onNotification),
    close: () => pool.end(),
  }
}

function clientConfig(url: string, options: DatabaseOptions): ClientConfig {
  const types = new TypeOverrides()
  types.setTypeParser(INT8, safeInteger)
  return {
    connectionString: url,
    types,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    statement_timeout: options.statementTimeout ?? 10_000,
    keepAlive: true,
  }
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a JavaScript number`)
  return value
}

async function run<Row>(on: Pool | PoolClient, text: string, values?: readonly unknown[]): Promise<Row[]> {
  const result = await on.query<Row & QueryResultRow>(text, values as unknown[] | undefined)
  return result.rows
}

async function inTransaction<T>(pool: Pool, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  // A connection lost between two statements has no query to reject: it would end the process.
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    await client.query('begin')
    const result = await work({ query: (text, values) => run(client, text, values) })
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((fault: Error) => {
      broken = fault
    })
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries === ATTEMPTS || !RETRIED.has(String((error as { code?: unknown }).code))) throw error
      await sleep(Math.random() * 20 * 2 ** tries)
    }
  }
}

function listenOn(config: ClientConfig, channel: string, onNotification: () => void): Listener {
  const stopping = new AbortController()
  const session = async () => {
    const client = new Client(config)
    const lost = new Promise<void>((resolve) =>
      client.on('error', () => resolve()).on('end', () => resolve()),
    )
    const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
    try {
      await client.connect()
      await client.query(`listen ${client.escapeIdentifier(channel)}`)
      client.on('notification', onNotification)
      onNotification()
      await Promise.race([lost, stopped])
    } finally {
      await client.end().catch(() => {})
    }
  }
  const listening = (async () => {
    while (!stopping.signal.aborted) {
      await session().catch(() => {})
      await sleep(1_000, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await listening
    },
  }
}
