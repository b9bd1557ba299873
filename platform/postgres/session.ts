import { type ClientConfig, TypeOverrides } from 'pg'
import { parseExactly, readInt8 } from '../values/int8.ts'

export type SessionOptions = {
  applicationName?: string
  /** Milliseconds that a statement may take, and that an open transaction may be silent; 10 s unless said otherwise. */
  statementTimeout?: number
}

// Their type ids in every Postgres.
const INT8 = 20
const JSONS = [114, 3802]
/** Milliseconds for connecting, and for the first answer of an address. */
export const PATIENCE = 5_000
const STATEMENT_MAY_TAKE = 10_000
export const SILENT_FOR = 10_000

// The server asks a peer that is silent whether it is still there, and forgets one that is not within half a minute:
// Linux would take two hours. tcp_user_timeout is for answers on their way, which keepalives do not watch.
const keepalives = {
  tcp_keepalives_idle: '10s',
  tcp_keepalives_interval: '5s',
  tcp_keepalives_count: 3,
  tcp_user_timeout: '25s',
}

/**
 * What every session promises, whoever opens it: a client that is lost, frozen or cut off without a FIN holds its locks
 * for as long as one statement may take, and nobody waits for a lock for longer than half of that.
 */
export function sessionConfig(
  url: string,
  { applicationName, statementTimeout }: SessionOptions,
): ClientConfig {
  const mayTake = statementTimeout ?? STATEMENT_MAY_TAKE
  const types = new TypeOverrides()
  types.setTypeParser(INT8, readInt8)
  for (const type of JSONS) types.setTypeParser(type, (text: string) => parseExactly(text))
  return {
    ...connectionConfig(url),
    types,
    application_name: applicationName,
    statement_timeout: mayTake,
    idle_in_transaction_session_timeout: mayTake,
    lock_timeout: Math.ceil(mayTake / 2),
  }
}

/** How long the client waits for an answer: the server ends the statement first, unless it is out of reach. */
export const answerWithin = ({ statementTimeout }: SessionOptions): number =>
  (statementTimeout ?? STATEMENT_MAY_TAKE) + PATIENCE

/**
 * A session that holds something of its own, such as a lock: the server ends it when it has said nothing for
 * SILENT_FOR, so that a process which is stopped, not dead, does not keep the lock.
 */
export const heldSessionConfig = (url: string, options: SessionOptions): ClientConfig => ({
  ...sessionConfig(url, options),
  options: asOptions({ ...keepalives, idle_session_timeout: SILENT_FOR }),
})

/** A migration's session: a statement may take as long as it needs, but not wait for a lock as long, for others queue up behind it. */
export const migrationConfig = (url: string): ClientConfig => ({
  ...connectionConfig(url),
  application_name: 'migration',
  idle_in_transaction_session_timeout: 60_000,
  lock_timeout: 60_000,
})

function connectionConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: PATIENCE,
    options: asOptions(keepalives),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
}

const asOptions = (settings: Record<string, string | number>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
