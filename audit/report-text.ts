import type { AuditReport, RuleReport } from './report.ts'

/** The report for people: a table of the rules, what is on its way and what is wrong below it, and the verdict last. */
export function auditInWords(report: AuditReport): string {
  const { rules } = report
  return [
    'rule                  checked             what it says',
    ...rules.map(row),
    ...rules.flatMap(aside),
    ...deadLetterLines(report),
    ...inFlightLines(rules),
    ...unavailableLines(report),
    ...rules.filter(({ offending }) => offending > 0).flatMap(accusation),
    lastLine(report),
  ].join('\n')
}

const row = (rule: RuleReport) =>
  `${rule.name.padEnd(19)} ${String(rule.counted).padStart(9)}  ${outcome(rule).padEnd(10)} ${rule.says}`

function outcome({ offending, unseen, counted, inFlight }: RuleReport): string {
  if (offending > 0) return `${offending} WRONG`
  if (unseen.length > 0) return counted > 0 ? 'in part' : 'not seen'
  return inFlight > 0 ? `${inFlight} moving` : 'ok'
}

const aside = ({ name, exempt }: RuleReport): string[] =>
  exempt ? [`${name}: besides, ${exempt.count} ${exempt.what}`] : []

function deadLetterLines({ deadLetters }: AuditReport): string[] {
  if (deadLetters === null) return ['dead letters: Kafka was not asked']
  const some = Object.entries(deadLetters).filter(([, count]) => count > 0)
  return some.length === 0
    ? ['open dead letters: none']
    : [`open dead letters: ${some.map(([topic, count]) => `${topic} ${count}`).join(', ')}`]
}

/** Not wrong: the other side has not heard yet, or is about to do it. */
function inFlightLines(rules: readonly RuleReport[]): string[] {
  const lines = rules.flatMap(({ name, reasons }) =>
    Object.entries(reasons).map(([because, count]) => `  ${name.padEnd(19)} ${count}: ${because}`),
  )
  return lines.length === 0 ? [] : ['in flight:', ...lines]
}

function unavailableLines({ unavailable, rules }: AuditReport): string[] {
  const servers = Object.entries(unavailable).map(([server, reason]) => `  ${server}: ${reason}`)
  const others = new Set(rules.flatMap(({ unseen }) => unseen).filter((reason) => !isOf(unavailable, reason)))
  const lines = [...servers, ...[...others].map((reason) => `  ${reason}`)]
  return lines.length === 0 ? [] : ['could not look:', ...lines]
}

const isOf = (unavailable: Record<string, string>, reason: string): boolean =>
  Object.keys(unavailable).some((server) => reason.startsWith(server))

const accusation = ({ name, says, offenders, offending }: RuleReport): string[] => [
  '',
  `${name}: ${says}`,
  ...offenders.map(({ id, found }) => `  ${id}  ${found}`),
  ...(offending > offenders.length ? [`  and ${offending - offenders.length} more`] : []),
]

function lastLine({ clean, complete, rules, orders, since, seconds, inFlight }: AuditReport): string {
  const broken = rules.filter(({ offending }) => offending > 0).length
  const whole = complete ? 'the books are right' : 'what could be read is right'
  const verdict = clean ? whole : `${broken} rules BROKEN; what to do: docs/runbook.md`
  const moving = inFlight > 0 ? `, ${inFlight} in flight` : ''
  const from = since ? ` since ${since}` : ''
  return `\naudit: ${rules.length} rules, ${orders} orders${from}, ${verdict}${moving} (${seconds.toFixed(1)} s)`
}
