import type { Client } from '@temporalio/client'
import { createFactsLoader, type Source } from './facts/facts.ts'
import type { KafkaSource } from './facts/kafka.ts'
import { Finding } from './findings.ts'
import { judgeOrders } from './judge-orders.ts'
import { allRules, noDeadLetters } from './rules/all.ts'
import type { Offender, OrderRule, SourceRule, Waiting } from './rules/rule.ts'
import {
  CouldNotLook,
  type Databases,
  naming,
  namingDatabases,
  type OnProgress,
  orUnseen,
  type Sources,
} from './sources.ts'

export { type Databases, type Shard } from './sources.ts'

export type AuditOptions = {
  /** With a role that may only read. */
  databases: Databases
  temporal: Client
  /** Without it nobody asks what is in topics, and how many messages could not be read. */
  kafka?: KafkaSource
  /** Makes each dead letter an offence, not only news. */
  noDeadLetters?: boolean
  /** Looks at what has changed since then and at what is open; without it at everything. */
  since?: Date
  /** Orders to look at besides, such as those that were on their way the last time. */
  revisit?: readonly string[]
  /** How long, in ms, what is on its way is looked at again before it is told. Default 10 s. */
  settle?: number
  /** How long, in ms, a message may wait in an outbox. Default 5 min. */
  patience?: number
  /** How long, in ms, a parcel may be silent without showing as stuck. Default 72 h. */
  parcelDeadline?: number
  /** How long, in ms, a workflow may take to say where it is. Default 2 s. */
  answerWithin?: number
  clock?: () => Date
  onProgress?: OnProgress
}

export type RuleReport = {
  name: string
  says: string
  /** What was looked at, such as "orders", and how many. */
  counts: string
  counted: number
  /** Looked at, and not to be told any more: `what` says why. */
  exempt?: { what: string; count: number }
  offending: number
  /** The first 20. */
  offenders: Offender[]
  /** What differs only because something is on its way. */
  inFlight: number
  reasons: Record<string, number>
  /** The first 20 of those. */
  waiting: Waiting[]
  /** Why some of it, or all, could not be looked at. */
  unseen: string[]
}

export type AuditReport = {
  /** Nothing is wrong in what could be looked at. */
  clean: boolean
  /** Every server answered. */
  complete: boolean
  at: string
  /** Null: from the beginning. */
  since: string | null
  seconds: number
  orders: number
  rules: RuleReport[]
  inFlight: number
  /** The orders that were on their way; null when they are too many to name. */
  unsettled: string[] | null
  /** The servers that could not be read, and why. */
  unavailable: Record<string, string>
  /** Open dead letters, by the topic that they come from; null when Kafka was not asked. */
  deadLetters: Record<string, number> | null
}

const MOST_NAMED = 1_000

/** Goes through the books of all services, Kafka and Temporal. A server that is unavailable is told of, and the rest is judged. */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { settle = 10_000, since = null, revisit = [] } = options
  const sources = booksOf(options)
  const startedAt = sources.clock()
  const findings = [...allRules, ...(options.noDeadLetters ? [noDeadLetters] : [])].map(
    (rule) => new Finding(rule),
  )
  for (const finding of findings)
    if (finding.rule.kind === 'books') await lookAt(sources, finding, finding.rule)
  const swept = await judgeOrders(sources, findings.filter(isOfOrders), await createFactsLoader(sources), {
    settle,
    revisit,
  })
  for (const finding of findings) noteUnseen(sources, finding)
  const deadLetters = await deadLettersOf(sources)
  const rules = findings.map(reportOf)
  return {
    clean: findings.every(({ offending }) => offending === 0),
    complete: sources.unavailable.size === 0 && findings.every(({ unseen }) => unseen.size === 0),
    at: startedAt.toISOString(),
    since: since?.toISOString() ?? null,
    seconds: (sources.clock().getTime() - startedAt.getTime()) / 1_000,
    orders: swept.seen,
    rules,
    inFlight: rules.reduce((sum, { inFlight }) => sum + inFlight, 0),
    unsettled: swept.unsettled.length > MOST_NAMED ? null : swept.unsettled,
    unavailable: Object.fromEntries(sources.unavailable),
    deadLetters,
  }
}

function booksOf(options: AuditOptions): Sources {
  const {
    databases,
    temporal,
    kafka,
    since = null,
    clock = () => new Date(),
    onProgress = () => {},
  } = options
  const { patience = 300_000, parcelDeadline = 72 * 3_600_000, answerWithin = 2_000 } = options
  const unavailable = new Map<string, string>()
  return {
    databases: namingDatabases(databases, unavailable),
    temporal,
    kafka,
    since,
    patience,
    parcelDeadline,
    answerWithin,
    clock,
    onProgress,
    unavailable,
  }
}

async function lookAt(sources: Sources, finding: Finding, rule: SourceRule): Promise<void> {
  sources.onProgress(rule.name, 0)
  const look = await orUnseen(() => rule.look(sources))
  if (look instanceof CouldNotLook) return void finding.unseen.add(look.message)
  finding.add(look)
}

const isOfOrders = (finding: Finding): finding is Finding & { rule: OrderRule } =>
  finding.rule.kind === 'order'

/** A service's shards are named after it. */
const isServerOf = (source: Source, server: string): boolean =>
  source === 'temporal' ? server === 'Temporal' : server.startsWith(`the ${source}`)

/** What a rule about orders needs, and did not get. */
function noteUnseen({ unavailable }: Sources, { rule, unseen }: Finding): void {
  if (rule.kind !== 'order') return
  for (const [server, reason] of unavailable) {
    if (rule.needs.some((source) => isServerOf(source, server)))
      unseen.add(`${server} cannot be read: ${reason}`)
  }
}

async function deadLettersOf({ kafka, unavailable }: Sources): Promise<Record<string, number> | null> {
  if (!kafka) return null
  const counts = await orUnseen(() => naming(unavailable, 'Kafka', kafka.countDeadLetters))
  return counts instanceof CouldNotLook ? null : counts
}

function reportOf(finding: Finding): RuleReport {
  const { rule, counted, exempt, offending, offenders, inFlight, reasons, waiting, unseen } = finding
  const { name, says, counts, exempt: what } = rule
  return {
    name,
    says,
    counts,
    counted,
    ...(what !== undefined && exempt > 0 && { exempt: { what, count: exempt } }),
    offending,
    offenders,
    inFlight,
    reasons: Object.fromEntries(reasons),
    waiting,
    unseen: [...unseen],
  }
}
