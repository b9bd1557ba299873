import { type LogLevel, type LogMetadata, Runtime, type Logger as TemporalLogger } from '@temporalio/worker'
import type { Logger } from '../process/logger.ts'

let installed = false

/** The SDK has one runtime per operating-system process, so the first logger is everyone's. */
export function installRuntime(logger: Logger): void {
  if (installed) return
  installed = true
  Runtime.install({
    logger: temporalLogger(logger),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    // Signals are the process's business: lifecycle.ts stops the workers, in its order.
    shutdownSignals: [],
  })
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const

/** What the SDK, workflows and activities log goes into our log. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const log = (level: LogLevel, message: string, meta: LogMetadata = {}) => {
    // The SDK tells of each state of each worker at INFO; nobody asked.
    const chatter = level === 'INFO' && meta.sdkComponent === 'worker'
    logger[chatter ? 'debug' : LEVELS[level]](meta, message)
  }
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  }
}
