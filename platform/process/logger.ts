import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino'
import pretty from 'pino-pretty'
import { toldOf } from './log-errors.ts'

export { reasonOf, withoutSecrets } from './log-errors.ts'

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
      serializers: { err: toldOf, error: toldOf },
    },
    format === 'pretty'
      ? prettyStream(destination)
      : (destination ?? pino.destination({ fd: 1, sync: true })),
  )
}

const prettyStream = (destination?: DestinationStream) =>
  pretty({
    sync: true,
    translateTime: 'HH:MM:ss.l',
    ignore: 'process',
    messageFormat: '{process}: {msg}',
    destination,
  })
