import {
  type DestinationStream,
  type Logger as PinoLogger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino'
import pretty from 'pino-pretty'

export type Logger = PinoLogger

type LoggerOptions = {
  /** The name of the process, on every line. */
  process: string
  level?: string
  format?: 'json' | 'pretty'
  destination?: DestinationStream
}

/** One JSON line per event: time (ISO), level, process, msg. Callers add `orderId`, `traceId` with `child`. */
export function createLogger({
  process,
  level = 'info',
  format = 'json',
  destination,
}: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { process },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: fault, error: fault },
    },
    format === 'pretty'
      ? prettyStream(destination)
      : (destination ?? pino.destination({ fd: 1, sync: true })),
  )
}

/** Without what Postgres quotes from the row that it refused: that may be anybody's name and address. */
function fault(error: Error): Record<string, unknown> {
  const { detail: _, where: __, ...told } = stdSerializers.err(error)
  return told
}

const prettyStream = (destination?: DestinationStream) =>
  pretty({
    sync: true,
    translateTime: 'HH:MM:ss.l',
    ignore: 'process',
    messageFormat: '{process}: {msg}',
    destination,
  })

/** Text fit for a log: the passwords of the connection strings in it are starred out. */
export function withoutSecrets(url: string): string {
  return url.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^:@/]*):[^@]*@/gi, '$1:***@')
}

/** The short reason of a fault, in one line: what a "waiting for ..." message shows. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0])
  const text = error instanceof Error ? error.message || error.name : String(error)
  return withoutSecrets(text.split('\n')[0] ?? '')
}
