import { inspect } from 'node:util'
import { stdSerializers } from 'pino'

/** Text fit for a log: the passwords of the connection strings in it are starred out. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^:@/]*):[^@]*@/gi, '$1:***@')
}

/** The short reason of a fault, in one line: what a "waiting for ..." message shows. Whatever was thrown; never throws. */
export function reasonOf(thrown: unknown): string {
  const [line = ''] = withoutSecrets(textOf(thrown)).split('\n')
  return line
}

function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  if (!isErrorLike(thrown)) return inspect(thrown, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
  const inner = thrown instanceof AggregateError ? thrown.errors[0] : undefined
  if (thrown.message === '' && inner !== undefined) return textOf(inner)
  return thrown.message || thrown.name || 'Error'
}

type ErrorLike = Error & Record<string, unknown>

/** Errors of another realm, and of libraries that make their own, are none of our Error's instances. */
const isErrorLike = (value: unknown): value is ErrorLike =>
  typeof value === 'object' && value !== null && typeof (value as ErrorLike).message === 'string'

/** What Postgres quotes from the row that it refused: that may be anybody's name and address. */
const HIDDEN = new Set(['detail', 'where'])
const DEEPEST = 4

/** A thrown value as a log line has it, whatever was thrown: text stays text. Logging must never throw. */
export function toldOf(thrown: unknown): unknown {
  try {
    if (isErrorLike(thrown)) return plain(stdSerializers.err(thrown), 0)
    return plain(thrown instanceof Error ? textOf(thrown) : thrown, 0)
  } catch {
    return 'a fault that cannot be told'
  }
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST) return '…'
  if (Array.isArray(value)) return value.map((one) => plain(one, depth + 1))
  if ('toJSON' in value || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !HIDDEN.has(name))
      .map(([name, one]) => [name, plain(one, depth + 1)]),
  )
}
