import Table from 'cli-table3'
import type { AuditReport, RuleReport } from './audit.ts'

/** The report for people: a table of the rules, the offenders below it, and the verdict as its last line. */
export function auditInWords(report: AuditReport): string {
  const table = new Table({
    head: ['rule', 'checked', '', 'what it says'],
    colAligns: ['left', 'right', 'left', 'left'],
    style: { head: [], border: [], compact: true },
    chars: borderless,
  })
  for (const rule of report.rules) table.push([rule.name, rule.counted, outcome(rule), rule.says])
  return [
    table.toString(),
    ...report.rules.flatMap(aside),
    ...deadLetterLines(report),
    ...report.rules.filter(({ offending }) => offending > 0).flatMap(accusation),
    lastLine(report),
  ].join('\n')
}

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
}

const outcome = ({ offending }: RuleReport) => (offending === 0 ? 'ok' : `${offending} WRONG`)

const aside = ({ name, counts, apart }: RuleReport): string[] =>
  apart ? [`${name}: ${apart.count} more ${counts} ${apart.what}`] : []

function deadLetterLines({ deadLetters }: AuditReport): string[] {
  if (deadLetters === null) return ['dead letters: Kafka was not asked']
  const some = Object.entries(deadLetters).filter(([, count]) => count > 0)
  return some.length === 0
    ? ['dead letters: none']
    : [`dead letters: ${some.map(([topic, count]) => `${topic} ${count}`).join(', ')}`]
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
