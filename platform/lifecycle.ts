import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { readConfig } from './config.ts'
import { createLogger, type Logger, reasonOf } from './logger.ts'

const DRAIN_WITHIN = 14_000

export type Stoppable = { stop(): Promise<void> } | { close(): Promise<void> }

export type ProcessContext = {
  logger: Logger
  /** Aborts when the process is asked to stop, so that whoever still waits for a server gives up. */
  signal: AbortSignal
}

export type StartProcess = (context: ProcessContext) => Promise<{ stop(): Promise<void> }>

const LogConfig = z.object({
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
})

/**
 * Runs one operating-system process: starts it, says `ready`, and on SIGTERM or SIGINT stops it once and exits 0.
 * A drain of more than 14 s, and a fault nobody caught, are logged and exit 1.
 */
export async function runProcess(name: string, start: StartProcess): Promise<void> {
  const logger = processLogger(name)
  const stopping = new AbortController()
  const fail = (error: unknown) => {
    logger.fatal({ err: error }, `${name} failed: ${reasonOf(error)}`)
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)

  const started = Promise.resolve(start({ logger, signal: stopping.signal }))
  const stopOnce = (cause: NodeJS.Signals) => {
    if (stopping.signal.aborted) return
    logger.info({ cause }, 'stopping')
    stopping.abort(new Error(`${name} was asked to stop`))
    drain(started).then((outcome) => leave(outcome, logger), fail)
  }
  process.on('SIGTERM', stopOnce)
  process.on('SIGINT', stopOnce)

  await started.then(
    () => stopping.signal.aborted || logger.info('ready'),
    (error) => stopping.signal.aborted || fail(error),
  )
}

function processLogger(name: string): Logger {
  try {
    const { LOG_LEVEL, LOG_FORMAT } = readConfig(LogConfig)
    return createLogger({ process: name, level: LOG_LEVEL, format: LOG_FORMAT })
  } catch (error) {
    createLogger({ process: name }).fatal(reasonOf(error))
    process.exit(1)
  }
}

/** A start that was interrupted has nothing left to stop: it cleans up after itself. */
async function drain(started: Promise<{ stop(): Promise<void> }>): Promise<'drained' | 'too slow'> {
  const running = await Promise.race([started.catch(() => undefined), sleep(DRAIN_WITHIN, 'late' as const)])
  if (running === 'late') return 'too slow'
  const stopped = running?.stop().then(() => 'drained' as const) ?? ('drained' as const)
  return Promise.race([stopped, sleep(DRAIN_WITHIN, 'too slow' as const)])
}

function leave(outcome: 'drained' | 'too slow', logger: Logger): never {
  if (outcome === 'drained') {
    logger.info('stopped')
    process.exit(0)
  }
  logger.error(`draining took longer than ${DRAIN_WITHIN / 1_000} s, leaving now`)
  process.exit(1)
}

/** Tries `probe` until it succeeds, with pauses up to 5 s, saying what it waits for. Throws when `signal` aborts. */
export async function waitUntilUp<T>(
  what: string,
  probe: () => Promise<T>,
  { logger, signal }: { logger: Logger; signal?: AbortSignal | undefined },
): Promise<T> {
  let saidAt = 0
  for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
    signal?.throwIfAborted()
    try {
      const result = await probe()
      if (saidAt > 0) logger.info(`${what} is up`)
      return result
    } catch (error) {
      if (Date.now() - saidAt >= 10_000) {
        logger.warn(`waiting for ${what}: ${reasonOf(error)}`)
        saidAt = Date.now()
      }
      await sleep(pause, undefined, { signal })
    }
  }
}

/** Stops everything in the given order, even when one fails, then throws what failed. */
export async function stopAll(...stoppables: readonly Stoppable[]): Promise<void> {
  const faults: unknown[] = []
  for (const stoppable of stoppables) {
    await ('stop' in stoppable ? stoppable.stop() : stoppable.close()).catch((error) => faults.push(error))
  }
  if (faults.length === 1) throw faults[0]
  if (faults.length > 1) throw new AggregateError(faults, faults.map(reasonOf).join('; '))
}
