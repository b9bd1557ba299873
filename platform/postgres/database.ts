import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase, QueryResultRow } from 'pg'
import { spreadBackoff } from '../process/backoff.ts'
import { TooSlow, within } from '../process/within.ts'
import { type DatabaseOptions, type Loan, openAddress, proveAnswers } from './address.ts'
import { onOwnConnection } from './connection.ts'
import { type Ask, type ClientOptions, codeOf, createDriver, type Driver } from './driver.ts'
import { type Listener, type ListenOptions, listenAt } from './listen.ts'
import { answerWithin, heldSessionConfig } from './session.ts'
import type { Sql } from './sql.ts'

export type { DatabaseOptions, Listener, Sql }

/** An open transaction; what is said by either goes to its one connection. */
export type Transaction<Client = unknown> = Sql & { prisma: ClientOfTransaction<Client> }

/** A Prisma client without what a transaction does not have: see ITXClientDenyList in Prisma's runtime. */
type ClientOfTransaction<Client> = Omit<Client, '$connect' | '$disconnect' | '$on' | '$use' | '$extends'>

/** `Client`: the service's own, made by `prisma generate`. */
export type Database<Client = unknown> = Sql & {
  /** For single statements; those that belong together go into a transaction. */
  prisma: Client
  /** Commits when `work` resolves, rolls back when it throws. Runs again after a deadlock or serialization failure. */
  transaction<T>(work: (tx: Transaction<Client>) => Promise<T>): Promise<T>
  /**
   * Does `work` on a connection of its own, for what belongs to a session, such as an advisory lock. `over` aborts when
   * the connection is lost or the address left. Who says nothing on it for 10 s loses it, and what it holds.
   */
  session<T>(work: (sql: Sql, over: AbortSignal) => Promise<T>): Promise<T>
  /** Calls back on each notification, and after each (re)connect, for some may have been missed. */
  listen(channel: string, options: ListenOptions): Listener
  close(): Promise<void>
}

/** Makes the service's own client. */
export type MakeClient<Client> = (options: ClientOptions) => Client

export type MovableDatabase<Client = unknown> = Database<Client> & {
  /** Where new work goes. It holds the password. */
  url(): string
  /**
   * Sends new work to another address of the same database once it answers there; what is in hand ends where it began.
   * Throws when it does not answer or when `signal` has aborted: then everything stays as it was.
   */
  moveTo(url: string, signal?: AbortSignal): Promise<void>
}

/** The database could not be asked, so nothing was done; and may be later. */
export function isOutOfReach(error: unknown): boolean {
  const { message = '' } = (error ?? {}) as { message?: string }
  return (
    error instanceof TooSlow ||
    /^(E[A-Z_]+|08...|57P0[123]|53300)$/.test(codeOf(error) ?? '') ||
    /connection terminated|timeout expired|timeout exceeded/i.test(message)
  )
}

const RETRIED = new Set(['40001', '40P01'])
const ATTEMPTS = 5

/**
 * A pool of connections to Postgres; connects when first asked. int8 comes as a number (beyond 2^53 as a
 * bigint, see `Int8`), timestamptz as Date, jsonb parsed. A statement may take 10 s unless `statementTimeout` (ms) says otherwise, and an open
 * transaction may be silent for as long: see `sessionConfig`.
 */
export function openDatabase<Client = undefined>(
  url: string,
  options: DatabaseOptions & { client?: MakeClient<Client> } = {},
): MovableDatabase<Client> {
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

  const answer = answerWithin(options)
  const { through = (work) => work() } = options
  const driver = createDriver((query) => through(() => alone(lend, (client) => askOn(client, answer)(query))))
  const prisma = options.client?.(driver.options) as Client
  return {
    query: <Row>(text: string, values?: readonly unknown[]) =>
      alone(lend, (client) => sqlOn(client, answer).query<Row>(text, values)),
    prisma,
    transaction: (work) =>
      retrying(() =>
        inTransaction(lend, answer, (client) => withPrisma(prisma, driver, client, answer, work)),
      ),
    session: (work) => {
      throwIfClosed()
      const { left } = current
      return onOwnConnection(heldSessionConfig(current.url, options), (client, lost) =>
        work(sqlOn(client, answer), AbortSignal.any([left, lost])),
      )
    },
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

async function alone<T>(lend: Lend, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const { client, giveBack } = await lend()
  let failed = true
  try {
    const result = await work(client)
    failed = false
    return result
  } finally {
    // Whatever went wrong may have been the connection.
    giveBack(failed)
  }
}

/** The server ends a statement that takes too long. Where it is out of reach nobody does, and the client gives up after `answer` ms. */
const sqlOn = (client: ClientBase, answer: number): Sql => ({
  query: async <Row>(text: string, values?: readonly unknown[]) => {
    const asked = client.query<Row & QueryResultRow>(text, values as unknown[] | undefined)
    return (await within(answer, asked)).rows
  },
})

const askOn =
  (client: ClientBase, answer: number): Ask =>
  (query) =>
    within(answer, client.query(query))

type HasTransactions<Client> = {
  $transaction<T>(
    work: (tx: ClientOfTransaction<Client>) => Promise<T>,
    options: { timeout: number },
  ): Promise<T>
}

// Postgres ends what takes too long or is silent, so Prisma's own clock has nothing to end.
const NEVER = 2 ** 31 - 1

function withPrisma<Client, T>(
  prisma: Client,
  driver: Driver,
  client: ClientBase,
  answer: number,
  work: (tx: Transaction<Client>) => Promise<T>,
): Promise<T> {
  const sql = sqlOn(client, answer)
  if (prisma === undefined) return work({ ...sql, prisma })
  return driver.joining(askOn(client, answer), () =>
    (prisma as HasTransactions<Client>).$transaction((tx) => work({ ...sql, prisma: tx }), {
      timeout: NEVER,
    }),
  )
}

async function inTransaction<T>(
  lend: Lend,
  answer: number,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const { client, giveBack } = await lend()
  const tx = sqlOn(client, answer)
  let broken = false
  try {
    await tx.query('begin')
    const result = await work(client)
    await tx.query('commit')
    return result
  } catch (error) {
    // Behind a statement without an answer a rollback would wait as long again: the server rolls back what is cut off.
    broken = error instanceof TooSlow
    if (!broken)
      await tx.query('rollback').catch(() => {
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
      if (tries === ATTEMPTS || !RETRIED.has(codeOf(error) ?? '')) throw error
      await sleep(spreadBackoff(tries, { first: 40 }))
    }
  }
}
