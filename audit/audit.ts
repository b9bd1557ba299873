import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { type Books, type CountDeadLetters, type Databases, namingFaults, type OnProgress } from './books.ts'
import { type Finding, lookAt, settleDown } from './findings.ts'
import { moneyRules } from './money.ts'
import { createFactsLoader } from './order-facts.ts'
import { orderRules } from './orders.ts'
import { noDeadLetters, outboxRules } from './outboxes.ts'
import { returnRules } from './returns.ts'
import type { BookRule, Offender, OrderRule, Rule } from './rules.ts'
import { shardRules } from './shards.ts'
import { stockRules } from './stock.ts'
import { sweepOrders } from './sweep.ts'

export { CouldNotLook, type CountDeadLetters, type Databases, type Shard } from './books.ts'

export type AuditOptions = {
  /** With a role that may only read. */
  databases: Databases
  temporal: Client
  /** Without it nobody asks how many messages could not be read. */
  deadLetters?: CountDeadLetters
  /** Makes each dead letter an offence, not only news. */
  noDeadLetters?: boolean
  /** How long, in ms, a difference may last while orders run before it counts. Default 10 s. */
  settle?: number
  /** How long, in ms, a message may wait in an outbox. Default 30 s. */
  patience?: number
  clock?: () => Date
  onProgress?: OnProgress
}

export type RuleReport = {
  name: string
  says: string
  /** What was looked at, such as "orders", and how many. */
  counts: string
  counted: number
  /** Looked at, and not to be told any more: `apart` says why. */
  apart?: { what: string; count: number }
  offending: number
  /** The first 20. */
  offenders: Offender[]
}

export type AuditReport = {
  clean: boolean
  at: string
  seconds: number
  rules: RuleReport[]
  /** Open dead letters, by the topic that they come from; null when Kafka was not asked. */
  deadLetters: Record<string, number> | null
}

const SHOWN = 20

/** Goes through the books of all services and Temporal. Throws CouldNotLook when one of them is away. */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { settle = 10_000, patience = 30_000, clock = () => new Date(), onProgress = () => {} } = options
  const { databases, temporal, deadLetters } = options
  const books = namingFaults({ databases, temporal, deadLetters, patience, clock, onProgress })
  const startedAt = clock()

  const found = await look(books, rulesFor(options))
  const findings = await settleDown(found, { settle, clock, pause: sleep, onProgress })

  return {
    clean: findings.every(({ offenders }) => offenders.length === 0),
    at: startedAt.toISOString(),
    seconds: (clock().getTime() - startedAt.getTime()) / 1_000,
    rules: findings.map(reportOf),
    deadLetters: (await books.deadLetters?.()) ?? null,
  }
}

const rulesFor = (options: AuditOptions): Rule[] => [
  ...stockRules,
  ...moneyRules,
  ...orderRules,
  ...returnRules,
  ...shardRules,
  ...outboxRules,
  ...(options.noDeadLetters ? [noDeadLetters] : []),
]

/** One finding per rule, in the order of the rules. */
async function look(books: Books, rules: readonly Rule[]): Promise<Finding[]> {
  const findings = new Map<Rule, Finding>()
  for (const rule of rules.filter(isBookRule)) findings.set(rule, await lookAt(books, rule))
  const swept = await sweepOrders(books, rules.filter(isOrderRule), await createFactsLoader(books))
  for (const finding of swept) findings.set(finding.rule, finding)
  return rules.flatMap((rule) => findings.get(rule) ?? [])
}

const isBookRule = (rule: Rule): rule is BookRule => rule.kind === 'books'
const isOrderRule = (rule: Rule): rule is OrderRule => rule.kind === 'order'

function reportOf({ rule, counted, apart, offenders }: Finding): RuleReport {
  const { name, says, counts } = rule
  const what = rule.kind === 'order' ? rule.apart : undefined
  return {
    name,
    says,
    counts,
    counted,
    ...(what !== undefined && apart > 0 && { apart: { what, count: apart } }),
    offending: offenders.length,
    offenders: offenders.slice(0, SHOWN),
  }
}
