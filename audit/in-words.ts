import type { AuditReport, RuleReport } from './audit.ts'

/** The report for people: a table of the rules, the offenders below it, and the verdict as its last line. */
export function auditInWords(report: AuditReport): string {
  return [
    'rule                checked            what it says',
    ...report.rules.map(row),
    ...report.rules.flatMap(aside),
    ...deadLetterLines(report),
    ...report.rules.filter(({ offending }) => offending > 0).flatMap(accusation),
    lastLine(report),
  ].join('\n')
}

const row = (rule: RuleReport) =>
  `${rule.name.padEnd(17)} ${String(rule.counted).padStart(9)}  ${outcome(rule).padEnd(9)} ${rule.says}`

const outcome = ({ offending }: RuleReport) => (offending === 0 ? 'ok' : `${offending} WRONG`)

const aside = ({ name, apart }: RuleReport): string[] =>
  apart ? [`${name}: besides, ${apart.count} ${apart.what}`] : []

function deadLetterLines({ deadLetters }: AuditReport): string[] {
  if (deadLetters === null) return ['dead letters: Kafka was not asked']
  const some = Object.entries(deadLetters).filter(([, count]) => count > 0)
  return some.length === 0
    ? ['open dead letters: none']
    : [`open dead letters: ${some.map(([topic, count]) => `${topic} ${count}`).join(', ')}`]
}

const accusation = ({ name, says, offenders, offending }: RuleReport): string[] => [
  '',
  `${name}: ${says}`,
  ...offenders.map(({ id, found }) => `  ${id}  ${found}`),
  ...(offending > offenders.length ? [`  and ${offending - offenders.length} more`] : []),
]

function lastLine({ clean, rules, seconds }: AuditReport): string {
  const broken = rules.filter(({ offending }) => offending > 0).length
  const verdict = clean ? 'the books are right' : `${broken} BROKEN`
  return `\naudit: ${rules.length} rules, ${verdict} (${seconds.toFixed(1)} s)`
}
