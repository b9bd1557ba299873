import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { backoff } from './backoff.ts'
import { ConfigError, readConfig } from './config.ts'
import { createLogger, type Logger, reasonOf } from './logger.ts'

type Stoppable = { stop(): Promise<void> } | { close(): Promise<void> }

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
 * A drain that takes longer than `drainWithin` ms, and a fault nobody caught, are logged and exit 1.
 */
export async function runProcess(
  name: string,
  start: StartProcess,
  { drainWithin = 14_000 }: { drainWithin?: number } = {},
): Promise<void> {
  const logger = processLogger(name)
  const stopping = new AbortController()
  const fail = (error: unknown) => {
    sayWhy(logger, error)
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)

  const started = start({ logger, signal: stopping.signal })
  const stopOnce = (cause: NodeJS.Signals) => {
    if (stopping.signal.aborted) return
    logger.info({ cause }, 'stopping')
    stopping.abort(new Error(`${name} was asked to stop`))
    const late = sleep(drainWithin).then(() => {
      throw new Error(`draining took longer than ${drainWithin} ms`)
    })
    Promise.race([drain(started), late]).then(() => {
      logger.info('stopped')
      process.exit(0)
    }, fail)
  }
  process.on('SIGTERM', stopOnce)
  process.on('SIGINT', stopOnce)

  await started.then(
    () => stopping.signal.aborted || logger.info('ready'),
    (error) => stopping.signal.aborted || fail(error),
  )
}

/** A start that was interrupted has nothing left to stop: it cleans up after itself. */
async function drain(started: Promise<{ stop(): Promise<void> }>): Promise<void> {
  const running = await started.catch(() => undefined)
  await running?.stop()
}

function sayWhy(logger: Logger, error: unknown): void {
  if (error instanceof ConfigError) for (const line of error.message.split('\n')) logger.fatal(line)
  else logger.fatal({ err: error }, `failed: ${reasonOf(error)}`)
}

function processLogger(name: string): Logger {
  try {
    const { LOG_LEVEL, LOG_FORMAT } = readConfig(LogConfig)
    return createLogger({ process: name, level: LOG_LEVEL, format: LOG_FORMAT })
  } catch (error) {
    sayWhy(createLogger({ process: name }), error)
    process.exit(1)
  }
}

type Waiting = { logger: Logger; signal?: AbortSignal | undefined; longestPause?: number }

/** Tries `probe` until it succeeds, with pauses up to 5 s, saying what it waits for. Throws when `signal` aborts. */
export async function waitUntilUp<T>(
  what: string,
  probe: () => Promise<T>,
  { logger, signal, longestPause = 5_000 }: Waiting,
): Promise<T> {
  let saidAt = 0
  for (let failures = 1; ; failures++) {
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
      await sleep(backoff(failures, { first: 100, longest: longestPause }), undefined, { signal })
    }
  }
}

const stop = (it: Stoppable): Promise<void> => ('stop' in it ? it.stop() : it.close())

export type Adopt = <T extends Stoppable>(it: T) => T

/** What is handed to the result is stopped with the stack, the last one first. */
export const adopting =
  (stack: AsyncDisposableStack): Adopt =>
  (it) =>
    stack.adopt(it, stop)

/** Stops everything in the given order, even when one fails, then throws what failed. */
export async function stopAll(...stoppables: readonly Stoppable[]): Promise<void> {
  const faults: unknown[] = []
  for (const stoppable of stoppables) {
    await stop(stoppable).catch((error) => faults.push(error))
  }
  if (faults.length === 1) throw faults[0]
  if (faults.length > 1) throw new AggregateError(faults, faults.map(reasonOf).join('; '))
}
