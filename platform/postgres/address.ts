import { type ClientConfig, Pool, type PoolClient, type QueryResultRow } from 'pg'
import { onOwnConnection } from './connection.ts'
import { PATIENCE, type SessionOptions, sessionConfig } from './session.ts'
import type { Sql } from './sql.ts'

export type DatabaseOptions = SessionOptions & {
  max?: number
  /** Throws when what answers at another address is not this database. */
  prove?: (sql: Sql) => Promise<unknown> | undefined
  /** Asks what a Prisma client asks outside a transaction, or throws instead. */
  through?: <T>(work: () => Promise<T>) => Promise<T>
}

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

/** Connects when first asked. */
export function openAddress(url: string, options: DatabaseOptions): Address {
  const config = sessionConfig(url, options)
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

/** Throws when nobody answers there, or another database. */
export async function proveAnswers(url: string, options: DatabaseOptions): Promise<void> {
  await onOwnConnection({ ...sessionConfig(url, options), query_timeout: PATIENCE }, async (client) => {
    await client.query('select 1')
    await options.prove?.({
      query: async <Row>(text: string, values?: readonly unknown[]) =>
        (await client.query<Row & QueryResultRow>(text, values as unknown[] | undefined)).rows,
    })
  })
}
