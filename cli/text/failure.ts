import { CommanderError } from 'commander'
import { ConfigError } from '#platform/process/config.ts'
import { reasonOf } from '#platform/process/logger.ts'
import { asJson as inJson, oneLine } from './text.ts'

/** What the process exits with; documented in every --help. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, unreachable: 3, notFound: 4 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodesHelp = `
Exit codes:
  0  ok
  1  refused; or the audit found something
  2  bad usage
  3  a server cannot be reached, or failed
  4  there is no such order, or whatever was asked for
130  interrupted
`

export type FieldError = { path: string; message: string }

/** A command that did not work, for a reason that its user can understand. */
export class Failure extends Error {
  override name = 'Failure'
  readonly exitCode: ExitCode
  readonly kind: string
  readonly fields: readonly FieldError[]

  constructor(
    exit: keyof typeof exitCodes,
    message: string,
    more: { kind?: string; fields?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.exitCode = exitCodes[exit]
    this.kind = more.kind ?? exit
    this.fields = more.fields ?? []
  }
}

type Output = { stdout: (text: string) => void; stderr: (text: string) => void }

/** Tells of whatever was thrown: one line on standard error, with `json` also one document on standard output. */
export function tellFailure(error: unknown, json: boolean, { stdout, stderr }: Output): number {
  // commander has said its line by then; asking for help is no failure.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok
    if (json) stdout(asJson(new Failure('usage', error.message.replace(/^error: /, ''))))
    return exitCodes.usage
  }
  const failure = asFailure(error)
  stderr(`order-saga: ${oneLine(failure.message)}\n`)
  if (json) stdout(asJson(failure))
  return failure.exitCode
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof ConfigError) return new Failure('usage', error.message.replaceAll('\n', '; '))
  if (isNotGenerated(error))
    return new Failure('refused', 'its code is not generated yet; run "npm start" or "npm run generate"')
  return new Failure('refused', reasonOf(error), { kind: 'internal', cause: error })
}

/** In a fresh clone. */
const isNotGenerated = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes('/generated/')

const asJson = ({ exitCode, kind, message, fields }: Failure): string =>
  `${inJson({ error: { exitCode, kind, message, fields } })}\n`
