import { Client, Connection } from '@temporalio/client'
import { openKafkaSource } from '#audit/facts/kafka.ts'
import { type AuditReport, audit, type Databases, type Shard } from '#audit/report.ts'
import { auditVariable, byOwner } from '#contracts/services.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { createProgress } from '#platform/process/progress.ts'
import type { Context } from '../session/context.ts'
import { openLastAudits } from '../session/last-audits.ts'
import type { AuditConfig, AuditFlags } from './audit.ts'

export { auditInWords } from '#audit/report-text.ts'

/** In ms: so much before the last audit is looked at again, for clocks differ and a transaction takes its time. */
const OVERLAP = 600_000

export async function runAudit(
  config: AuditConfig,
  flags: AuditFlags,
  { env, stderr }: Pick<Context, 'env' | 'stderr'>,
): Promise<AuditReport> {
  await using opened = new AsyncDisposableStack()
  const connection = opened.adopt(
    Connection.lazy({ address: config.TEMPORAL_ADDRESS, connectTimeout: 5_000 }),
    (it) => it.close(),
  )
  const lastAudits = openLastAudits(env)
  const last = flags.since === 'last' ? lastAudits.of(config) : undefined
  if (flags.since === 'last' && !last)
    stderr.write('no audit of these databases was clean yet: looking at everything\n')
  const since = flags.since === 'last' ? last && new Date(Date.parse(last.at) - OVERLAP) : flags.since
  const progress = createProgress(stderr)
  try {
    const report = await audit({
      databases: openAll(config, opened),
      temporal: new Client({ connection, namespace: config.TEMPORAL_NAMESPACE }),
      kafka: opened.adopt(openKafkaSource(config.KAFKA_BROKERS), (it) => it.stop()),
      noDeadLetters: !flags.deadLetters,
      ...(since && { since }),
      revisit: last?.unsettled ?? [],
      settle: flags.settle,
      patience: flags.patience,
      parcelDeadline: config.ORDER_PARCEL_DEADLINE,
      onProgress: (what, done) => progress.show(what, done),
    })
    const { clean, complete, at, unsettled } = report
    // A gap between that one and this would never be looked at.
    const joins = since === undefined || last !== undefined
    if (clean && complete && joins && unsettled) lastAudits.keep(config, { at, unsettled })
    return report
  } finally {
    progress.end()
  }
}

function openAll(config: AuditConfig, opened: AsyncDisposableStack): Databases {
  const open = (service: string, urls: readonly string[]): Shard[] =>
    urls.map((url) => ({
      name: urls.length === 1 ? service : nameIn(url, urls),
      sql: opened.adopt(openReadOnly(url), (database) => database.close()),
    }))
  return byOwner((owner) => open(owner, config[auditVariable(owner)]))
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
    max: 3,
    statementTimeout: 100_000,
    applicationName: 'order-saga audit',
  })
}
