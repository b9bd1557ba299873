import { Client, Connection } from '@temporalio/client'
import { type AuditReport, audit, CouldNotLook, type Databases, type Shard } from '#audit/audit.ts'
import { deadLettersIn } from '#audit/dead-letters.ts'
import { type Database, openDatabase } from '#platform/database.ts'
import { reasonOf } from '#platform/logger.ts'
import { createProgress } from '#simulators/generator/progress.ts'
import type { AuditConfig, AuditFlags } from './audit.ts'
import { Failure } from './failure.ts'

export { auditInWords } from '#audit/in-words.ts'

export async function runAudit(
  config: AuditConfig,
  flags: AuditFlags,
  terminal: NodeJS.WriteStream,
): Promise<AuditReport> {
  await using opened = new AsyncDisposableStack()
  const open = (service: string, urls: readonly string[]): Shard[] =>
    urls.map((url) => ({
      name: urls.length === 1 ? service : nameIn(url, urls),
      sql: opened.adopt(openReadOnly(url), (database) => database.close()),
    }))
  const databases: Databases = {
    order: open('order', config.AUDIT_ORDER_DATABASE_URL),
    inventory: open('inventory', [config.AUDIT_INVENTORY_DATABASE_URL]),
    payment: open('payment', [config.AUDIT_PAYMENT_DATABASE_URL]),
    customer: open('customer', config.AUDIT_CUSTOMER_DATABASE_URL),
  }
  const connection = opened.adopt(await connectTemporal(config.TEMPORAL_ADDRESS), (it) => it.close())
  const progress = createProgress(terminal)
  try {
    return await audit({
      databases,
      temporal: new Client({ connection, namespace: config.TEMPORAL_NAMESPACE }),
      deadLetters: deadLettersIn(config.KAFKA_BROKERS),
      noDeadLetters: !flags.deadLetters,
      settle: flags.settle,
      patience: flags.patience,
      onProgress: (what, done) => progress.show(what, done),
    })
  } catch (error) {
    if (error instanceof CouldNotLook) throw new Failure('unreachable', error.message, { cause: error })
    throw error
  } finally {
    progress.end()
  }
}

/** The database's name, with its server when another has the same one. */
function nameIn(url: string, all: readonly string[]): string {
  const nameOf = (one: string) => new URL(one).pathname.slice(1)
  const same = all.filter((other) => nameOf(other) === nameOf(url))
  return same.length === 1 ? nameOf(url) : `${new URL(url).host}/${nameOf(url)}`
}

/** A statement over a whole table takes longer than a service's may. The role can only read; so can the session. */
function openReadOnly(url: string): Database {
  const address = new URL(url)
  if (!address.searchParams.has('options')) {
    address.searchParams.set('options', '-c default_transaction_read_only=on')
  }
  return openDatabase(address.href, {
    max: 2,
    statementTimeout: 600_000,
    applicationName: 'order-saga audit',
  })
}

async function connectTemporal(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout: 5_000 })
  } catch (error) {
    throw new Failure('unreachable', `Temporal at ${address} cannot be reached: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}
