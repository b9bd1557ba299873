import { type Command, Option } from 'commander'
import { z } from 'zod'
import { readConfig, zList, zUrl } from '#platform/config.ts'
import { duration } from '#simulators/durations.ts'
import type { Context } from './context.ts'
import { exitCodes } from './failure.ts'

/** The databases of a service that is sharded, comma separated; a comma in a password is %2C. */
const zShards = zList
  .pipe(z.array(zUrl))
  .refine((urls) => new Set(urls).size === urls.length, 'each database once, comma separated')

export const AuditConfig = z.object({
  AUDIT_ORDER_DATABASE_URL: zShards,
  AUDIT_INVENTORY_DATABASE_URL: zUrl,
  AUDIT_PAYMENT_DATABASE_URL: zUrl,
  AUDIT_CUSTOMER_DATABASE_URL: zShards,
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  KAFKA_BROKERS: zList.default(['127.0.0.1:9092']),
})
export type AuditConfig = z.infer<typeof AuditConfig>

export type AuditFlags = { settle: number; patience: number; deadLetters: boolean; json?: boolean }

export function addAuditCommand(program: Command, context: Context): void {
  program
    .command('audit')
    .description('check the books: all databases and Temporal, at any time, without changing anything')
    .addOption(
      new Option('--settle <time>', 'how long a difference may be in flight before it counts')
        .argParser(duration)
        .default(10_000, '10s'),
    )
    .addOption(
      new Option('--patience <time>', 'how long a message may wait in an outbox')
        .argParser(duration)
        .default(30_000, '30s'),
    )
    .option('--no-dead-letters', 'take offence at messages that could not be read')
    .option('--json', 'as one JSON document')
    .action(async (flags: AuditFlags) => {
      const config = readConfig(AuditConfig, context.env)
      // Loaded late: other commands start without the clients of Temporal and Kafka.
      const { auditInWords, runAudit } = await import('./run-audit.ts')
      const report = await runAudit(config, flags, context.stderr)
      context.print(flags.json ? JSON.stringify(report) : auditInWords(report))
      if (!report.clean) context.setExitCode(exitCodes.refused)
    })
}
