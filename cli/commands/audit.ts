import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import {
  type AuditVariable,
  auditVariable,
  type DatabaseOwner,
  databaseOwners,
  databasesOf,
} from '#contracts/services.ts'
import { parseDuration, readConfig, zDuration, zList, zUrl } from '#platform/process/config.ts'
import { duration } from '#platform/process/durations.ts'
import type { Context } from '../session/context.ts'
import { exitCodes } from '../text/failure.ts'

/** The databases of a service that is sharded, comma separated; a comma in a password is %2C. */
const zShards = zList
  .pipe(z.array(zUrl))
  .refine((urls) => new Set(urls).size === urls.length, 'each database once, comma separated')

const zDatabases = (owner: DatabaseOwner) =>
  databasesOf(owner).length > 1 ? zShards : zUrl.transform((url) => [url])

export const AuditConfig = z.object({
  ...(Object.fromEntries(databaseOwners.map((owner) => [auditVariable(owner), zDatabases(owner)])) as Record<
    AuditVariable,
    ReturnType<typeof zDatabases>
  >),
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  KAFKA_BROKERS: zList.default(['127.0.0.1:9092']),
  /** As the order process has it. */
  ORDER_PARCEL_DEADLINE: zDuration.default(72 * 3_600_000),
})
export type AuditConfig = z.infer<typeof AuditConfig>

export type AuditFlags = {
  settle: number
  patience: number
  deadLetters: boolean
  since?: Date | 'last'
  json?: boolean
}

export function addAuditCommand(program: Command, context: Context): void {
  program
    .command('audit')
    .description('check the books: all databases, Kafka and Temporal, at any time, without changing anything')
    .addOption(
      new Option(
        '--since <time>',
        'look only at what has changed since then and at what is open: a time such as 2026-11-26T08:00Z, a while such as 2h, or "last" for the last clean audit',
      ).argParser(sinceWhen),
    )
    .addOption(
      new Option('--settle <time>', 'how long to look again at what is in flight')
        .argParser(duration)
        .default(10_000, '10s'),
    )
    .addOption(
      new Option('--patience <time>', 'how long a message may wait in an outbox, or a deadline be past')
        .argParser(duration)
        .default(300_000, '5m'),
    )
    .option('--no-dead-letters', 'take offence at messages that could not be read')
    .option('--json', 'as one JSON document')
    .addHelpText('after', exitCodesOfAudit)
    .action(async (flags: AuditFlags) => {
      const config = readConfig(AuditConfig, context.env)
      // Loaded late: other commands start without the clients of Temporal and Kafka.
      const { auditInWords, runAudit } = await import('./run-audit.ts')
      const report = await runAudit(config, flags, context)
      context.tell(flags.json, report, auditInWords)
      if (!report.clean) context.setExitCode(exitCodes.refused)
      else if (!report.complete) context.setExitCode(exitCodes.unreachable)
    })
}

const exitCodesOfAudit = `
Exit codes of the audit:
  0  nothing is wrong; what is in flight is told, and is no offence
  1  something is wrong
  3  nothing wrong was found, and not everything could be looked at`

/** For commander. */
function sinceWhen(text: string): Date | 'last' {
  if (text === 'last') return text
  try {
    return new Date(Date.now() - parseDuration(text))
  } catch {
    const time = new Date(text)
    if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time
    throw new InvalidArgumentError('Wanted: a time such as 2026-11-26T08:00Z, a while such as 2h, or "last".')
  }
}
