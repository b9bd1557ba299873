import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { auditVariable, databaseOwners } from '#contracts/services.ts'
import type { AuditConfig } from '../commands/audit.ts'

/** When the books were found right, and which orders were on their way then. */
const LastAudit = z.object({ at: z.iso.datetime(), unsettled: z.array(z.string()) })
export type LastAudit = z.infer<typeof LastAudit>
const LastAudits = z.record(z.string(), LastAudit)

/** What the last clean audit of each set of databases saw. A file that cannot be read counts as none. */
export function openLastAudits(env: NodeJS.ProcessEnv) {
  const path = join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'order-saga', 'audits.json')
  return {
    of: (config: AuditConfig): LastAudit | undefined => read(path)[nameOf(config)],
    keep: (config: AuditConfig, last: LastAudit): void =>
      write(path, { ...read(path), [nameOf(config)]: last }),
  }
}

function read(path: string): Record<string, LastAudit> {
  try {
    return existsSync(path) ? LastAudits.parse(JSON.parse(readFileSync(path, 'utf8'))) : {}
  } catch {
    return {}
  }
}

function write(path: string, audits: Record<string, LastAudit>): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, JSON.stringify(audits, null, 2), { mode: 0o600 })
  renameSync(draft, path)
}

/** The databases' addresses, without their passwords: audits of one system are not taken for those of another. */
function nameOf(config: AuditConfig): string {
  const urls = databaseOwners.flatMap((owner) => config[auditVariable(owner)]).map((url) => new URL(url))
  const places = urls.map(({ host, pathname }) => host + pathname).sort()
  return createHash('sha256').update(places.join()).digest('hex').slice(0, 16)
}
