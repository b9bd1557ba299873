import { Client, type ClientConfig, Pool, type PoolClient, TypeOverrides } from 'pg'

export type DatabaseOptions = { max?: number; applicationName?: string; statementTimeout?: number }

/** A connection of the pool, until it is given back. */
export type Loan = { client: PoolClient; giveBack(broken: boolean): void }

/** A database at one of its addresses. */
export type Address = {
  config: ClientConfig
  /** Aborts when the address is left for another one, or for good. */
  left: AbortSignal
  lend(): Promise<Loan>
  /** Resolves when all loans are given back, those that wait for their turn included, and the pool is closed. */
  leave(): Promise<void>
}

const INT8 = 20 // its type id in every Postgres
const PATIENCE = 5_000

/** Connects when first asked. */
export function openAddress(url: string, options: DatabaseOptions): Address {
  const config = clientConfig(url, options)
  const pool = new Pool({ ...config, max: options.max ?? 10 })
  // An idle connection that breaks is simply replaced; without a listener it would end the process.
  pool.on('error', () => {})
  const leaving = new AbortController()
  const unused = Promise.withResolvers<void>()
  let users = 0
  const release = () => {
    users--
    if (users === 0 && leaving.signal.aborted) unused.resolve()
  }
  return {
    config,
    left: leaving.signal,
    lend: () => {
      users++
      return new Promise((resolve, reject) => {
        // Not by promise: a connection that breaks before somebody listens to it ends the process.
        pool.connect((error, client) => {
          if (client) return resolve(loanOf(client, release))
          release()
          reject(error)
        })
      })
    },
    leave: async () => {
      leaving.abort()
      // Not before: a pool that ends forgets whoever still waits for a connection.
      if (users > 0) await unused.promise
      await pool.end()
    },
  }
}

function loanOf(client: PoolClient, release: () => void): Loan {
  let lost = false
  // A connection lost between two statements has no query to reject: it would end the process.
  const onError = () => {
    lost = true
  }
  client.on('error', onError)
  return {
    client,
    giveBack: (broken) => {
      client.off('error', onError)
      client.release(broken || lost)
      release()
    },
  }
}

/** Throws when nobody answers there. */
export async function proveAnswers(url: string, options: DatabaseOptions): Promise<void> {
  const client = new Client({ ...clientConfig(url, options), query_timeout: PATIENCE })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    await client.end().catch(() => {})
  }
}

function clientConfig(url: string, options: DatabaseOptions): ClientConfig {
  const types = new TypeOverrides()
  types.setTypeParser(INT8, safeInteger)
  return {
    connectionString: url,
    types,
    application_name: options.applicationName,
    connectionTimeoutMillis: PATIENCE,
    statement_timeout: options.statementTimeout ?? 10_000,
    keepAlive: true,
  }
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a JavaScript number`)
  return value
}
