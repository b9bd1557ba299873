import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient, QueryResultRow } from 'pg'
import { type DatabaseOptions, type Loan, openAddress, proveAnswers } from './database/address.ts'
import { type Listener, type ListenOptions, listenAt } from './database/listen.ts'

/** Something SQL can be said to: a database or an open transaction. */
export type Sql = {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export type { Listener }

export type Database = Sql & {
  /** Commits when `work` resolves, rolls back when it throws. Runs again after a deadlock or serialization failure. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>
  /** Calls back on each notification, and after each (re)connect, for some may have been missed. */
  listen(channel: string, options: ListenOptions): Listener
  close(): Promise<void>
}

export type MovableDatabase = Database & {
  /** Where new work goes. It holds the password. */
  url(): string
  /**
   * Sends new work to another address of the same database once it answers there; what is in hand ends where it began.
   * Throws when it does not answer or when `signal` has aborted: then everything stays as it was.
   */
  moveTo(url: string, signal?: AbortSignal): Promise<void>
}

const RETRIED = new Set(['40001', '40P01'])
const ATTEMPTS = 5

/**
 * A pool of connections to Postgres; connects when first asked. int8 comes as a number (throws beyond 2^53),
 * timestamptz as Date, jsonb parsed. A statement may take 10 s unless `statementTimeout` (ms) says otherwise.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): MovableDatabase {
  let current = { url, ...openAddress(url, options) }
  let closed = false
  const leaving = new Set<Promise<void>>()

  const lend = async (): Promise<Loan> => {
    throwIfClosed()
    const address = current
    try {
      return await address.lend()
    } catch (error) {
      // Nothing has been said yet: where the database has moved to, it can be said as well.
      if (address === current) throw error
      return lend()
    }
  }

  const throwIfClosed = () => {
    if (closed) throw new Error('the database has been closed')
  }

  const leave = (address: typeof current) => {
    const left = address.leave().finally(() => leaving.delete(left))
    leaving.add(left)
  }

  return {
    query: (text, values) => runAlone(lend, text, values),
    transaction: (work) => retrying(() => inTransaction(lend, work)),
    listen: (channel, options) => listenAt(() => current, channel, options),
    url: () => current.url,
    moveTo: async (next, signal) => {
      await proveAnswers(next, options)
      signal?.throwIfAborted()
      throwIfClosed()
      const old = current
      current = { url: next, ...openAddress(next, options) }
      leave(old)
    },
    close: async () => {
      if (!closed) leave(current)
      closed = true
      await Promise.all(leaving)
    },
  }
}

type Lend = () => Promise<Loan>

async function runAlone<Row>(lend: Lend, text: string, values?: readonly unknown[]): Promise<Row[]> {
  const { client, giveBack } = await lend()
  let failed = true
  try {
    const rows = await run<Row>(client, text, values)
    failed = false
    return rows
  } finally {
    // Whatever went wrong may have been the connection.
    giveBack(failed)
  }
}

async function run<Row>(client: PoolClient, text: string, values?: readonly unknown[]): Promise<Row[]> {
  const result = await client.query<Row & QueryResultRow>(text, values as unknown[] | undefined)
  return result.rows
}

async function inTransaction<T>(lend: Lend, work: (tx: Sql) => Promise<T>): Promise<T> {
  const { client, giveBack } = await lend()
  let broken = false
  try {
    await client.query('begin')
    const result = await work({ query: (text, values) => run(client, text, values) })
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    giveBack(broken)
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
