import { z } from 'zod'
import { withoutSecrets } from './logger.ts'

/** Says in one line per variable what is wrong with the environment and what would be right. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Reads and checks the environment, once, at a process's entry. An empty variable counts as unset. */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, env[name] || undefined]))
  const result = schema.safeParse(given)
  if (result.success) return result.data
  throw new ConfigError(result.error.issues.map((issue) => complaint(issue, given)).join('\n'))
}

function complaint(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0] ?? 'environment')
  const value = given[name]
  const wrong = value === undefined ? 'is missing' : `is ${JSON.stringify(shown(name, value))}`
  return `${name} ${wrong}; wanted: ${issue.message.replace(/^Invalid (input|option): expected /, '')}`
}

const shown = (name: string, value: string) =>
  /PASSWORD|SECRET|TOKEN/i.test(name) ? '***' : withoutSecrets(value)

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** "250ms", "30s", "10m", "2h", "3d" to milliseconds. Throws on anything else. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim())
  if (!match) throw new Error(`"${text}" is not a duration such as 250ms, 30s, 10m, 2h or 3d`)
  return Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS])
}

const text = (wanted: string) => z.string({ error: wanted })

const A_PORT = 'a port number from 0 to 65535'
/** A TCP port; 0 lets the system choose. */
export const zPort = text(A_PORT)
  .refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535, A_PORT)
  .transform(Number)

const A_DURATION = 'a duration such as 250ms, 30s, 10m, 2h or 3d'
/** A duration, as milliseconds. */
export const zDuration = text(A_DURATION)
  .refine((value) => /^\d+(\.\d+)?(ms|s|m|h|d)$/.test(value.trim()), A_DURATION)
  .transform(parseDuration)

const A_URL = 'a URL such as postgres://user:password@host:5432/name or http://host:8080'
/** An absolute URL, kept as text. */
export const zUrl = text(A_URL).refine((value) => URL.canParse(value), A_URL)

const A_LIST = 'at least one value, comma separated'
/** A comma separated list with at least one entry. */
export const zList = text(A_LIST)
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine((entries) => entries.length > 0, A_LIST)
